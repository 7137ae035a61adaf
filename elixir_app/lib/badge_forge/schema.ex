defmodule BadgeForge.Schema do
  @moduledoc """
  Checks, before the app starts, that the database can be used and has the schema of `db/migrations/`.
  """

  alias BadgeForge.{Command, LockWatch, Notifier, Pooler, Repo, Statements}

  # Oban's version of the schema.
  @version 14
  @connect_timeout_ms 3_000

  @doc "As `check/1`, with a repo that runs only for the check. Says who holds a lock that it waits for."
  @spec check_before_start() :: :ok | {:error, String.t()}
  def check_before_start do
    # The pool logs each failed connection, and a query tells only that there is none. The returned line says why.
    :ok = :logger.add_primary_filter(__MODULE__, {&take_failure/2, self()})

    # One connection for the check, and one for the watch. More would be interrupted while they connect, and log that.
    {:ok, repo} = Supervisor.start_link([{Repo, pool_size: 2}], strategy: :one_for_one)

    result =
      with :ok <- LockWatch.watch(&check/0),
           :ok <- reachable(Application.get_env(:badge_forge, Notifier, [])),
           do: Pooler.adapt()

    Supervisor.stop(repo)
    # An error ends the program.
    if result == :ok, do: :ok = :logger.remove_primary_filter(__MODULE__)
    result
  end

  @doc "Check the database: `:ok`, or one line that says what is wrong and what to run."
  @spec check(keyword) :: :ok | {:error, String.t()}
  def check(config \\ Repo.config()) do
    with :ok <- reachable(config),
         {:ok, version} <- usable(config, Statements.schema_version()),
         :ok <- judge(version),
         {:ok, unregistered} <- usable(config, Statements.unregistered_queues()) do
      registered(unregistered)
    end
  end

  # The place of LISTEN_DATABASE_URL, if there is one.
  defp reachable([]), do: :ok

  defp reachable(config),
    do: reachable(config[:socket_dir], config[:hostname], config[:port] || 5432)

  # A pool keeps trying to connect and does not say why it fails.
  defp reachable(folder, _host, port) when is_binary(folder) do
    case :gen_tcp.connect({:local, "#{folder}/.s.PGSQL.#{port}"}, 0, [], @connect_timeout_ms) do
      {:ok, socket} -> :gen_tcp.close(socket)
      {:error, reason} -> unreachable("#{folder}:#{port}", reason)
    end
  end

  defp reachable(nil, host, port) do
    connect = fn family ->
      :gen_tcp.connect(String.to_charlist(host), port, [family], @connect_timeout_ms)
    end

    first = if String.contains?(host, ":"), do: :inet6, else: :inet

    with {:error, reason} <- connect.(first), {:error, _reason} <- connect.(:inet6) do
      unreachable("#{host}:#{port}", reason)
    else
      {:ok, socket} -> :gen_tcp.close(socket)
    end
  end

  defp unreachable(place, reason) do
    {:error,
     "the database can't be reached at #{place} (#{:inet.format_error(reason)}): " <>
       "start it with #{Command.line("db up")}"}
  end

  defp take_failure(%{meta: %{mfa: {DBConnection.Connection, _, _}} = meta}, caller) do
    with {%{__exception__: true} = error, _stack} <- meta[:crash_reason],
         do: send(caller, {__MODULE__, error})

    :stop
  end

  # The process that prepares a new connection.
  defp take_failure(
         %{meta: %{crash_reason: {%{__struct__: DBConnection.ConnectionError}, _}}},
         _
       ),
       do: :stop

  defp take_failure(_event, _caller), do: :ignore

  defp last_failure(error) do
    receive do
      {__MODULE__, failure} -> last_failure(failure)
    after
      0 -> error
    end
  end

  defp usable(config, {:error, error}) do
    reason = error |> last_failure() |> Exception.message()

    cond do
      reason =~ "lock timeout" -> locked()
      reason =~ ~r/too many c|connection slots/ -> full(config, reason)
      true -> refused(config, reason)
    end
  end

  defp usable(_config, result), do: result

  defp full(config, reason) do
    {:error,
     "the database #{config[:database]} has no connection left for #{config[:username]} (#{first(reason)}): " <>
       "lower POOL_SIZE, stop other clients, or raise its limit, max_connections for example"}
  end

  defp first(reason), do: reason |> String.split(~r/\n|\. /) |> hd()

  defp locked do
    {:error,
     "a table of the schema is locked by another session for more than 10 s: end it, " <>
       "the line above or pg_blocking_pids names it"}
  end

  defp refused(config, reason) do
    {:error,
     "the database #{config[:database]} can't be used as #{config[:username]} " <>
       "(#{first(reason)}): " <>
       "check DATABASE_URL, #{Command.line("db url --role print-center")} prints the right one"}
  end

  defp registered([]), do: :ok

  defp registered([queue | _others]) do
    {:error,
     "the table badge_forge_queues lacks the queue #{queue} with its worker: " <>
       "add it to the Python side's registry, then run #{Command.line("db migrate")}"}
  end

  defp judge("missing"), do: {:error, "the schema is missing: run #{Command.line("db migrate")}"}

  # Without migration 0011 and those before it, a row can stop a queue, a job can run twice, and a reprint may print
  # nothing.
  defp judge("unguarded") do
    {:error,
     "the schema is too old (oban_jobs has no trigger badge_forge_reprint): " <>
       "run #{Command.line("db migrate")}"}
  end

  defp judge("forgetful") do
    {:error,
     "the schema is too old (badge_forge_queues has no column paused_at): " <>
       "run #{Command.line("db migrate")}"}
  end

  defp judge("forbidden") do
    {:error,
     "the role of DATABASE_URL may not write oban_producers or badge_forge_queues: run #{Command.line("db roles")} as the owner"}
  end

  defp judge(mark) do
    case Integer.parse(mark) do
      {version, ""} when version >= @version ->
        :ok

      _older ->
        {:error,
         "the schema is too old (oban_jobs has version #{inspect(mark)}, " <>
           "#{@version} is needed): run #{Command.line("db migrate")}"}
    end
  end
end
