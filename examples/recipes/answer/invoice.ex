defmodule MyApp.Invoice do
  use Oban.Worker, queue: :elixir
  alias MyApp.Completion

  # region
  @impl Oban.Worker
  def perform(%Oban.Job{args: %{"prices" => prices, "total" => total}} = job) do
    args = %{text: "#{length(prices)} items: #{total}"}
    answer = Oban.Job.new(args, worker: "answer.archive.Archive", queue: :python)
    Completion.complete_with(job, answer)
  end

  # endregion
end
