defmodule BadgeForge.Enqueue do
  @moduledoc """
  Inserts jobs for the Python worker: one badge, or a batch of any size.

  Emits the events `[:badge_forge, :enqueue, …]`, see `BadgeForge.Telemetry`.
  """

  alias BadgeForge.{BadgeArgs, Batch, ContractError, LockWatch, Tracing}

  require Logger

  # Wire format, see db/contracts/generate_badge.schema.json. The worker is the path of a Python class.
  @worker "badge_forge.generator.GenerateBadge"
  @queue "badges"
  @max_attempts 5

  # 0 goes first: a single badge, for a person who is waiting for it, overtakes every batch.
  @batch_priority 1

  # PostgreSQL takes 65,535 parameters in a statement, and Oban uses about ten for each job.
  @chunk_size 1_000

  @doc "Enqueue one badge, whose row has `meta`. Raises if the database fails."
  @spec one(term, 0..9, map) :: {:ok, Oban.Job.t()} | {:error, ContractError.t()}
  def one(attendee, priority, meta) do
    span(%{batch_id: nil, priority: priority}, fn metadata ->
      case BadgeArgs.new(attendee) do
        {:ok, args} ->
          [job] =
            insert_jobs([args], :current,
              priority: priority,
              meta: Map.merge(meta, of_event(args))
            )

          {{:ok, job}, %{enqueued: 1, refused: 0}}

        {:error, error} ->
          refused(error, 0, metadata)
          {{:error, error}, %{enqueued: 0, refused: 1}}
      end
    end)
  end

  # As `badge-forge enqueue --event`: so the event's filters, export and `forget` know the badge.
  defp of_event(%{"event_slug" => slug}), do: %{event: slug, version: 1}
  defp of_event(_args), do: %{}

  @doc """
  Enqueue a batch.

  Each chunk is committed by itself, so the first badges are rendered while the last are enqueued. If the database
  or the enumerable raises, the chunks before stay enqueued, and an error is logged that says how many they are.

  Calls `inserted` with the jobs of each chunk.
  """
  @spec batch(Enumerable.t(), Batch.t(), ([Oban.Job.t()] -> term)) :: BadgeForge.batch()
  def batch(attendees, %Batch{} = batch, inserted \\ fn _jobs -> :ok end) do
    enqueued = :counters.new(1, [])
    result = insert(attendees, batch, enqueued, inserted)
    refused = if result.invalid != [], do: ", refused #{length(result.invalid)}"
    Logger.info("Enqueued #{badges(result.enqueued)} as batch #{batch.id}#{refused}")
    result
  end

  @doc "Return a count with its noun: `1 badge`, `2 badges`."
  @spec badges(non_neg_integer) :: String.t()
  def badges(1), do: "1 badge"
  def badges(count), do: "#{count} badges"

  defp insert(attendees, batch, enqueued, inserted) do
    span(%{batch_id: batch.id, priority: @batch_priority}, fn metadata ->
      invalid =
        attendees
        |> Stream.with_index()
        |> Stream.chunk_every(@chunk_size)
        |> Enum.flat_map(&insert_chunk(&1, batch, enqueued, inserted, metadata))

      counts = %{enqueued: :counters.get(enqueued, 1), refused: length(invalid)}
      {%{batch_id: batch.id, enqueued: counts.enqueued, invalid: invalid}, counts}
    end)
  catch
    kind, reason ->
      count = :counters.get(enqueued, 1)
      Logger.error("Enqueued only #{badges(count)} as batch #{batch.id}, then failed")
      :erlang.raise(kind, reason, __STACKTRACE__)
  end

  # Returns the invalid attendees of the chunk, with their index and error.
  defp insert_chunk(chunk, batch, enqueued, inserted, metadata) do
    {valid, invalid} =
      chunk
      |> Enum.map(fn {attendee, index} -> {BadgeArgs.new(attendee, batch.defaults), index} end)
      |> Enum.split_with(&match?({{:ok, _args}, _index}, &1))

    all_args = for {{:ok, args}, _index} <- valid, do: args
    opts = [meta: Batch.meta(batch), priority: @batch_priority]
    if all_args != [], do: all_args |> insert_jobs(:new, opts) |> inserted.()
    :counters.add(enqueued, 1, length(all_args))

    for {{:error, error}, index} <- invalid do
      refused(error, index, metadata)
      {index, error}
    end
  end

  # The badges of a batch are in a trace each, a single badge is in the caller's.
  defp insert_jobs(all_args, parent, opts) do
    attributes = for args <- all_args, do: %{"badge.id" => args["id"]}

    Tracing.enqueuing(attributes, parent, fn contexts ->
      all_args
      |> Enum.zip_with(contexts, fn args, context ->
        job(args, Keyword.update(opts, :meta, context, &Map.merge(&1, context)))
      end)
      |> then(&LockWatch.watch(fn -> Oban.insert_all(&1) end))
    end)
  end

  defp job(args, opts) do
    Oban.Job.new(args, [worker: @worker, queue: @queue, max_attempts: @max_attempts] ++ opts)
  end

  defp span(metadata, fun) do
    :telemetry.span([:badge_forge, :enqueue], metadata, fn ->
      {result, counts} = fun.(metadata)
      {result, counts, metadata}
    end)
  end

  defp refused(error, index, metadata) do
    metadata = Map.merge(metadata, %{error: error, index: index})
    :telemetry.execute([:badge_forge, :enqueue, :refused], %{count: 1}, metadata)
  end
end
