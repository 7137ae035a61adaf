defmodule MyApp.Measured do
  use Oban.Worker, queue: :elixir

  @impl Oban.Worker
  def perform(%Oban.Job{meta: meta}), do: IO.puts("trace #{inspect(meta["traceparent"])}")
end
