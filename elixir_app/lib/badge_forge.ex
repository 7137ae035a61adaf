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
    Options,
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
    * `:event` - the event's name on each badge (default: the design's)
    * `:qr` - what each QR code contains: `"id"`, `"vcard"`, `"url"` or `"none"` (default: `"id"`). Invented people
      have no URL

  `:design`, `:event` and `:qr` apply to attendees that lack the field. Only the Python worker knows which designs
  there are: it cancels the jobs if there is no such design.

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

  An attendee that breaks the contract is not enqueued: the error has the field, what is wrong, and its value.
  Raises an `ArgumentError` if an option is wrong, and if the database fails.

  ## Examples

      iex> BadgeForge.enqueue(%{name: "Ada Lovelace", company: "", type: "speaker"})
      {:ok, %Oban.Job{}}

      iex> BadgeForge.enqueue(%{name: "Wang Xiaoming", badge_name: "Xiaoming", company: "", type: "speaker"})
      {:ok, %Oban.Job{}}

      iex> BadgeForge.enqueue(%{name: "Ada Lovelace", company: "", type: "countess"})
      {:error,
       %BadgeForge.ContractError{
         field: "type",
         reason: "must be one of attendee, speaker, sponsor, organizer",
         value: "countess"
       }}
  """
  @spec enqueue(attendee, priority: 0..9) :: {:ok, Oban.Job.t()} | {:error, ContractError.t()}
  def enqueue(attendee, opts \\ []) do
    ok!(Options.check(opts, [:priority]))
    priority = Keyword.get(opts, :priority, 0)

    if priority not in 0..9 do
      raise ArgumentError,
            "priority must be a whole number from 0 to 9, got: #{inspect(priority)}"
    end

    Enqueue.one(attendee, priority)
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
  @spec ask(attendee, timeout_ms :: non_neg_integer, priority: 0..9) ::
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
  Count the badges of a batch by how far they are.

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

  @doc """
  List the cancelled and discarded jobs of both applications, the latest first, 100 at most.

  Fix the cause, then try one again with `bin/badge-forge retry ID`. That also renders a badge again whose PDF is
  missing.

  ## Examples

      iex> BadgeForge.failed()
      [%{id: 7, queue: "printing", state: "cancelled", reason: "BadgeForge.PrintCenter failed with …", …}]
  """
  @spec failed() :: [failed]
  defdelegate failed, to: Failed, as: :list

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
