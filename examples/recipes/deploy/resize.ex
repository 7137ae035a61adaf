defmodule MyApp.Resize do
  use Oban.Worker, queue: :elixir
  @version 2

  @impl Oban.Worker
  def perform(%Oban.Job{args: %{"version" => version}}) when version > @version, do: {:snooze, 60}
  def perform(%Oban.Job{args: %{"width_mm" => width}}), do: resize(width)
  def perform(%Oban.Job{args: %{"width" => width}}), do: resize(width)

  defp resize(width) when is_integer(width), do: IO.puts("width #{width}")
  defp resize(width), do: {:cancel, "width_mm: must be a whole number, got #{inspect(width)}"}
end
