defmodule Oban.Registry do
  @moduledoc "Finds the process of a queue by its name. There is no notifier to find."

  @doc "Return the pid of `{:producer, queue}`, or nil."
  def whereis(name, {:producer, _queue} = role), do: name |> name(role) |> GenServer.whereis()
  def whereis(_name, Oban.Notifier), do: nil

  @doc false
  def name(name, role), do: {:global, {__MODULE__, node(), name, role}}
end
