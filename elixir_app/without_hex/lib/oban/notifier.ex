defmodule Oban.Notifier do
  @moduledoc "Notifiers, of which the stand-in starts none: it polls."

  @callback start_link(keyword) :: GenServer.on_start()
  @callback listen(GenServer.server(), [atom]) :: :ok
  @callback unlisten(GenServer.server(), [atom]) :: :ok
  @callback notify(GenServer.server(), atom, term) :: :ok
end
