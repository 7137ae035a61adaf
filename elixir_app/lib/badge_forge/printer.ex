defmodule BadgeForge.Printer do
  @moduledoc """
  What hands a badge to paper. Another one is chosen by `config :badge_forge, printer: MyPrinter`.

  A job may run twice (the process died before it was recorded), so a printer should take a badge's id as
  its identity, and print it once.
  """

  @typedoc """
  A badge that passed every check. `pdf` is what to print, the bytes that were checked. `path` is for
  messages: what lies there now may be something else.
  """
  @type badge :: %{id: String.t(), name: String.t(), path: Path.t(), pdf: binary}

  @doc "Print a badge. An error is tried again later."
  @callback print(badge) :: :ok | {:error, reason :: term}

  @doc "The printer in use."
  @spec configured() :: module
  def configured, do: Application.fetch_env!(:badge_forge, :printer)
end
