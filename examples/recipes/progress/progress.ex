defmodule MyApp.Progress do
  @doc "Return a job's state and how far it is, in per cent or nil."
  def of(job_id) do
    query = "SELECT state::text, (meta->>'progress')::int FROM oban_jobs WHERE id = $1::bigint"
    %{rows: [[state, percent]]} = MyApp.Repo.query!(query, [job_id])
    {state, percent}
  end
end
