defmodule BadgeForge.PrintCenter do
  @moduledoc """
  Prints the badges that the Python worker confirms.

  This module's name is wire format: the Python worker writes it into `oban_jobs.worker`. What it takes is
  stated in `db/contracts/print_center.schema.json`.

  Args are hostile. What can never be printed cancels the job, with a message that begins with the
  field at fault; what may go better later (no file yet, the printer jams) is an error, which is tried again.
  """

  use Oban.Worker, queue: :printing, max_attempts: 20

  alias BadgeForge.{BadgeFile, Confirmation, LogArgs, Printer}

  require Logger

  # Below the 10 minutes after which the Python worker rescues a job: else it would print twice.
  @timeout_ms :timer.minutes(8)

  @impl Oban.Worker
  def timeout(_job), do: @timeout_ms

  @impl Oban.Worker
  def perform(%Job{id: id, args: args}) do
    with {:ok, badge} <- Confirmation.parse(args),
         {:ok, badge} <- locate(badge),
         :ok <- print(badge) do
      :ok
    else
      {outcome, reason} ->
        line = "Not printed, #{outcome}: "
        Logger.warning(LogArgs.line("#{line}#{harmless(reason)}", "#{line}job #{id}"))
        {outcome, reason}
    end
  end

  defp locate(badge) do
    case BadgeFile.check(badge.path, Application.fetch_env!(:badge_forge, :badges_dir)) do
      {:ok, path} -> {:ok, %{badge | path: path}}
      {:refused, why} -> {:cancel, "path: #{why}, got: #{Confirmation.cut(badge.path)}"}
      {:unreadable, why} -> {:error, "path: #{why}: #{Confirmation.cut(badge.path)}"}
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
