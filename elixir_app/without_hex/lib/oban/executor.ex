defmodule Oban.Executor do
  @moduledoc false
  # Runs one job, in the task that the queue started for it, and records its outcome: {state, seconds, error}.

  alias Oban.{CrashError, Job, PerformError, TimeoutError, Worker}
  require Logger

  def call(conf, job) do
    case Worker.from_string(job.worker) do
      {:ok, worker} -> record(conf, job, perform(worker, job))
      {:error, error} -> record(conf, job, failed(job, :error, error, []))
    end
  end

  # The process of a job that timed out or was killed could not record its outcome, so another one does.
  def bury(conf, job, reason) do
    case reason do
      %TimeoutError{} -> record(conf, job, failed(job, :error, reason, []))
      {error, [_ | _] = stack} -> record(conf, job, failed(job, {:EXIT, self()}, error, stack))
      _killed -> record(conf, job, failed(job, {:EXIT, self()}, reason, []))
    end
  end

  defp perform(worker, job) do
    timer = start_timer(job, worker.timeout(job))

    try do
      case worker.perform(job) do
        {:snooze, seconds} when is_integer(seconds) -> {"scheduled", seconds, nil}
        {:cancel, _} = it -> {"cancelled", 0, error(job, :error, failure(job, it), [])}
        {:error, _} = it -> failed(job, :error, failure(job, it), [])
        _ok -> {"completed", 0, nil}
      end
    rescue
      error -> failed(job, :error, error, __STACKTRACE__)
    catch
      kind, reason ->
        message = Exception.format_banner(kind, reason, __STACKTRACE__)
        failed(job, :error, %CrashError{message: message}, __STACKTRACE__)
    after
      :timer.cancel(timer)
    end
  end

  defp start_timer(job, ms) do
    error = %TimeoutError{message: "#{job.worker} timed out after #{ms}ms"}
    if ms != :infinity, do: elem(:timer.exit_after(ms, error), 1)
  end

  defp failure(job, it), do: %PerformError{message: "#{job.worker} failed with #{inspect(it)}"}

  defp failed(%{attempt: attempt, max_attempts: max} = job, kind, reason, stack) do
    error = error(job, kind, reason, stack)
    if attempt < max, do: {"retryable", backoff(job), error}, else: {"discarded", 0, error}
  end

  defp error(job, kind, reason, stack) do
    {reason, stack} = Exception.blame(kind, reason, stack)
    text = Exception.format(kind, reason, stack)
    # jsonb accepts valid UTF-8 without NUL only.
    text = if String.valid?(text), do: String.replace(text, "\0", "\uFFFD"), else: inspect(text)

    Oban.JSON.encode!(%{
      attempt: job.attempt,
      at: DateTime.to_iso8601(DateTime.utc_now()),
      error: text
    })
  end

  defp backoff(job) do
    {:ok, worker} = Worker.from_string(job.worker)
    worker.backoff(job)
  rescue
    _error -> Worker.backoff(job)
  end

  # The job is done, so keep trying to record it: the database may be back soon.
  defp record(conf, job, outcome) do
    with {:error, error} <- Job.record(conf.repo, job, outcome) do
      Logger.warning("Oban: job #{job.id} can't be recorded yet: #{Exception.message(error)}")
      Process.sleep(500)
      record(conf, job, outcome)
    end
  end
end
