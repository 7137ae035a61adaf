defmodule BadgeForge.TestPrinter do
  @moduledoc "A printer that answers each print with its option `:answer`."

  @behaviour BadgeForge.Printer

  @impl true
  def init(opts) do
    BadgeForge.Options.check!(opts, [:answer])
    Keyword.fetch!(opts, :answer)
  end

  @impl true
  def print(_badge, answer), do: answer
end
