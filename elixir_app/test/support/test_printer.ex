defmodule BadgeForge.TestPrinter do
  @moduledoc "A printer that answers each print with its option `:answer`, which may be a function."

  @behaviour BadgeForge.Printer

  @impl true
  def init(opts) do
    BadgeForge.Options.check!(opts, [:answer])
    Keyword.fetch!(opts, :answer)
  end

  @impl true
  def print(_badge, answer) when is_function(answer, 0), do: answer.()
  def print(_badge, answer), do: answer
end
