defmodule MyApp.Export do
  use Oban.Worker, queue: :elixir

  @impl Oban.Worker
  def perform(%Oban.Job{args: %{"seconds" => seconds}}) do
    Process.sleep(:timer.seconds(seconds))
  end
end
