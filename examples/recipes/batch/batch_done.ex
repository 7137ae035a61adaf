defmodule MyApp.BatchDone do
  use Oban.Worker, queue: :elixir

  @count """
  SELECT count(*) FILTER (WHERE state NOT IN ('completed', 'cancelled', 'discarded')),
         count(*) FILTER (WHERE state = 'completed')
  FROM oban_jobs WHERE meta @> jsonb_build_object('batch', $1::text)
  """

  @impl Oban.Worker
  def perform(%Oban.Job{args: %{"batch" => batch}}) do
    case MyApp.Repo.query!(@count, [batch]) do
      %{rows: [[0, completed]]} -> IO.puts("batch #{batch}: #{completed} completed")
      %{rows: [[_unfinished, _completed]]} -> {:snooze, 1}
    end
  end
end
