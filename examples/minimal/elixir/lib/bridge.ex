defmodule Bridge do
  @moduledoc "Asks Python, through a row in `oban_jobs`."

  @doc """
  Enqueue a question that `python/workers.py` answers: `{:ok, job}`.

  The worker's name is its module and class in Python. Python's own `max_attempts` does not apply to a job
  that Elixir inserts, so it is set here.
  """
  def describe(numbers) do
    %{numbers: numbers}
    |> Oban.Job.new(worker: "workers.Describe", queue: :python, max_attempts: 5)
    |> Oban.insert()
  end
end
