defmodule BadgeForge.PrintCenter do
  @moduledoc """
  The Oban worker that prints the badges which the Python worker confirms.

  This module's name is wire format: the Python worker writes it into `oban_jobs.worker`. Its args are a
  `BadgeForge.Confirmation`.

  Args are untrusted. A job that can never be printed is cancelled, with a message that begins with the field at
  fault. A job that may succeed later, for example after a paper jam, returns an error, and Oban retries it.
  """

  use Oban.Worker, queue: :printing, max_attempts: 20

  alias BadgeForge.{
    BadgeFile,
    Confirmation,
    Heartbeat,
    LogArgs,
    Printer,
    SafeText,
    Settings,
    Statements,
    Tracing
  }

  require Logger

  # The Python worker stores a PDF before it confirms it. A missing PDF was deleted, a network file system lags
  # by seconds, or the file is in the badges folder of another app on this table, whose turn will come. Attempt
  # 6 comes after about two minutes.
  @last_attempt_to_find 6

  # A week, in seconds. A time beyond the year 9999 could not be stored.
  @longest_snooze_s 7 * 24 * 3_600

  # In characters, of a reason in a row.
  @longest_reason 300

  # Ids are of PostgreSQL's type bigint.
  @last_id 2 ** 63 - 1

  # The names of files have up to nine digits for it.
  @last_version 999_999_999

  # Stop a print that hangs. A long limit is safe, because a job with a heartbeat is not rescued.
  @impl Oban.Worker
  def timeout(_job), do: :timer.seconds(Settings.get().print_timeout_s)

  @impl Oban.Worker
  def perform(%Job{args: args} = job) do
    parsed = Confirmation.parse(args)

    Tracing.performing("print badge", job, attributes(parsed), fn in_span ->
      case parsed do
        {:ok, confirmation} -> print_confirmed(confirmation, job, in_span)
        {:error, error} -> refuse(error, job)
      end
    end)
  end

  defp attributes({:ok, confirmation}), do: %{"badge.id" => confirmation.id}
  defp attributes({:error, _error}), do: %{}

  # `in_span` runs a function in the span of the job, in whatever process.
  defp print_confirmed(confirmation, job, in_span) do
    {printer, _state} = Settings.get().printer
    metadata = %{badge_id: confirmation.id, job: job, printer: printer}
    print = fn -> read_and_print(confirmation, job) end

    :telemetry.span([:badge_forge, :print], metadata, fn ->
      result = Heartbeat.during(job, fn -> in_span.(print) end)
      result = finish(result, job)
      {result, Map.put(metadata, :result, result)}
    end)
  end

  defp finish(:ok, _job), do: :ok
  defp finish({:snooze, seconds}, job), do: snooze(seconds, job)
  defp finish({:snooze, seconds, reason}, job), do: snooze(seconds, reason, job)
  defp finish({:refused, error}, job), do: refuse(error, job)
  defp finish({outcome, reason}, job), do: not_printed(outcome, reason, job)

  defp refuse(error, job) do
    :telemetry.execute([:badge_forge, :print, :refused], %{count: 1}, %{error: error, job: job})
    not_printed(:cancel, Exception.message(error), job)
  end

  defp snooze(seconds, job) do
    Logger.info("Not printed, snooze: the printer asks for job #{job.id} again in #{seconds} s")
    {:snooze, seconds}
  end

  # The reason is in the row, where the views read it.
  defp snooze(seconds, reason, job) do
    reason = SafeText.line(reason)
    meta = Oban.JSON.encode!(%{"held_up" => String.slice(reason, 0, @longest_reason)})
    Statements.merge_meta(job.id, job.attempt, meta)
    Logger.warning("Not printed, snooze: #{reason}: job #{job.id} is tried again in #{seconds} s")
    {:snooze, seconds}
  end

  defp not_printed(outcome, reason, job) do
    line = "Not printed, #{outcome}: "
    Logger.warning(LogArgs.line("#{line}#{SafeText.line(reason)}", "#{line}job #{job.id}"))
    {outcome, reason}
  end

  defp read_and_print(confirmation, job) do
    with {:ok, pdf} <- read(confirmation, job) do
      %{id: id, name: name, file: file} = confirmation
      path = Path.join(Settings.get().badges_dir, file)
      badge = %{id: id, name: name, path: path, pdf: pdf, copy: copy(job), job: job}
      print(Map.put(badge, :version, version(job)))
    end
  end

  # A print that was enqueued to print a badge again (`jobs/print_again.sql`) is one copy. A completed job that was
  # retried by hand has the number of its copy (migration 0011).
  defp copy(%Job{id: id, meta: %{"print_again" => true}}), do: id
  defp copy(%Job{meta: %{"print_again" => copy}}) when copy in 1..@last_id, do: copy
  defp copy(_job), do: nil

  # A badge whose list was changed and imported again has a later version.
  defp version(%Job{meta: %{"version" => version}}) when version in 1..@last_version, do: version
  defp version(_job), do: 1

  defp read(%{file: file} = confirmation, %Job{id: id, attempt: attempt}) do
    folder = Settings.get().badges_dir

    case BadgeFile.read(confirmation, folder) do
      {:ok, pdf} ->
        {:ok, pdf}

      {:refused, error} ->
        {:refused, error}

      {:missing, reason} when attempt >= @last_attempt_to_find ->
        again = "render it again with `badge-forge retry #{id}`"
        {:cancel, "file: #{reason} in #{folder}, #{again}: #{SafeText.excerpt(file)}"}

      {_missing_or_unreadable, reason} ->
        {:error, "file: #{reason}: #{SafeText.excerpt(file)}"}
    end
  end

  defp print(badge) do
    again = if badge.copy, do: " again"
    line = "Printing badge #{binary_part(badge.id, 0, 8)}#{again}"
    whole = "#{line} for #{SafeText.line(badge.name)}: #{SafeText.line(badge.path)}"
    Logger.info(LogArgs.line(whole, line))

    case Printer.print(Settings.get().printer, badge) do
      :ok ->
        :ok

      {:error, reason} ->
        {:error, reason}

      {:cancel, reason} ->
        {:cancel, reason}

      {:snooze, seconds} when seconds in 1..@longest_snooze_s ->
        {:snooze, seconds}

      {:snooze, seconds, reason} when seconds in 1..@longest_snooze_s and is_binary(reason) ->
        {:snooze, seconds, reason}

      other ->
        {:error,
         "the printer must return :ok, {:error, reason}, {:cancel, reason} or {:snooze, seconds}, got: " <>
           SafeText.excerpt(other)}
    end
  end
end
