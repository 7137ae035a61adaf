defmodule BadgeForge.PrintCenter do
  @moduledoc """
  Prints the badges that the Python worker confirms.

  This module's name is wire format: the Python worker writes it into `oban_jobs.worker`. What it takes is
  stated in `db/contracts/print_center.schema.json`.

  Args are hostile. What can never be printed cancels the job, with a message that begins with the
  field at fault; what may go better later (the printer jams) is an error, which is tried again.
  """

  use Oban.Worker, queue: :printing, max_attempts: 20

  alias BadgeForge.{BadgeFile, Confirmation, Heartbeat, LogArgs, Printer}

  require Logger

  # The Python worker stores a PDF before it confirms it, so one that is missing was deleted, unless a
  # network file system lags. That takes seconds; the third attempt comes after half a minute.
  @last_attempt_to_find 3

  # For a printer that blocks for ever, which would keep its place in the queue. What prints slowly is
  # let alone: as long as its heart beats, nobody else prints the badge.
  @impl Oban.Worker
  def timeout(_job), do: :timer.seconds(Application.fetch_env!(:badge_forge, :print_timeout_s))

  @impl Oban.Worker
  def perform(%Job{id: id, args: args} = job) do
    with {:ok, confirmed} <- Confirmation.parse(args),
         :ok <- Heartbeat.during(job, fn -> read_and_print(confirmed, job) end) do
      :ok
    else
      {outcome, reason} ->
        line = "Not printed, #{outcome}: "
        Logger.warning(LogArgs.line("#{line}#{harmless(reason)}", "#{line}job #{id}"))
        {outcome, reason}
    end
  end

  defp read_and_print(confirmed, job) do
    with {:ok, pdf} <- read(confirmed, job) do
      confirmed |> Map.take([:id, :name, :path]) |> Map.put(:pdf, pdf) |> print()
    end
  end

  defp read(%{path: path} = confirmed, %Job{id: id, attempt: attempt}) do
    case BadgeFile.read(confirmed, Application.fetch_env!(:badge_forge, :badges_dir)) do
      {:ok, pdf} ->
        {:ok, pdf}

      {:refused, field, why} ->
        value = Map.fetch!(%{"path" => path, "sha256" => confirmed.sha256}, field)
        {:cancel, "#{field}: #{why}, got: #{Confirmation.cut(value)}"}

      {:missing, why} when attempt >= @last_attempt_to_find ->
        again = "forge it again with `badge-forge retry #{id}`"
        {:cancel, "path: #{why}, #{again}: #{Confirmation.cut(path)}"}

      {_missing_or_unreadable, why} ->
        {:error, "path: #{why}: #{Confirmation.cut(path)}"}
    end
  end

  defp print(badge) do
    line = "Printing badge #{binary_part(badge.id, 0, 8)}"
    whole = "#{line} for #{harmless(badge.name)}: #{harmless(badge.path)}"
    Logger.info(LogArgs.line(whole, line))

    case Printer.configured().print(badge) do
      :ok -> :ok
      {:error, reason} -> {:error, reason}
    end
  end

  # A name may hold a line break, an escape sequence or a change of direction: not in a log line.
  defp harmless(text) when is_binary(text) do
    String.replace(text, ~r/[\p{Cc}\x{2028}-\x{202E}\x{2066}-\x{2069}]/u, "\uFFFD")
  end

  defp harmless(reason), do: reason |> inspect() |> harmless()
end
