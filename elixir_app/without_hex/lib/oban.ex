defmodule Oban do
  @moduledoc """
  A stand-in for Oban where Hex can't be reached: what Badge Forge uses of it, and no more.

  Takes Oban's options `:repo`, `:name`, `:node`, `:queues`, `:testing`, `:stage_interval` and
  `:shutdown_grace_period`. It polls, so `:notifier` and `:peer` do nothing, and has no `:plugins`. Its queue
  functions act on this node alone.
  """

  use Supervisor
  require Logger

  @defaults [name: Oban, node: "localhost", queues: [], plugins: [], testing: :disabled] ++
              [stage_interval: 1_000, shutdown_grace_period: 15_000, notifier: nil, peer: nil]

  def child_spec(opts), do: %{super(opts) | id: Keyword.get(opts, :name, Oban)}

  def start_link(opts) do
    conf = opts |> Keyword.validate!([:repo | @defaults]) |> Map.new()
    conf = Map.put(conf, :foreman, Module.concat(conf.name, Foreman))
    Supervisor.start_link(__MODULE__, conf, name: conf.name)
  end

  @doc "Insert a job: `{:ok, job}`, or `{:error, exception}`."
  def insert(name \\ Oban, %Oban.Job{} = job) do
    with {:ok, [job]} <- Oban.Job.insert_all(repo(name), [job]), do: {:ok, job}
  end

  @doc "Insert a job and return it, or raise."
  def insert!(name \\ Oban, %Oban.Job{} = job), do: name |> insert(job) |> Ecto.Repo.bang!()

  @doc "Cancel a job, given its id. Its worker in Python is told to stop; one of this node runs to its end."
  def cancel_job(name \\ Oban, id) when is_integer(id) do
    with {:ok, _rows} <- Oban.Job.cancel(repo(name), id), do: :ok
  end

  @doc "Insert a list or stream of jobs with one statement, and return them."
  def insert_all(name \\ Oban, jobs) do
    name |> repo() |> Oban.Job.insert_all(Enum.to_list(jobs)) |> Ecto.Repo.bang!()
  end

  @doc "Return what a queue does: a map of `:limit`, `:node`, `:paused`, `:queue`, `:running`, `:uuid`, or nil."
  def check_queue(name \\ Oban, queue: queue) do
    with pid when is_pid(pid) <- Oban.Registry.whereis(name, {:producer, to_string(queue)}),
         do: GenServer.call(pid, :check)
  end

  @doc """
  Start one of the queues that Oban was started with. Options: `:queue`, `:limit`, `:paused`, and `:local_only`,
  which it always is. The workers of other queues are missing: `{:error, exception}`.
  """
  def start_queue(name \\ Oban, opts) do
    conf = conf(name)
    queue = {conf, opts[:queue], Keyword.take(opts, [:limit, :paused])}

    if to_string(opts[:queue]) in for({queue, _limit} <- conf.queues, do: to_string(queue)) do
      with {:ok, _pid} <- Supervisor.start_child(name, {Oban.Queue, queue}), do: :ok
    else
      {:error, %ArgumentError{message: "not a queue of this app, got: #{inspect(opts[:queue])}"}}
    end
  end

  @doc "Stop a queue, after what it runs. Options: `:queue`, and `:local_only`, which it always is."
  def stop_queue(name \\ Oban, opts) do
    id = {Oban.Queue, to_string(opts[:queue])}
    with :ok <- Supervisor.terminate_child(name, id), do: Supervisor.delete_child(name, id)
  end

  @impl true
  def init(conf) do
    :persistent_term.put({__MODULE__, conf.name}, conf)
    queues = for {queue, limit} <- conf.queues, do: {Oban.Queue, {conf, queue, options(limit)}}
    running = if conf.testing == :disabled, do: queues, else: []
    if running != [], do: Logger.info("Oban stand-in without Hex: queues #{inspect(conf.queues)}")
    Supervisor.init([{Task.Supervisor, name: conf.foreman} | running], strategy: :rest_for_one)
  end

  defp options(limit) when is_integer(limit), do: [limit: limit]
  defp options(options), do: options

  defp repo(name), do: conf(name).repo
  defp conf(name), do: :persistent_term.get({__MODULE__, name})
end
