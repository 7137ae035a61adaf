defmodule BadgeForge.Case do
  @moduledoc """
  A case for tests on the real table, which is emptied before and after each. They must not be async.
  """

  use ExUnit.CaseTemplate

  alias BadgeForge.{Queues, Repo, Settings}

  # Results arrive within milliseconds, or later on a busy machine. Only a hang reaches this limit.
  @hang_ms :timer.minutes(5)
  @pause_ms 10

  using do
    quote do
      import BadgeForge.Case
      import ExUnit.CaptureLog

      alias BadgeForge.{Repo, TestWorker}
    end
  end

  setup do
    Repo.query!("TRUNCATE public.oban_jobs")
    on_exit(fn -> Repo.query!("TRUNCATE public.oban_jobs") end)
  end

  @doc "Start an Oban for this test, on the app's repo. It polls often and is the leader."
  def start_oban(opts) do
    name = :"#{__MODULE__}.Oban#{System.unique_integer([:positive])}"

    defaults = [
      name: name,
      repo: Repo,
      node: "test.node",
      notifier: BadgeForge.Notifier,
      peer: Oban.Peers.Isolated,
      stage_interval: 50,
      shutdown_grace_period: 100
    ]

    start_supervised!({Oban, Keyword.merge(defaults, opts)}, id: name)
    name
  end

  @doc "Return all jobs as maps of column to value, the oldest first."
  def jobs do
    %{rows: rows} = Repo.query!("SELECT row_to_json(j)::text FROM public.oban_jobs j ORDER BY id")

    Enum.map(rows, fn [json] -> Oban.JSON.decode!(json) end)
  end

  def job(id), do: Enum.find(jobs(), &(&1["id"] == id))

  @doc "Insert a test job and return its id."
  def insert_job(args, opts \\ []) do
    {:ok, job} = args |> BadgeForge.TestWorker.new(opts) |> Oban.insert()
    job.id
  end

  @doc "Change columns of a job with SQL."
  def change_job(id, changes) do
    Repo.query!("UPDATE public.oban_jobs SET #{changes} WHERE id = #{id}")
  end

  @doc "Return the time after which a test assumes a hang, in milliseconds."
  def hang_ms, do: @hang_ms

  @doc "Wait until a job is in a state, and return it."
  def await_state(id, state) do
    await("job #{id} to be #{state}", fn ->
      Enum.find(jobs(), &(&1["id"] == id and &1["state"] == state))
    end)
  end

  @doc "Wait until all jobs are in one of these states."
  def await_all(states) do
    await("all jobs to be #{Enum.join(states, " or ")}", fn ->
      %{rows: rows} = Repo.query!("SELECT DISTINCT state::text FROM public.oban_jobs")
      List.flatten(rows) -- states == []
    end)
  end

  @doc "Call `fun` until its result is truthy, and return that."
  def await(what, fun, deadline \\ System.monotonic_time(:millisecond) + @hang_ms) do
    cond do
      answer = fun.() ->
        answer

      System.monotonic_time(:millisecond) > deadline ->
        flunk("waited #{@hang_ms} ms for #{what}; jobs: #{inspect(jobs(), pretty: true)}")

      true ->
        pause_and_await(what, fun, deadline)
    end
  end

  defp pause_and_await(what, fun, deadline) do
    receive do
    after
      @pause_ms -> await(what, fun, deadline)
    end
  end

  @doc "Change settings under `config :badge_forge` for this test, as if the app had started with them."
  def put_settings(changes) do
    before = Application.get_all_env(:badge_forge)
    Application.put_all_env(badge_forge: changes)
    :ok = Settings.load()

    on_exit(fn ->
      Application.put_all_env(badge_forge: before)
      :ok = Settings.load()
    end)
  end

  @doc "Add queues to the registry for this test, as if the app had started with them."
  def put_queues(queues) do
    before = Application.fetch_env!(:badge_forge, :queues)
    Application.put_env(:badge_forge, :queues, Keyword.merge(before, queues))

    on_exit(fn ->
      Application.put_env(:badge_forge, :queues, before)
      :ok = Queues.load()
    end)

    :ok = Queues.load()
  end

  @doc "A new badges folder for this test, and beside it the spool, which does not exist yet."
  def folders(_context) do
    root =
      Path.join(
        System.tmp_dir!(),
        "badge-forge-#{System.pid()}-#{System.unique_integer([:positive])}"
      )

    badges = Path.join(root, "badges")
    spool = Path.join(root, "spool")
    File.mkdir_p!(badges)
    put_settings(badges_dir: badges, spool_dir: spool)
    on_exit(fn -> File.rm_rf!(root) end)

    %{root: root, badges: badges, spool: spool}
  end

  @doc "Write a PDF into the badges folder, and return the args of its confirmation."
  def confirmation(badges, changes \\ %{}) do
    id = Ecto.UUID.generate()
    file = "alasdair-fraser-#{id}.pdf"
    pdf = "%PDF-1.7\n" <> String.duplicate("badge\n", 1_000)
    File.write!(Path.join(badges, file), pdf)
    args = %{"id" => id, "name" => "Alasdair Fraser", "file" => file, "sha256" => sha256(pdf)}

    Map.merge(args, changes)
  end

  def sha256(bytes), do: Base.encode16(:crypto.hash(:sha256, bytes), case: :lower)
end
