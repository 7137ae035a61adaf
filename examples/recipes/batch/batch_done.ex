defmodule MyApp.BatchDone do
  use Oban.Worker, queue: :elixir

  @unfinished """
  SELECT count(*) FROM oban_jobs WHERE meta @> jsonb_build_object('batch', $1::text)
  AND state NOT IN ('completed', 'cancelled', 'discarded')
  """

  @impl Oban.Worker
  def perform(%Oban.Job{args: %{"batch" => batch}}) do
    %{rows: [[unfinished]]} = MyApp.Repo.query!(@unfinished, [batch])
    if unfinished == 0, do: IO.puts("batch #{batch} is done"), else: {:snooze, 1}
  end
end
