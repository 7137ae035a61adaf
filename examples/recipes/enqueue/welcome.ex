defmodule MyApp.Welcome do
  use Oban.Worker, queue: :elixir

  @impl Oban.Worker
  def perform(%Oban.Job{args: %{"name" => name}}), do: IO.puts("welcome, #{name}")
end
