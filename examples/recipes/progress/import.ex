defmodule MyApp.Import do
  use Oban.Worker, queue: :elixir

  @report """
  UPDATE oban_jobs SET meta = meta || jsonb_build_object('progress', $1::int)
  WHERE id = $2::bigint AND state = 'executing' AND attempt = $3::int
  """

  @impl Oban.Worker
  def perform(%Oban.Job{args: %{"seconds" => steps}} = job) do
    for {seconds, done} <- Enum.with_index(steps, 1) do
      Process.sleep(:timer.seconds(seconds))
      percent = div(100 * done, length(steps))
      MyApp.Repo.query!(@report, [percent, job.id, job.attempt])
    end

    :ok
  end
end
