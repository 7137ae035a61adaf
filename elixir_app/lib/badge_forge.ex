defmodule BadgeForge do
  @moduledoc """
  Enqueues badges, and reports on them.

      iex> BadgeForge.enqueue_batch(10)
      :ok
      iex> BadgeForge.enqueue(%{name: "Ada Lovelace", company: "", type: "speaker"})
      {:ok, %Oban.Job{}}
      iex> BadgeForge.why("lovelace")

  Each badge is a row in `oban_jobs` for the Python worker. It renders the badge and inserts a job for
  `BadgeForge.PrintCenter`, which prints it.

  An attendee is a `BadgeForge.Contracts.GenerateBadgeArgs`, or a map whose keys are its fields, as atoms or strings.
  Its documentation says what each field contains, and which are optional.

  The id is a UUID and the badge's identity: a badge is printed once for each id. In a map it is optional, and random
  unless given.
  """

  alias BadgeForge.{
    Answer,
    Batch,
    ContractError,
    Demo,
    Enqueue,
    Failed,
    History,
    JobFilter,
    Operations,
    Options,
    Reprint,
    SafeText,
    Statements
  }

  alias BadgeForge.Contracts.GenerateBadgeArgs

  @typedoc "See the description of an attendee above."
  @type attendee :: GenerateBadgeArgs.t() | %{optional(atom | String.t()) => term}

  @typedoc "What was enqueued. `invalid` has the index, from 0, and the error of each invalid attendee."
  @type batch :: %{
          batch_id: String.t(),
          enqueued: non_neg_integer,
          invalid: [{index :: non_neg_integer, ContractError.t()}]
        }

  @type batch_option ::
          {:batch_id, String.t()}
          | {:design, String.t()}
          | {:event, String.t()}
          | {:event_slug, String.t()}
          | {:qr, String.t()}

  @doc """
  Enqueue a batch of badges: for the attendees of a list or stream, or, given a count, for invented people.

  All jobs of a batch have its id in their `meta`, and so have their confirmations: `progress/1` counts by it. A
  badge enqueued with `enqueue/2` overtakes a batch.

  The jobs of invented people also have `invented: true` there, so that they can be told from real ones.

  A count returns `:ok`. Attendees return `{:ok, batch}`: valid ones are enqueued, invalid ones are listed with their
  index and error. They are read and inserted in chunks of 1,000, so a stream may be of any length: memory grows only
  with the number of invalid attendees.

  Options:

    * `:batch_id` - a UUID (default: random)
    * `:design` - the design of each badge (default: the Python worker's)
    * `:event_slug` - the event of each badge, a file of the Python worker (default: the design's event)
    * `:event` - the event's name on each badge, if the event has no file (default: that of the event)
    * `:qr` - what each QR code contains: `"id"`, `"vcard"`, `"url"` or `"none"` (default: `"id"`). Invented people
      have no URL

  `:design`, `:event`, `:event_slug` and `:qr` apply to attendees that lack the field. Only the Python worker knows
  which designs, events and types there are: it cancels the jobs if there is no such design, event or type.

  Raises an `ArgumentError` if the count or an option is wrong; nothing is enqueued then. Raises if the database
  fails, or the stream: the chunks before stay enqueued. If the attendees have ids, it is safe to enqueue them
  again.

  ## Examples

      iex> BadgeForge.enqueue_batch(10)
      :ok

      iex> BadgeForge.enqueue_batch(10, design: "a6")
      :ok

      iex> ada = %{name: "Ada Lovelace", company: "", type: "speaker"}
      iex> BadgeForge.enqueue_batch([ada, %{ada | name: " "}], event: "Oban Conf")
      {:ok,
       %{
         batch_id: "0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e",
         enqueued: 1,
         invalid: [
           {1, %BadgeForge.ContractError{field: "name", reason: "must not be blank", value: " "}}
         ]
       }}

      iex> "attendees.csv" |> File.stream!() |> Stream.map(&to_attendee/1) |> BadgeForge.enqueue_batch()
      {:ok, %{enqueued: 5_000, …}}
  """
  @spec enqueue_batch(pos_integer | Enumerable.t(), [batch_option]) :: :ok | {:ok, batch}
  def enqueue_batch(count_or_attendees \\ 100, opts \\ [])

  def enqueue_batch(count, opts) when is_integer(count) and count >= 1 do
    batch = ok!(Batch.of_invented_people(opts))
    Demo.People.stream() |> Stream.take(count) |> Enqueue.batch(batch)
    :ok
  end

  def enqueue_batch(attendees, opts) do
    if not attendees?(attendees) do
      raise ArgumentError,
            "enqueue_batch needs a count from 1 up, or a list or stream of attendees, got: " <>
              SafeText.excerpt(attendees)
    end

    {:ok, Enqueue.batch(attendees, ok!(Batch.new(opts)))}
  end

  @doc """
  Enqueue one badge. It overtakes every batch, for a person who is waiting at the desk.

  Options:

    * `:priority` - from 0, which goes first, to 9 (default: 0; a batch has 1)
    * `:desk` - the desk whose printers print it, a text

  An attendee that breaks the contract is not enqueued: the error has the field, what is wrong, and its value.
  Raises an `ArgumentError` if an option is wrong, and if the database fails.

  ## Examples

      iex> BadgeForge.enqueue(%{name: "Ada Lovelace", company: "", type: "speaker"})
      {:ok, %Oban.Job{}}

      iex> BadgeForge.enqueue(%{name: "Wang Xiaoming", badge_name: "Xiaoming", company: "", type: "speaker"})
      {:ok, %Oban.Job{}}

      iex> BadgeForge.enqueue(%{name: "Ada Lovelace", company: "", type: "Countess"})
      {:error,
       %BadgeForge.ContractError{
         field: "type",
         reason: "must be of a-z, 0-9 and single hyphens",
         value: "Countess"
       }}
  """
  @spec enqueue(attendee, priority: 0..9, desk: String.t()) ::
          {:ok, Oban.Job.t()} | {:error, ContractError.t()}
  def enqueue(attendee, opts \\ []) do
    ok!(Options.check(opts, [:priority, :desk]))
    priority = Keyword.get(opts, :priority, 0)
    desk = opts[:desk]

    if priority not in 0..9 do
      raise ArgumentError,
            "priority must be a whole number from 0 to 9, got: #{inspect(priority)}"
    end

    if not (is_nil(desk) or (is_binary(desk) and String.trim(desk) != "")) do
      raise ArgumentError, "desk must be the name of a desk, got: #{SafeText.excerpt(desk)}"
    end

    Enqueue.one(attendee, priority, if(desk, do: %{desk: desk}, else: %{}))
  end

  @doc """
  Enqueue one badge as `enqueue/2` does, and wait up to `timeout_ms` milliseconds for its PDF.

  Returns the path of the PDF in the badges folder, which is complete and the one that the Python worker confirmed.
  The print center prints it, too, now or later. Otherwise returns

    * `{:error, %BadgeForge.ContractError{}}` if the attendee breaks the contract: nothing was enqueued
    * `{:error, :timeout}` if it takes longer: the badge is still rendered and printed
    * `{:error, reason}` if the job was cancelled, discarded or deleted, or if its PDF is not there: one line

  Takes the options of `enqueue/2`, and raises as it does.

  ## Examples

      iex> BadgeForge.ask(%{name: "Ada Lovelace", company: "", type: "speaker"})
      {:ok, "/srv/badges/ada-lovelace-0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e.pdf"}

      iex> BadgeForge.ask(%{name: "Ada Lovelace", company: "", type: "speaker"}, 5_000)
      {:error, :timeout}
  """
  @spec ask(attendee, timeout_ms :: non_neg_integer, priority: 0..9, desk: String.t()) ::
          {:ok, Path.t()} | {:error, ContractError.t() | :timeout | String.t()}
  def ask(attendee, timeout_ms \\ 30_000, opts \\ []) do
    if not (is_integer(timeout_ms) and timeout_ms >= 0) do
      raise ArgumentError,
            "timeout_ms must be a whole number of milliseconds from 0 up, got: " <>
              SafeText.excerpt(timeout_ms)
    end

    with {:ok, job} <- enqueue(attendee, opts), do: Answer.await(job, timeout_ms)
  end

  @type progress :: %{
          badges: non_neg_integer,
          waiting: non_neg_integer,
          rendered: non_neg_integer,
          printed: non_neg_integer,
          failed: non_neg_integer
        }

  @doc """
  Count the badges of a batch by how far they are. `batch/2` tells its failures, too.

    * `:badges` - in the batch
    * `:waiting` - not rendered yet
    * `:rendered` - the PDF exists
    * `:printed` - printed
    * `:failed` - cancelled or discarded, on either side

  A batch is done when `printed + failed` is `badges`. Completed jobs are pruned after some days and are no longer
  counted then.

  ## Examples

      iex> BadgeForge.progress("0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e")
      %{badges: 10, waiting: 2, rendered: 8, printed: 7, failed: 0}
  """
  @spec progress(String.t()) :: progress
  def progress(batch_id), do: batch_id |> Batch.id() |> ok!() |> Statements.progress()

  @typedoc """
  A job that was cancelled or discarded. `badge_id` and `name` are nil if its args have no such text. `reason` is the
  line of its last error that says what went wrong. Control characters in these are escaped. `at` is nil if the row
  has no valid time.
  """
  @type failed :: %{
          id: pos_integer,
          queue: String.t(),
          state: String.t(),
          badge_id: String.t() | nil,
          name: String.t() | nil,
          attempt: non_neg_integer,
          reason: String.t(),
          at: DateTime.t() | nil
        }

  @typedoc """
  Failed jobs with one cause, which is their reason without what differs between them. `ids` are those of the jobs,
  the latest first, and `latest` is that job.
  """
  @type failure :: %{
          queue: String.t(),
          cause: String.t(),
          jobs: pos_integer,
          ids: [pos_integer],
          latest: failed
        }

  @typedoc "The options of `BadgeForge.JobFilter`: `:batch`, `:type`, `:since`, `:name` and `:event`."
  @type filter :: keyword

  @typedoc "Which jobs to change: their ids, a filter, or all."
  @type choice :: pos_integer | [pos_integer] | filter | :all

  @doc """
  Count the jobs of each queue by what they do, and tell since when the queue is paused. `filter` chooses the jobs.

  A held job waits until `resume/1`. The other operations take the same filter.

  ## Examples

      iex> BadgeForge.status(type: "speaker")
      %{
        "badges" => %{waiting: 0, held: 0, executing: 0, retryable: 0, completed: 12, failed: 1, paused_since: nil},
        "printing" => %{…}
      }
  """
  @spec status(filter) :: %{String.t() => map}
  def status(filter \\ []), do: filter |> JobFilter.new() |> ok!() |> Operations.status()

  @doc """
  List the newest batches, 20 at most: when they were enqueued, and how many of their badges are rendered, printed and
  failed. With a filter, only the badges that match are counted.

  ## Examples

      iex> BadgeForge.batches(since: "2h")
      [%{id: "0b7ad3a4-…", badges: 10, rendered: 8, printed: 7, failed: 1, enqueued_at: ~U[…]}]
  """
  @spec batches(filter) :: [map]
  def batches(filter \\ []), do: filter |> JobFilter.new() |> ok!() |> Operations.batches()

  @doc """
  Tell how far one batch is, with its failures by cause. nil if no job has this batch's id.

  `retry(batch: id)` retries what failed of it, and nothing else.

  ## Examples

      iex> BadgeForge.batch("0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e")
      %{badges: 10, failed: 1, failures: [%{cause: "file: no such file…", jobs: 1, …}], …}
  """
  @spec batch(String.t(), filter) :: map | nil
  def batch(batch_id, filter \\ []) do
    [batch: batch_id]
    |> Kernel.++(Keyword.delete(filter, :batch))
    |> JobFilter.new()
    |> ok!()
    |> Operations.batch_with_failures()
  end

  @doc """
  List the cancelled and discarded jobs of both applications by cause, the most frequent first.

  Fix the cause, then `retry/1` the jobs.

  ## Examples

      iex> BadgeForge.failed(since: "30m")
      [%{queue: "printing", cause: "the printer is out of paper", jobs: 12, ids: [4712, …], latest: %{…}}]
  """
  @spec failed(filter) :: [failure]
  def failed(filter \\ []), do: filter |> JobFilter.new() |> ok!() |> Failed.grouped()

  @doc """
  List the cancelled and discarded jobs one by one, the latest first, 100 at most.

  ## Examples

      iex> BadgeForge.failed_jobs(batch: batch_id)
      [%{id: 7, queue: "printing", state: "cancelled", reason: "BadgeForge.PrintCenter failed with …", …}]
  """
  @spec failed_jobs(filter) :: [failed]
  def failed_jobs(filter \\ []), do: filter |> JobFilter.new() |> ok!() |> Failed.list()

  @doc """
  Run failed jobs again, and jobs that wait for their next attempt: those with the ids, those of a filter, or `:all`.

  Each gets five more attempts. Returns how many jobs it retried, and the ids of the prints whose PDF is missing or was
  replaced: `bin/badge-forge retry ID` renders their badges again.

  ## Examples

      iex> BadgeForge.retry(4711)
      {:ok, %{retried: 1, without_pdf: []}}
      iex> BadgeForge.retry(batch: batch_id, since: "30m")
      iex> BadgeForge.retry(:all)
  """
  @spec retry(choice) :: {:ok, %{retried: non_neg_integer, without_pdf: [pos_integer]}}
  def retry(choice), do: choice |> JobFilter.choice() |> ok!() |> Operations.retry()

  @doc """
  Cancel jobs that wait or run: those with the ids, those of a filter, or `:all`. Returns how many.

  ## Examples

      iex> BadgeForge.cancel(type: "press", name: "van rossum")
      {:ok, 2}
  """
  @spec cancel(choice) :: {:ok, non_neg_integer}
  def cancel(choice), do: choice |> JobFilter.choice() |> ok!() |> Operations.cancel()

  @doc """
  Pause queues until `resume/1`: a name, a list of names, or `:all`. Or hold the jobs of a filter, while the queues go
  on.

  Running jobs finish. A pause of a queue is remembered: an application that starts later is paused, too. Those that run
  follow within about a second. Returns the names of the queues, or how many jobs are held.

  ## Examples

      iex> BadgeForge.pause(:printing)
      {:ok, ["printing"]}
      iex> BadgeForge.pause(type: "speaker")
      {:ok, 12}
  """
  @spec pause(atom | String.t() | [String.t()] | filter) :: {:ok, [String.t()] | non_neg_integer}
  def pause(what), do: {:ok, pause_or_resume(:pause, what)}

  @doc """
  Let paused queues go on, or release the held jobs of a filter. `:all` does both, for all queues and jobs.

  ## Examples

      iex> BadgeForge.resume(:printing)
      {:ok, ["printing"]}
      iex> BadgeForge.resume(type: "speaker")
      {:ok, 12}
  """
  @spec resume(atom | String.t() | [String.t()] | filter) :: {:ok, [String.t()] | non_neg_integer}
  def resume(what) do
    if what == :all, do: Operations.hold(%JobFilter{}, :resume)
    {:ok, pause_or_resume(:resume, what)}
  end

  defp pause_or_resume(action, [{key, _value} | _] = filter) when is_atom(key),
    do: filter |> JobFilter.new() |> ok!() |> Operations.hold(action) |> ok!()

  defp pause_or_resume(action, []),
    do: raise(ArgumentError, "nothing says what to #{action}: give a queue, a filter, or :all")

  defp pause_or_resume(action, queues), do: action |> Operations.request(queues) |> ok!()

  @doc """
  Print a badge again, ahead of all others. Each reprint is counted, and its reason is kept in the badge's history.

  `who` is the badge's id or the first 8 characters of it, the number of one of its jobs, the e-mail, the ticket, or
  part of the name. If several badges match, the error lists them. `reason` may only be nil if the last print ended as
  "unknown: check the tray".

  ## Examples

      iex> BadgeForge.reprint("lovelace", "the paper jammed")
      {:ok, %{badge_id: "7bfb7c39-c354-4cce-ad5b-f1be2814b17e", job_id: 4722, number: 1}}
  """
  @spec reprint(String.t() | pos_integer, String.t() | nil) :: {:ok, map} | {:error, String.t()}
  defdelegate reprint(who, reason), to: Reprint

  @doc """
  Record that a badge is in the tray, whose print ended as "unknown: check the tray". `who` is as in `reprint/2`.

  ## Examples

      iex> BadgeForge.printed("lovelace")
      {:ok, %{badge_id: "7bfb7c39-c354-4cce-ad5b-f1be2814b17e", job_id: 4721}}
  """
  @spec printed(String.t() | pos_integer) :: {:ok, map} | {:error, String.t()}
  defdelegate printed(who), to: Reprint

  @doc """
  Print the history of one badge: when it was enqueued, its attempts with their reasons, who rendered and printed it,
  and where its files are.

  Takes the badge's id, the first 8 or more characters of it, or part of the name. If several badges match, they are
  listed. `BadgeForge.History.fetch/1` returns the same as data.

  ## Examples

      iex> BadgeForge.why("lovelace")
      Ada Lovelace · speaker · Analytical Engines
      …
      State:  printed
      :ok
  """
  @spec why(String.t()) :: :ok
  def why(name_or_id) when is_binary(name_or_id) do
    name_or_id |> History.fetch() |> History.Text.lines(name_or_id) |> Enum.each(&IO.puts/1)
  end

  # A map is enumerable too, but is one attendee.
  defp attendees?(term) do
    Enumerable.impl_for(term) != nil and (is_struct(term) or not is_map(term))
  end

  defp ok!(:ok), do: :ok
  defp ok!({:ok, value}), do: value
  defp ok!({:error, line}), do: raise(ArgumentError, line)
end
