defmodule Oban.Plugins.Lifeline do
  @moduledoc "Rescues a dead node's jobs. In ms: `:rescue_after` (1 hour), `:interval` (1 minute)."

  use GenServer

  def start_link(arg), do: GenServer.start_link(__MODULE__, arg)

  @impl true
  def init({conf, opts}) do
    opts = Keyword.validate!(opts, rescue_after: :timer.hours(1), interval: :timer.minutes(1))
    {:ok, _timer} = :timer.send_interval(opts[:interval], :rescue)
    {:ok, {conf.repo, opts[:rescue_after]}}
  end

  # What fails now is tried again at the next interval.
  @impl true
  def handle_info(:rescue, {repo, rescue_after_ms} = state) do
    Oban.Job.rescue_orphans(repo, rescue_after_ms)
    {:noreply, state}
  end
end
