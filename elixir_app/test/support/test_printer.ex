defmodule BadgeForge.TestPrinter do
  @moduledoc "A printer that is out of paper."

  @behaviour BadgeForge.Printer

  @impl true
  def print(_badge), do: {:error, "out of paper"}
end
