defmodule BadgeForge do
  @moduledoc """
  Sends badges to be forged, and follows them.

      iex> BadgeForge.enqueue_batch(10)
      :ok
      iex> BadgeForge.enqueue(%{name: "Ada Lovelace", company: "", type: "speaker"})
      {:ok, %Oban.Job{}}

  Each badge is a row in `oban_jobs` for the Python worker, which renders it and answers with a job for
  `BadgeForge.PrintCenter`.
  """

  alias BadgeForge.{BadgeArgs, ContractError, Demo, Failed, Statements}

  require Logger

  # Wire format, stated in db/contracts/generate_badge.schema.json: the Python worker is found by
  # this name, which is the path of a class.
  @generator "badge_forge.generator.GenerateBadge"
  @queue "badges"
  @max_attempts 5

  # 0 goes first. A batch lets pass whoever stands at the desk.
  @batch_priority 1

  # PostgreSQL takes 65,535 parameters a statement; a thousand jobs stay well below.
  @chunk 1_000

  @doc """
  Enqueue `count` badges for invented attendees.

  All jobs of a batch carry its id in their `meta`, and so do their confirmations: `progress/1` counts by
  it. Memory stays flat however many they are.

  Options:

    * `:batch_id` - a UUID (default: a random one)
    * `:design` - the name of a design, for every badge of the batch (default: the Python worker's)
    * `:event` - the event's name on every badge (default: the design's)
    * `:qr` - what every QR code tells, `"id"`, `"vcard"` or `"none"` (default: the badge's id). `"url"` is
      refused: invented people have no URL

  Raises an `ArgumentError` for a count that is not a whole number from 1 up, and for an option that is not
  known or breaks the contract; nothing is enqueued then. Whether there is such a design is known to the
  Python worker only, which cancels the jobs if there is none.

  ## Examples

      iex> BadgeForge.enqueue_batch(10)
      :ok

      iex> BadgeForge.enqueue_batch(5_000, batch_id: "0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e")
      :ok

      iex> BadgeForge.enqueue_batch(10, design: "a6")
      :ok
  """
  @spec enqueue_batch(pos_integer,
          batch_id: String.t(),
          design: String.t(),
          event: String.t(),
          qr: String.t()
        ) :: :ok
  def enqueue_batch(count \\ 100, opts \\ [])

  def enqueue_batch(count, opts) when is_integer(count) and count >= 1 do
    opts = Keyword.validate!(opts, [:batch_id, :design, :event, :qr])
    batch_id = uuid!(opts[:batch_id] || Ecto.UUID.generate())
    shared = shared!(Keyword.delete(opts, :batch_id))

    fn -> invented_job(shared, batch_id) end
    |> Stream.repeatedly()
    |> Stream.take(count)
    |> Stream.chunk_every(@chunk)
    |> Enum.reduce(0, fn jobs, enqueued ->
      insert!(jobs, enqueued, count, batch_id)
      enqueued + length(jobs)
    end)

    Logger.info("Enqueued #{count} badges as batch #{batch_id}")
  end

  def enqueue_batch(count, _opts) do
    raise ArgumentError, "count must be a whole number from 1 up, got: #{inspect(count)}"
  end

  @doc """
  Enqueue a badge for somebody who is there: a walk-up at the desk.

  `attendee` is a map whose keys are the fields of `db/contracts/generate_badge.schema.json`, as atoms or
  as text: `name`, `company` (may be empty) and `type`, and as wished `title`, `pronouns`, `email`, `url`,
  `event`, `design` and `qr`. An `id` is made if it has none; the same id is the same badge, and is
  printed once.

  Options:

    * `:priority` - from 0, which goes first, to 9 (default: 0, which is before any batch)

  What breaks the contract is not enqueued: the error names the field, what is wrong, and its value. Raises
  an `ArgumentError` for options that are not known, and for a priority that is none.

  ## Examples

      iex> BadgeForge.enqueue(%{name: "Ada Lovelace", company: "", type: "speaker"})
      {:ok, %Oban.Job{}}

      iex> BadgeForge.enqueue(%{name: "Ada Lovelace", company: "", type: "countess"})
      {:error,
       %BadgeForge.ContractError{
         field: "type",
         reason: "must be one of attendee, speaker, sponsor, organizer",
         value: "countess"
       }}
  """
  @spec enqueue(map, priority: 0..9) :: {:ok, Oban.Job.t()} | {:error, ContractError.t()}
  def enqueue(attendee, opts \\ [])

  def enqueue(attendee, opts) do
    priority = opts |> Keyword.validate!(priority: 0) |> Keyword.fetch!(:priority) |> priority!()

    with {:ok, args} <- BadgeArgs.new(attendee) do
      [job] = Oban.insert_all([badge_job(args, priority: priority)])
      {:ok, job}
    end
  end

  @type progress :: %{
          badges: non_neg_integer,
          waiting: non_neg_integer,
          rendered: non_neg_integer,
          printed: non_neg_integer,
          failed: non_neg_integer
        }

  @doc """
  Count how far a batch is.

    * `:badges` - in the batch
    * `:waiting` - for the Python worker, or being rendered by it
    * `:rendered` - the PDF exists
    * `:printed` - the printer took it
    * `:failed` - cancelled or discarded, on either side

  A batch is done when `printed + failed` is `badges`. Completed jobs are pruned after a while, and are
  counted no more then.

  ## Examples

      iex> BadgeForge.progress("0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e")
      %{badges: 10, waiting: 2, rendered: 8, printed: 7, failed: 0}
  """
  @spec progress(String.t()) :: progress
  def progress(batch_id), do: batch_id |> uuid!() |> Statements.progress()

  @typedoc """
  A job that was given up. `badge_id` and `name` are nil where its args have no such text. `reason` is the
  line of its last error that says what it was; `at` when it was given up, nil if that is no date.
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
  The jobs of either application that were cancelled or discarded, the latest first, 100 at most.

  Mend the cause, then have one tried again with `bin/badge-forge retry ID`, which also forges a badge again
  whose PDF is gone.

  ## Examples

      iex> BadgeForge.failed()
      [%{id: 7, queue: "printing", state: "cancelled", reason: "BadgeForge.PrintCenter failed with …", …}]
  """
  @spec failed() :: [failed]
  defdelegate failed, to: Failed, as: :list

  # Chunks commit one by one, so that the first badges are forged while the last are enqueued. Who
  # enqueues a batch again after an error has to know what is in already.
  defp insert!(jobs, enqueued, count, batch_id) do
    Oban.insert_all(jobs)
  rescue
    error ->
      Logger.error("Enqueued only #{enqueued} of #{count} badges as batch #{batch_id}")
      reraise error, __STACKTRACE__
  end

  defp invented_job(shared, batch_id) do
    Demo.People.invent()
    |> BadgeArgs.new(shared)
    |> elem(1)
    |> badge_job(meta: %{batch_id: batch_id}, priority: @batch_priority)
  end

  defp badge_job(args, opts) do
    Oban.Job.new(args, [worker: @generator, queue: @queue, max_attempts: @max_attempts] ++ opts)
  end

  # Invented people have no URL for their QR code.
  defp shared!(opts) do
    with {:ok, %{"qr" => "url"}} <- BadgeArgs.shared(opts) do
      raise ArgumentError, ~s(qr must not be "url": invented people have no URL)
    else
      {:ok, shared} -> shared
      {:error, error} -> raise ArgumentError, Exception.message(error)
    end
  end

  defp priority!(priority) when priority in 0..9, do: priority

  defp priority!(priority) do
    raise ArgumentError,
          "priority must be a whole number from 0 to 9, got: #{inspect(priority)}"
  end

  defp uuid!(batch_id) do
    case Ecto.UUID.cast(batch_id) do
      {:ok, uuid} -> uuid
      :error -> raise ArgumentError, "batch_id must be a UUID, got: #{inspect(batch_id)}"
    end
  end
end
