defmodule BadgeForge.LockWatch do
  @moduledoc """
  Says what this app waits for and who holds it, if it waits for a lock on a table.

  Python's `lock_watch.py` does the same for its commands.
  """

  alias BadgeForge.{SafeText, Statements}

  require Logger

  @look_ms 2_000

  @doc """
  Call `fun`. Every 2 s until it returns, log which lock is awaited and who holds it, each holder once.

  A statement that waits gives up after its `lock_timeout`.
  """
  @spec watch((... -> result)) :: result when result: term
  def watch(fun) do
    caller = self()
    watch = spawn(fn -> caller |> Process.monitor() |> look(nil) end)

    try do
      fun.()
    after
      Process.exit(watch, :kill)
    end
  end

  defp look(caller, said) do
    receive do
      {:DOWN, ^caller, :process, _pid, _reason} -> :ok
    after
      @look_ms ->
        holder = Statements.awaited_lock()
        if holder not in [nil, said], do: Logger.warning(line(holder))
        look(caller, holder || said)
    end
  end

  defp line({table, user, application, process}) do
    program = if application, do: " (#{SafeText.line(application)})"

    "waiting for #{table}, locked by #{SafeText.line(user)}#{program}, process #{process} of the server: end its " <>
      "transaction, for example with SELECT pg_terminate_backend(#{process})"
  end
end
