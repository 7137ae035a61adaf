defmodule BadgeForge.TestWorker do
  @moduledoc """
  A worker whose args say what it does. It tells the test about each job that starts.
  """

  use Oban.Worker, queue: :test, max_attempts: 3

  @listener __MODULE__.Listener

  @doc "Send `{:started, job, pid}` to this process for each job."
  def listen, do: Process.register(self(), @listener)

  @impl Oban.Worker
  def timeout(%Job{args: %{"timeout_ms" => ms}}), do: ms
  def timeout(_job), do: :infinity

  @impl Oban.Worker
  def backoff(%Job{args: %{"backoff_s" => seconds}}), do: seconds
  def backoff(job), do: Oban.Worker.backoff(job)

  @impl Oban.Worker
  def perform(%Job{args: args} = job) do
    tell({:started, job, self()})
    outcome(args)
  end

  defp outcome(%{"do" => "ok"}), do: :ok
  defp outcome(%{"do" => "ok with a value"}), do: {:ok, 42}
  defp outcome(%{"do" => "error"}), do: {:error, "out of ink"}
  defp outcome(%{"do" => "cancel"}), do: {:cancel, "no such person"}
  defp outcome(%{"do" => "snooze", "seconds" => seconds}), do: {:snooze, seconds}
  defp outcome(%{"do" => "raise"}), do: raise(ArgumentError, "the tray is empty")
  defp outcome(%{"do" => "throw"}), do: throw(:paper)
  defp outcome(%{"do" => "exit"}), do: exit(:jammed)
  defp outcome(%{"do" => "kill"}), do: Process.exit(self(), :kill)

  defp outcome(%{"do" => "wait"}) do
    receive do
      :go_on -> :ok
    end
  end

  defp tell(message) do
    if pid = Process.whereis(@listener), do: send(pid, message)
  end
end
