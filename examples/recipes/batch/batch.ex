defmodule MyApp.Batch do
  @doc "Enqueue a job for each number, and one that runs when they have ended. Returns the batch's id."
  def enqueue(numbers) do
    batch = Ecto.UUID.generate()
    opts = [worker: "batch.worker.Square", queue: :python, meta: %{batch: batch}]
    jobs = for number <- numbers, do: Oban.Job.new(%{number: number}, opts)
    # One statement: the callback cannot run before the jobs are there.
    Oban.insert_all(jobs ++ [MyApp.BatchDone.new(%{batch: batch})])
    batch
  end
end
