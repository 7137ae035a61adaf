defmodule Ecto.Repo do
  @moduledoc """
  `use Ecto.Repo, otp_app: :my_app` with `query/2`, `query!/2` and `transaction/1`, over OTP's own `:odbc`.

  Options, as Ecto's and Postgrex's: `:url` (`postgres://user:password@host:port/database`), or `:hostname`
  (`:socket_dir`), `:port`, `:database`, `:username` and `:password`; `:pool_size`, `:after_connect`, and libpq's
  `:sslmode` and `:sslrootcert`. Parameters are strings or
  numbers, written `$1` and cast in SQL. Rows contain what JSON can contain; timestamps are strings.
  """

  defmacro __using__(opts) do
    quote do
      def config, do: Ecto.Repo.config(Application.get_env(unquote(opts[:otp_app]), __MODULE__))
      def child_spec(_opts), do: Ecto.Repo.child_spec(__MODULE__)
      def query(sql, params \\ []), do: Ecto.Repo.query(__MODULE__, sql, params)
      def query!(sql, params \\ []), do: Ecto.Repo.bang!(query(sql, params))
      def transaction(fun), do: Ecto.Repo.transaction(__MODULE__, fun)
    end
  end

  def child_spec(repo) do
    opts = [name: repo, child_spec: {Ecto.Repo.Connection, repo}]
    opts = opts ++ [partitions: Keyword.get(repo.config(), :pool_size, 10)]
    Supervisor.child_spec({PartitionSupervisor, opts}, id: repo)
  end

  def config(opts) do
    {url, opts} = Keyword.pop(opts, :url)
    defaults = [hostname: opts[:socket_dir], port: 5432, sslmode: "prefer"]
    defaults |> Keyword.merge(parse(url)) |> Keyword.merge(opts)
  end

  defp parse(nil), do: []

  defp parse(url) do
    uri = URI.parse(url)
    [username | password] = String.split(uri.userinfo || "", ":", parts: 2)
    database = String.trim_leading(uri.path || "", "/")

    [hostname: uri.host, port: uri.port || 5432, database: URI.decode(database)] ++
      [username: URI.decode(username), password: URI.decode(Enum.join(password))]
  end

  def query(repo, sql, params) do
    connection = Process.get({repo, :connection}) || connection(repo)
    GenServer.call(connection, {:query, sql, params}, :infinity)
  end

  # The connection serves this process alone until COMMIT or ROLLBACK, and rolls back if the process ends.
  def transaction(repo, fun) do
    connection = GenServer.whereis(connection(repo))
    bang!(GenServer.call(connection, :begin, :infinity))
    Process.put({repo, :connection}, connection)

    try do
      result = fun.()
      query(repo, "COMMIT", []) |> bang!()
      {:ok, result}
    catch
      kind, reason ->
        query(repo, "ROLLBACK", [])
        :erlang.raise(kind, reason, __STACKTRACE__)
    after
      Process.delete({repo, :connection})
    end
  end

  defp connection(repo) do
    turn = System.unique_integer([:positive, :monotonic])
    {:via, PartitionSupervisor, {repo, turn}}
  end

  def bang!({:ok, result}), do: result
  def bang!({:error, error}), do: raise(error)
end
