defmodule BadgeForge.Heartbeat do
  @moduledoc """
  Writes heartbeats into the row of a job while it runs.

  The Python worker rescues the jobs of both applications: it makes a job available again if its row stays
  `executing` with the same `heartbeat` in its `meta` for 30 seconds. So a job that takes more than a moment writes a
  new `heartbeat` every two seconds: the time, in seconds since 1970. `attempted_at` does not change, since Oban for
  Python identifies an attempt by it.
  """

  alias BadgeForge.Statements

  require Logger

  @interval_ms :timer.seconds(2)

  # The Python worker's limit. Five beats may fail, or one may wait for a database connection.
  @rescued_after_ms :timer.seconds(30)
  if 5 * @interval_ms >= @rescued_after_ms, do: raise("heartbeats are too far apart")

  @doc """
  Call `fun` in a linked process, with heartbeats for `job` until it returns, and return its result.

  An exception, throw or exit of `fun` is raised again here.

  If the job no longer belongs to this attempt, because it was cancelled or rescued, the process is killed. The
  result is then `:ok` if the job was completed elsewhere, `{:cancel, _}` if it was cancelled or deleted, and
  `{:error, _}` if it was rescued. Oban updates the row by id alone, so `:ok` would mark a rescued job as completed.
  While the database can't be reached, `fun` continues.

  The first heartbeat comes after `interval_ms`, so a short job needs no query.
  """
  @spec during(Oban.Job.t(), (... -> result), pos_integer) ::
          result | :ok | {:cancel, String.t()} | {:error, String.t()}
        when result: term
  def during(job, fun, interval_ms \\ @interval_ms) do
    work = Task.async(fn -> outcome(fun) end)
    beats = Task.async(fn -> beat_until_lost(job.id, job.attempt, interval_ms) end)
    {work_ref, beats_ref} = {work.ref, beats.ref}

    receive do
      {^work_ref, outcome} ->
        Task.ignore(work)
        stop(beats)
        unwrap(outcome)

      {^beats_ref, state} ->
        Task.ignore(beats)

        # The work may have ended at this moment.
        case Task.shutdown(work, :brutal_kill) do
          {:ok, outcome} -> unwrap(outcome)
          _killed -> result_of_lost(state)
        end

      # With any other reason this process dies too, since it is linked.
      {:DOWN, ^work_ref, :process, _pid, :normal} ->
        stop(beats)
        exit(:normal)
    end
  end

  defp outcome(fun) do
    {:returned, fun.()}
  catch
    kind, reason -> {:raised, kind, reason, __STACKTRACE__}
  end

  defp unwrap({:returned, value}), do: value
  defp unwrap({:raised, kind, reason, stack}), do: :erlang.raise(kind, reason, stack)

  # Ask the task to stop. Killing it could break its connection during a query.
  defp stop(beats) do
    send(beats.pid, :stop)
    Task.ignore(beats)
  end

  # Returns the state of the job's row when it no longer belongs to this attempt.
  defp beat_until_lost(id, attempt, interval_ms) do
    receive do
      :stop -> :stopped
    after
      interval_ms ->
        case beat(id, attempt) do
          {:lost, state} -> state
          :ok -> beat_until_lost(id, attempt, interval_ms)
        end
    end
  end

  defp beat(id, attempt) do
    with :lost <- Statements.beat(id, attempt), do: {:lost, Statements.state(id) || "deleted"}
  catch
    kind, reason ->
      Logger.debug("No heartbeat of job #{id}: #{Exception.format_banner(kind, reason)}")
  end

  defp result_of_lost("completed"), do: :ok

  defp result_of_lost(state) when state in ["cancelled", "deleted"] do
    {:cancel, "the job was #{state} while it ran"}
  end

  defp result_of_lost(state) do
    {:error, "the job was rescued while it ran, and is now #{state}"}
  end
end
