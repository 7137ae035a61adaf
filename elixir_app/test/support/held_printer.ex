defmodule BadgeForge.HeldPrinter do
  @moduledoc """
  A printer that tells a test what it prints, and waits for the test before it continues.
  """

  @behaviour BadgeForge.Printer

  @doc """
  Make this the printer of the test. The test gets `{:printing, badge, pid}` for each badge, and answers that pid
  with `{:go_on, fun}`, which prints.
  """
  def listen, do: BadgeForge.Case.put_settings(printer: {__MODULE__, self()})

  @impl true
  def init(test), do: test

  @impl true
  def print(badge, test) do
    send(test, {:printing, badge, self()})

    receive do
      {:go_on, fun} -> fun.()
    end
  end
end
