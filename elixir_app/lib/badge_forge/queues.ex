defmodule BadgeForge.Queues do
  @moduledoc """
  The registry of queues, `config :badge_forge, :queues` in `config/config.exs`.

      config :badge_forge, :queues,
        notices: [worker: MyApp.Notice, contract: :notice, limit: 2, timeout_s: 60],
        signs: [worker: "my_package.MakeSign", contract: :sign]

  Each key is a queue. Its options:

    * `:worker` - a module, whose jobs run in this app, or the path of a Python class, as a string. Both are wire
      format
    * `:contract` - the name of a file in `db/contracts/` (default: none)
    * `:limit` - jobs that each node runs at once, from 1 to 1,000 (default: 1; only with a module)
    * `:timeout_s` - the time limit of a job of `BadgeForge.Worker`, in seconds (default: 300; only with a module)

  Oban runs the queues whose worker is a module. What the app lists and checks follows from here as well. The
  Python worker has the same entries in its own registry, by which it rescues and prunes for both.
  """

  alias BadgeForge.{Command, Contract, Options, SafeText, Statements}

  require Logger

  @enforce_keys [:name, :worker]
  defstruct [:name, :worker, :contract, limit: 1, timeout_s: 300]

  @type t :: %__MODULE__{
          name: String.t(),
          worker: module | String.t(),
          contract: Contract.name() | nil,
          limit: 1..1_000,
          timeout_s: pos_integer
        }

  @options [:worker, :contract, :limit, :timeout_s]
  @only_here [:limit, :timeout_s]

  @doc "Validate the registry and keep it for the functions below: `:ok`, or one line that says what is wrong."
  @spec load() :: :ok | {:error, String.t()}
  def load do
    with {:ok, entries} <- entries(Application.get_env(:badge_forge, :queues, [])),
         :ok <- different_workers(entries),
         :ok <- no_others(Application.fetch_env!(:badge_forge, Oban)) do
      :persistent_term.put(__MODULE__, entries)
    else
      {:error, line} -> {:error, "config :badge_forge, " <> line}
    end
  end

  @doc "List all entries."
  @spec all() :: [t]
  def all, do: :persistent_term.get(__MODULE__)

  @doc "List the names of all queues, separated by commas, as a parameter of SQL."
  @spec names() :: String.t()
  def names, do: Enum.map_join(all(), ",", & &1.name)

  @doc "Return the entry of a queue."
  @spec fetch!(String.t()) :: t
  def fetch!(name) do
    Enum.find(all(), &(&1.name == name)) ||
      raise ArgumentError, "no queue #{SafeText.excerpt(name)} in config :badge_forge, :queues"
  end

  @doc """
  Put the queues whose worker is a module into Oban's options, with their limits.

  Options that have `queues: []` stay as they are: that Oban runs no queue.
  """
  @spec put_into(keyword) :: keyword
  def put_into(oban) do
    Keyword.put_new_lazy(oban, :queues, fn ->
      for %{worker: worker, name: name, limit: limit} <- all(),
          is_atom(worker),
          do: {String.to_existing_atom(name), limit}
    end)
  end

  @doc """
  Start Oban as its supervisor does, with the queues paused whose pause is remembered: they fetch no job before.

  If the database does not answer now, `BadgeForge.QueueWatch` pauses them when it does.
  """
  @spec start_oban(keyword) :: Supervisor.on_start()
  def start_oban(oban) do
    paused =
      case Statements.paused_queues() do
        {:ok, queues} -> queues
        {:error, _error} -> []
      end

    queues =
      for {queue, limit} <- oban[:queues] do
        name = Atom.to_string(queue)

        if name in paused do
          Logger.warning(
            "The queue #{name} is paused: #{Command.line("resume #{name}")} continues it"
          )
        end

        {queue, limit: limit, paused: name in paused}
      end

    Oban.start_link(Keyword.put(oban, :queues, queues))
  end

  @doc "Return the name of an entry's worker as it is in the table."
  @spec worker(t) :: String.t()
  def worker(%__MODULE__{worker: worker}) when is_binary(worker), do: worker
  def worker(%__MODULE__{worker: module}), do: inspect(module)

  defp entries(config) do
    if Keyword.keyword?(config) do
      Enum.reduce_while(config, {:ok, []}, &put_entry/2)
    else
      {:error, "queues must be a keyword list, got: #{SafeText.excerpt(config)}"}
    end
  end

  defp put_entry({name, opts}, {:ok, entries}) do
    case entry(Atom.to_string(name), opts) do
      {:ok, entry} -> {:cont, {:ok, entries ++ [entry]}}
      {:error, line} -> {:halt, {:error, "queues: #{name}: #{line}"}}
    end
  end

  defp entry(name, opts) do
    with :ok <- Options.check(opts, @options) do
      wrong =
        (not (name =~ ~r/\A[a-z0-9_-]{1,127}\z/) && "a queue's name has a-z, 0-9, _ and - only") ||
          wrong_worker(opts[:worker]) || wrong_side(opts) || wrong_contract(opts[:contract]) ||
          Enum.find_value(@only_here, &wrong_number(&1, opts))

      if wrong,
        do: {:error, wrong},
        else: {:ok, struct!(__MODULE__, [name: name] ++ opts)}
    end
  end

  defp wrong_worker(worker) when is_binary(worker) do
    if not (worker =~ ~r/\A\w+(\.\w+)+\z/),
      do: "worker must be the path of a Python class, got: #{SafeText.excerpt(worker)}"
  end

  defp wrong_worker(worker) when is_atom(worker) and worker not in [nil, true, false] do
    cond do
      not Code.ensure_loaded?(worker) ->
        "the worker #{inspect(worker)} is not a module of this app"

      not function_exported?(worker, :perform, 1) ->
        "the worker #{inspect(worker)} has no perform/1"

      true ->
        nil
    end
  end

  defp wrong_worker(other),
    do: "worker must be a module or the path of a Python class, got: #{SafeText.excerpt(other)}"

  defp wrong_side(opts) do
    given = Enum.find(@only_here, &Keyword.has_key?(opts, &1))
    if given && is_binary(opts[:worker]), do: "#{given} is the Python worker's: remove it here"
  end

  defp wrong_contract(contract) do
    if contract != nil and contract not in Contract.names(),
      do:
        "there is no contract #{inspect(contract)}, expected one of #{inspect(Contract.names())}"
  end

  defp wrong_number(option, opts) do
    value = Keyword.get(opts, option, 1)

    if not is_integer(value) or value < 1 or (option == :limit and value > 1_000),
      do: "#{option} must be a whole number of at least 1, got: #{inspect(value)}"
  end

  defp different_workers(entries) do
    case entries -- Enum.uniq_by(entries, &worker/1) do
      [] -> :ok
      [%{name: name} = entry | _] -> {:error, "queues: #{name}: #{worker(entry)} has a queue"}
    end
  end

  defp no_others(oban) do
    if oban[:queues] in [nil, []],
      do: :ok,
      else: {:error, "Oban has `queues:`: move them to `config :badge_forge, :queues`"}
  end
end
