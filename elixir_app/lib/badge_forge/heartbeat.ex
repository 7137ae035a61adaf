defmodule BadgeForge.Heartbeat do
  @moduledoc """
  Shows in the row of a job that it is being worked on.

  The Python worker rescues jobs, of both applications: it makes one available again whose row stays
  `executing`, with the same `heartbeat` in its `meta`, while it looks on for 30 seconds. So whoever works
  longer than a moment writes a new `heartbeat` there every other second: the time, in seconds since 1970.
  `attempted_at` stays as it is, since the other side knows an attempt by it.
  """

  alias BadgeForge.Statements

  require Logger

  @interval_ms :timer.seconds(2)

  # That of the Python worker. Five beats may fail, or one may wait for a connection, before it is over.
  @rescued_after_ms :timer.seconds(30)
  if 5 * @interval_ms >= @rescued_after_ms, do: raise("the heart beats too slowly")

  @doc """
  Call `fun` in a process linked to this one, beating for `job` until it returns, and return what it does.
  What it raises, throws or exits with comes out as from `fun.()`.

  If the job is no longer this attempt's, because it was cancelled or rescued meanwhile, the process is
  killed. What is returned then keeps in its state what is over, and has everything else tried again: Oban
  writes the outcome of a job into its row whosever it is by then, so a rescued one must not come out as
  done with. While the database can't be asked, the work goes on.

  The first beat comes after `interval_ms`, so a short job costs no query. Only tests are in a hurry.
  """
  @spec during(Oban.Job.t(), (() -> outcome), pos_integer) ::
          outcome | :ok | {:cancel, String.t()} | {:error, String.t()}
        when outcome: term
  def during(job, fun, interval_ms \\ @interval_ms) do
    work = Task.async(fn -> outcome(fun) end)
    heart = Task.async(fn -> beat_until_lost(job.id, job.attempt, interval_ms) end)
    {work_ref, heart_ref} = {work.ref, heart.ref}

    receive do
      {^work_ref, outcome} ->
        Process.demonitor(work_ref, [:flush])
        stop(heart)
        come_out(outcome)

      {^heart_ref, state} ->
        Process.demonitor(heart_ref, [:flush])

        # It may have come to its end just now.
        with {:ok, outcome} <- Task.shutdown(work, :brutal_kill),
             do: come_out(outcome),
             else: (_killed -> taken_away(state))

      # It dies with this process otherwise: they are linked.
      {:DOWN, ^work_ref, :process, _pid, :normal} ->
        stop(heart)
        exit(:normal)
    end
  end

  defp outcome(fun) do
    {:returned, fun.()}
  catch
    kind, reason -> {:raised, kind, reason, __STACKTRACE__}
  end

  defp come_out({:returned, value}), do: value
  defp come_out({:raised, kind, reason, stack}), do: :erlang.raise(kind, reason, stack)

  # Not killed: its connection would break in the middle of a query. It ends after that.
  defp stop(heart) do
    send(heart.pid, :stop)
    Task.ignore(heart)
  end

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

  defp taken_away("completed"), do: :ok

  defp taken_away(state) when state in ["cancelled", "deleted"] do
    {:cancel, "taken away while it was worked on: it was #{state}"}
  end

  defp taken_away(state) do
    {:error, "taken away while it was worked on: it was rescued, and is #{state}"}
  end
end
