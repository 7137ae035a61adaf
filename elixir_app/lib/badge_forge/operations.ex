defmodule BadgeForge.Operations do
  @moduledoc """
  What an operator does with jobs, in the words of the command line. `BadgeForge` has the functions and their
  documentation.
  """

  alias BadgeForge.{BadgeFile, Command, Failed, JobFilter, Queues, SafeText, Settings, Statements}

  require Logger

  @most_batches 20

  # As many as `badge-forge retry` adds to those that were used.
  @more_attempts 5

  @doc "See `BadgeForge.status/1`."
  @spec status(JobFilter.t()) :: %{String.t() => map}
  def status(filter) do
    pauses = Map.new(Statements.pauses())
    counts = Map.new(Statements.count_jobs(filter), fn [queue | counts] -> {queue, counts} end)

    Map.new(Queues.all(), fn %{name: queue} ->
      words = [:waiting, :held, :executing, :retryable, :completed, :failed]
      counted = words |> Enum.zip(counts[queue] || [0, 0, 0, 0, 0, 0]) |> Map.new()
      {queue, Map.put(counted, :paused_since, Failed.time(pauses[queue]))}
    end)
  end

  @doc "See `BadgeForge.batches/1`."
  @spec batches(JobFilter.t()) :: [map]
  def batches(filter), do: filter |> Statements.batches(@most_batches) |> Enum.map(&batch/1)

  @doc "See `BadgeForge.batch/1`."
  @spec batch_with_failures(JobFilter.t()) :: map | nil
  def batch_with_failures(filter) do
    case Statements.batches(filter, 1) do
      [row] -> Map.put(batch(row), :failures, Failed.grouped(filter))
      [] -> nil
    end
  end

  defp batch([id, enqueued_at, badges, rendered, printed, failed]) do
    %{
      id: SafeText.line(id),
      enqueued_at: Failed.time(enqueued_at),
      badges: badges,
      rendered: rendered,
      printed: printed,
      failed: failed
    }
  end

  @doc "See `BadgeForge.retry/1`."
  @spec retry(JobFilter.t()) :: {:ok, %{retried: non_neg_integer, without_pdf: [pos_integer]}}
  def retry(filter) do
    without_pdf = for [id | args] <- Statements.failed_prints(filter), not pdf?(args), do: id
    retried = Statements.retry(filter, without_pdf, @more_attempts)

    if without_pdf != [] do
      ids = Enum.join(without_pdf, " ")

      Logger.warning(
        "The PDF is missing or was replaced: #{Command.line("retry #{ids}")} renders it again"
      )
    end

    {:ok, %{retried: length(retried), without_pdf: without_pdf}}
  end

  # Without the plain name of a file, rendering again would change nothing: the print says what is wrong.
  defp pdf?([badge_id, file, sha256]) do
    confirmation = %{id: badge_id, file: file, sha256: sha256}

    not (is_binary(badge_id) and is_binary(file) and is_binary(sha256)) or
      Path.basename(file) != file or
      match?({:ok, _pdf}, BadgeFile.read(confirmation, Settings.get().badges_dir))
  end

  @doc "See `BadgeForge.cancel/1`."
  @spec cancel(JobFilter.t()) :: {:ok, non_neg_integer}
  def cancel(filter), do: {:ok, length(Statements.cancel(filter))}

  @doc "Hold the jobs that wait, or let them wait again: their number."
  @spec hold(JobFilter.t(), :pause | :resume) :: {:ok, non_neg_integer}
  def hold(filter, :pause), do: {:ok, length(Statements.hold(filter))}

  def hold(filter, :resume) do
    released = Statements.release_held(filter)

    for queue <- released |> Enum.map(&List.last/1) |> Enum.uniq(),
        do: Statements.notify_insert(queue)

    {:ok, length(released)}
  end

  @doc "Pause or resume queues, and remember it: the names of the queues, or one line that says what is wrong."
  @spec request(:pause | :resume, term) :: {:ok, [String.t()]} | {:error, String.t()}
  def request(action, queues) do
    names = Enum.map(Queues.all(), & &1.name)
    given = if is_list(queues), do: queues, else: [queues]
    wanted = if queues == :all, do: names, else: Enum.map(given, &name/1)

    case wanted -- names do
      [] ->
        {:ok, queues} = Statements.request_state(Atom.to_string(action), wanted)
        if action == :resume, do: tell_held(queues)
        {:ok, queues}

      [unknown | _] ->
        {:error,
         "no queue #{SafeText.excerpt(unknown)}: #{action} one of #{Enum.join(names, ", ")}, or :all"}
    end
  end

  defp name(queue) when is_atom(queue), do: Atom.to_string(queue)
  defp name(queue), do: queue

  defp tell_held(queues) do
    for [queue, _waiting, held | _counts] <- Statements.count_jobs(%JobFilter{queues: queues}),
        held > 0 do
      Logger.warning(
        "#{held} jobs of #{queue} are still held: BadgeForge.resume(:all) releases all"
      )
    end
  end
end
