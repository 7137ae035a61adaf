defmodule Ecto.Repo.Connection do
  @moduledoc false
  # One connection, opened by the first query and again after it broke. The driver's libpq gets the password from
  # the environment, so no process state, message or log contains it.

  use GenServer

  @odbc [auto_commit: :on, binary_strings: :on, tuple_row: :off, scrollable_cursors: :off] ++
          [extended_errors: :on, timeout: 10_000]
  # Seconds and milliseconds, as in config/runtime.exs.
  @keepalive "keepalives_idle=5 keepalives_interval=2 keepalives_count=3 tcp_user_timeout=10000"
  @driver_folders ~w(/usr/lib/*/odbc /usr/lib/odbc /usr/lib64 /opt/homebrew/lib /usr/local/lib)

  # OTP's odbc corrupts values of more than 8,000 bytes, so the rows are sent as one JSON document, in pieces of
  # 1,900 characters of up to 4 bytes.
  @row "SELECT json_agg(value) FROM json_each(row_to_json(q))"
  @rows "rows (doc) AS (SELECT coalesce(json_agg((#{@row})), '[]')::text FROM q)"
  @pieces "SELECT substr(doc, n, 1900) FROM rows, generate_series(1, length(doc), 1900) n ORDER BY n"

  def start_link(repo), do: GenServer.start_link(__MODULE__, repo)

  @impl true
  def init(repo), do: {:ok, {repo, _odbc = nil}}

  @impl true
  def handle_call({:query, sql, params}, _from, {repo, odbc}) do
    case connect(repo, odbc) do
      {:ok, odbc} -> {:reply, run(odbc, sql, params), {repo, odbc}}
      error -> {:reply, error, {repo, nil}}
    end
  end

  def handle_call(:begin, {owner, _tag} = from, {repo, odbc}) do
    with {:ok, odbc} <- connect(repo, odbc),
         {:updated, _} <- attempt(fn -> :odbc.sql_query(odbc, ~c"BEGIN") end) do
      GenServer.reply(from, {:ok, nil})
      serve(odbc, owner, Process.monitor(owner))
      {:noreply, {repo, odbc}}
    else
      error -> {:reply, error, {repo, nil}}
    end
  end

  defp serve(odbc, owner, monitor) do
    receive do
      {:"$gen_call", {^owner, _tag} = from, {:query, ending, []}}
      when ending in ["COMMIT", "ROLLBACK"] ->
        Process.demonitor(monitor, [:flush])
        GenServer.reply(from, run(odbc, ending, []))

      {:"$gen_call", {^owner, _tag} = from, {:query, sql, params}} ->
        GenServer.reply(from, run(odbc, sql, params))
        serve(odbc, owner, monitor)

      {:DOWN, ^monitor, :process, _owner, _reason} ->
        run(odbc, "ROLLBACK", [])
    end
  end

  defp connect(repo, nil) do
    config = repo.config()
    for {"PG" <> _rest = name, _value} <- System.get_env(), do: System.delete_env(name)
    System.put_env(PGHOST: config[:hostname], PGPORT: "#{config[:port]}")
    System.put_env(PGUSER: config[:username], PGPASSWORD: config[:password] || "")
    System.put_env(PGDATABASE: config[:database])
    System.put_env(PGCLIENTENCODING: "UTF8", PGCONNECT_TIMEOUT: "5")

    found = Enum.flat_map(@driver_folders, &Path.wildcard("#{&1}/psqlodbcw.so"))
    # Without SSLmode the driver would override libpq's default and use no TLS.
    root = if config[:sslrootcert], do: " sslrootcert='#{config[:sslrootcert]}'"
    options = "BoolsAsChar=0;SSLmode=#{config[:sslmode]};pqopt={#{@keepalive}#{root}}"
    driver = "Driver=#{List.first(found, "PostgreSQL Unicode")};#{options}"

    with {:ok, odbc} <-
           on_loopback(fn ->
             attempt(fn -> :odbc.connect(:binary.bin_to_list(driver), @odbc) end)
           end),
         do: prepare(odbc, config[:after_connect])
  end

  # The server may have been restarted, so the connection is tested before each use. That takes 0.2 ms.
  defp connect(repo, odbc) do
    with {:error, _gone} <- attempt(fn -> :odbc.sql_query(odbc, ~c"SELECT 1", 5_000) end) do
      attempt(fn -> :odbc.disconnect(odbc) end)
      connect(repo, nil)
    else
      _answer -> {:ok, odbc}
    end
  end

  @loopback [bind_to_device: "lo"]

  # OTP's odbc waits for its own program on two TCP ports of every network interface, and takes the first that
  # connects for it. Where the system allows, which is on Linux 5.7 and later, the ports are those of the loopback
  # interface only. That is a default for all listeners of this node, so only while a connection is opened.
  defp on_loopback(connect) do
    case :gen_tcp.listen(0, @loopback) do
      {:ok, socket} ->
        :gen_tcp.close(socket)
        count_connecting(+1)

        try do
          connect.()
        after
          count_connecting(-1)
        end

      {:error, _not_allowed} ->
        connect.()
    end
  end

  defp count_connecting(change) do
    count = fn ->
      connecting = Application.get_env(:oban, :connecting, 0) + change
      Application.put_env(:oban, :connecting, connecting)
      default = if connecting > 0, do: @loopback, else: []
      Application.put_env(:kernel, :inet_default_listen_options, default)
    end

    :global.trans({__MODULE__, self()}, count, [node()])
  end

  defp prepare(odbc, nil), do: {:ok, odbc}

  defp prepare(odbc, {module, function, args}) do
    apply(module, function, [odbc | args])
    {:ok, odbc}
  rescue
    error ->
      attempt(fn -> :odbc.disconnect(odbc) end)
      {:error, error}
  end

  defp run(odbc, sql, params) do
    numbers = Regex.scan(~r/\$(\d+)/, sql, capture: :all_but_first)
    params = for [number] <- numbers, do: typed(Enum.at(params, String.to_integer(number) - 1))
    sql = String.replace(sql, ~r/\$\d+/, "?")
    rows? = sql =~ ~r/\A\s*(SELECT|WITH)\b|\bRETURNING\b/
    sql = if rows?, do: "WITH q AS (#{sql}), #{@rows} #{@pieces}", else: sql
    statement = :binary.bin_to_list(sql)

    case attempt(fn -> :odbc.param_query(odbc, statement, params, :timer.minutes(1)) end) do
      {:updated, count} -> {:ok, %{rows: nil, num_rows: count}}
      {:error, error} -> {:error, error}
      {:selected, _, pieces} -> {:ok, result(Oban.JSON.decode!(Enum.join(pieces)))}
    end
  end

  defp result(rows), do: %{rows: rows, num_rows: length(rows)}

  defp typed(nil), do: {{:sql_varchar, 1}, [:null]}
  defp typed(number) when is_number(number), do: typed(to_string(number))
  defp typed(text), do: {{:sql_varchar, byte_size(text) + 1}, [text]}

  defp attempt(fun) do
    case fun.() do
      # This is how odbc reports that a statement with parameters changed no row.
      {:error, {_random, 0, ~c"No SQL-driver information" ++ _rest}} -> {:updated, 0}
      {:error, {_state, _code, text}} -> error(IO.iodata_to_binary(text))
      {:error, reason} -> error(inspect(reason))
      result -> result
    end
  catch
    :exit, reason -> error("the connection broke: #{inspect(reason, limit: 3)}")
  end

  defp error(text), do: {:error, %RuntimeError{message: hd(String.split(text, ~r/;?\s*\n/))}}
end
