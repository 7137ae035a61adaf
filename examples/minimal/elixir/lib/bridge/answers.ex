defmodule Bridge.Answers do
  @moduledoc "Takes Python's answers."
  use Oban.Worker, queue: :elixir

  @impl Oban.Worker
  def perform(%Oban.Job{args: %{"numbers" => numbers, "median" => median} = answer}) do
    deviation = answer["deviation"]

    IO.puts(
      "Python: the median of #{Enum.join(numbers, ", ")} is #{median}, the deviation #{deviation}"
    )
  end

  # Without this clause, such a job would fail 20 times before it is discarded.
  def perform(%Oban.Job{args: args}), do: {:cancel, "args: not an answer, got #{inspect(args)}"}
end
