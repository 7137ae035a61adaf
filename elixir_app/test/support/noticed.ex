defmodule BadgeForge.Noticed do
  @moduledoc "A worker of another queue. It tells the test about each job that starts, and waits for an answer."

  use BadgeForge.Worker, queue: :noticed, max_attempts: 3

  @listener __MODULE__.Listener

  @doc "Register the queue for this test, with `opts`, and send `{:noticed, args, pid}` here for each job."
  def listen(opts \\ []) do
    entry = Keyword.merge([worker: __MODULE__, contract: :example_notice], opts)
    BadgeForge.Case.put_queues(noticed: entry)
    Process.register(self(), @listener)
  end

  @impl BadgeForge.Worker
  def work(args, _job) do
    send(@listener, {:noticed, args, self()})

    receive do
      {:answer, answer} -> answer
    end
  end
end
