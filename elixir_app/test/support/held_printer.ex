defmodule BadgeForge.HeldPrinter do
  @moduledoc """
  A printer that tells the process registered under its name what it prints, and goes on as it is told.
  """

  @behaviour BadgeForge.Printer

  @doc "Be told what is printed, by `{:printing, badge, pid}`, and tell that pid `{:go_on, fun}`."
  def listen do
    Process.register(self(), __MODULE__)
    Application.put_env(:badge_forge, :printer, __MODULE__)
  end

  @impl true
  def print(badge) do
    send(__MODULE__, {:printing, badge, self()})

    receive do
      {:go_on, fun} -> fun.()
    end
  end
end
