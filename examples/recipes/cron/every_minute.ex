defmodule MyApp.EveryMinute do
  use Oban.Worker, queue: :elixir

  @impl Oban.Worker
  def perform(_job) do
    %{path: "cron"}
    |> Oban.Job.new(worker: "enqueue.worker.Thumbnail", queue: :python)
    |> Oban.insert()
  end
end
