# The Elixir process of the matrix: the app, with queues that run Matrix.Probe. It evaluates each line of its input
# and answers with a line that begins with the character 2: what the expression returned, or why it failed.
defmodule Matrix.Probe do
  use Oban.Worker, queue: :elixir, max_attempts: 3

  # No test waits for the next attempt.
  @impl Oban.Worker
  def backoff(_job), do: 3_600

  @impl Oban.Worker
  def perform(%{args: args} = job) do
    seen = Map.take(job, [:args, :attempt, :meta, :priority, :tags])
    File.write!(args["seen"], [Oban.JSON.encode!(seen), "\n"], [:append])
    outcome(args["do"], args["until"])
  end

  defp outcome("ok", _until), do: :ok
  defp outcome("error", _until), do: {:error, "out of ink"}

  defp outcome("wait", until) do
    if not File.exists?(until) do
      Process.sleep(20)
      outcome("wait", until)
    end
  end

  defp outcome("snooze", until) do
    if not File.exists?(until) do
      File.touch!(until)
      {:snooze, 1}
    end
  end
end

defmodule Matrix.Node do
  def serve do
    with line when is_binary(line) <- IO.gets("") do
      IO.puts([2, answer(line)])
      serve()
    end
  end

  defp answer(line) do
    {value, _binding} = Code.eval_string(line)
    "ok " <> inspect(value, limit: :infinity, printable_limit: :infinity, width: :infinity, charlists: :as_lists)
  rescue
    error -> "error " <> String.replace(Exception.message(error), "\n", " ")
  end
end

oban = Application.get_env(:badge_forge, Oban)
Application.put_env(:badge_forge, Oban, Keyword.put(oban, :queues, []))
{:ok, _apps} = Application.ensure_all_started(:badge_forge)

# The queues are not in the registry, so that none of Badge Forge's rules for rows applies to them.
for child <- [BadgeForge.QueueWatch, Oban] do
  :ok = Supervisor.terminate_child(BadgeForge.Supervisor, child)
  :ok = Supervisor.delete_child(BadgeForge.Supervisor, child)
end

oban = Keyword.put(oban, :queues, elixir: 5, elixir_serial: 1)
for child <- [Oban, BadgeForge.QueueWatch], do: {:ok, _pid} = Supervisor.start_child(BadgeForge.Supervisor, {child, oban})
Logger.configure(level: :info)
IO.puts([2, "ok started"])
Matrix.Node.serve()
System.stop()
