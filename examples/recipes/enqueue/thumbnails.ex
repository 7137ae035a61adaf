defmodule MyApp.Thumbnails do
  def enqueue(path) do
    %{path: path}
    |> Oban.Job.new(worker: "enqueue.worker.Thumbnail", queue: :python, max_attempts: 5)
    |> Oban.insert()
  end
end
