defmodule ObanTest do
  @moduledoc """
  What Badge Forge requires of Oban and of the stand-in, with real queues on the real table.
  """

  use BadgeForge.Case, async: false

  setup do
    TestWorker.listen()
    :ok
  end

  describe "what perform/1 returns" do
    test ":ok and {:ok, value} complete the job" do
      ids = for args <- [%{do: "ok"}, %{do: "ok with a value"}], do: insert_job(args)
      start_oban(queues: [test: 2])

      for id <- ids do
        job = await_state(id, "completed")
        assert job["completed_at"]
        assert job["attempt"] == 1
        assert job["errors"] == []
      end
    end

    test "{:error, reason} is recorded, and the job is tried again later" do
      id = insert_job(%{do: "error"})
      start_oban(queues: [test: 1])

      job = await_state(id, "retryable")
      assert [%{"attempt" => 1, "at" => at, "error" => error}] = job["errors"]
      assert {:ok, _at, 0} = DateTime.from_iso8601(at)

      assert error ==
               ~s|** (Oban.PerformError) BadgeForge.TestWorker failed with {:error, "out of ink"}|

      # 15 + 2 seconds, plus up to 10 %, after the error.
      assert seconds_until(job["scheduled_at"], at) in 16..20
    end

    test "{:cancel, reason} cancels the job and records the reason" do
      id = insert_job(%{do: "cancel"})
      start_oban(queues: [test: 1])

      job = await_state(id, "cancelled")
      assert job["cancelled_at"]
      assert [%{"attempt" => 1, "error" => error}] = job["errors"]
      assert error =~ ~s|BadgeForge.TestWorker failed with {:cancel, "no such person"}|
    end

    test "{:snooze, seconds} schedules the job and costs no attempt" do
      id = insert_job(%{do: "snooze", seconds: 60})
      start_oban(queues: [test: 1])

      job = await_state(id, "scheduled")
      assert job["max_attempts"] - job["attempt"] == 3
      assert job["errors"] == []
      # The job may have run for a while on a busy machine.
      assert seconds_until(job["scheduled_at"], job["attempted_at"]) >= 59
    end
  end

  describe "a job that fails is recorded and tried again:" do
    for {how, text} <- [
          {"raise", "** (ArgumentError) the tray is empty"},
          {"throw", "** (throw) :paper"},
          {"exit", "** (exit) :jammed"},
          {"kill", "killed"}
        ] do
      test how do
        id = insert_job(%{do: unquote(how)})
        start_oban(queues: [test: 1])

        job = await_state(id, "retryable")
        assert [%{"attempt" => 1, "error" => error}] = job["errors"]
        assert error =~ unquote(text)
      end
    end

    test "an exception, with its stack" do
      id = insert_job(%{do: "raise"})
      start_oban(queues: [test: 1])

      assert [%{"error" => error}] = await_state(id, "retryable")["errors"]
      assert error =~ "test/support/test_worker.ex"
    end

    test "a job that times out" do
      id = insert_job(%{do: "wait", timeout_ms: 50})
      start_oban(queues: [test: 1])

      assert [%{"error" => error}] = await_state(id, "retryable")["errors"]
      assert error =~ "(Oban.TimeoutError) BadgeForge.TestWorker timed out after 50ms"
    end

    test "a job of an unknown worker" do
      {:ok, %{id: id}} =
        %{} |> Oban.Job.new(worker: "Nobody.Knows", queue: "test") |> Oban.insert()

      start_oban(queues: [test: 1])

      assert [%{"error" => error}] = await_state(id, "retryable")["errors"]
      assert error =~ "unknown worker: Nobody.Knows"
    end

    test "and the queue continues with the next one" do
      for how <- ~w(raise throw exit kill error), do: insert_job(%{do: how})
      id = insert_job(%{do: "ok"})
      start_oban(queues: [test: 1])

      await_state(id, "completed")
    end
  end

  describe "attempts" do
    test "are marked with the node and producer that run them" do
      id = insert_job(%{do: "wait"})
      start_oban(queues: [test: 1])

      job = await_state(id, "executing")
      assert job["attempt"] == 1
      assert job["attempted_at"]
      assert ["test.node", uuid] = job["attempted_by"]
      assert {:ok, ^uuid} = Ecto.UUID.cast(uuid)
    end

    test "run until max_attempts, each with its error, and then the job is discarded" do
      id = insert_job(%{do: "error", backoff_s: 0})
      start_oban(queues: [test: 1])

      job = await_state(id, "discarded")
      assert job["attempt"] == 3
      assert job["discarded_at"]
      assert Enum.map(job["errors"], & &1["attempt"]) == [1, 2, 3]
    end

    test "of a killed job end at max_attempts, too" do
      id = insert_job(%{do: "kill"}, max_attempts: 1)
      start_oban(queues: [test: 1])

      assert [%{"attempt" => 1}] = await_state(id, "discarded")["errors"]
    end

    test "of a snoozed job start again when it is due" do
      id = insert_job(%{do: "snooze", seconds: 1}, max_attempts: 1)
      start_oban(queues: [test: 1])

      for _time <- 1..2, do: assert_receive({:started, %{id: ^id}, _pid})
    end
  end

  describe "staging" do
    test "runs scheduled and retryable jobs that are due, and no others" do
      due = for state <- ~w(scheduled retryable), do: insert_in_state(state, "-1 second")
      later = for state <- ~w(scheduled retryable), do: insert_in_state(state, "1 hour")
      start_oban(queues: [test: 5])

      for id <- due, do: await_state(id, "completed")
      assert Enum.map(later, &job(&1)["state"]) == ~w(scheduled retryable)
    end
  end

  describe "a queue" do
    test "runs no more jobs at once than its limit" do
      ids = for _job <- 1..5, do: insert_job(%{do: "wait"})
      start_oban(queues: [test: 2])

      first = started(2)
      # The queue has had the time to fetch more: a job of another queue has completed.
      pass_by(:other)
      refute_received {:started, _job, _pid}
      assert Enum.count(jobs(), &(&1["state"] == "executing")) == 2

      for {_id, pid} <- first ++ started_as(first, 3), do: send(pid, :go_on)
      for id <- ids, do: await_state(id, "completed")
    end

    test "runs jobs in order of priority, then of schedule, then of insertion" do
      third = insert_job(%{do: "ok"})
      fourth = insert_job(%{do: "ok"})
      last = insert_job(%{do: "ok"}, priority: 1)
      second = insert_job(%{do: "ok"})
      first = insert_job(%{do: "ok"}, priority: 0)

      for id <- [third, fourth, last],
          do: change_job(id, "scheduled_at = '2026-01-03 00:00:00'")

      change_job(second, "scheduled_at = '2026-01-02 00:00:00'")
      change_job(first, "scheduled_at = '2026-01-01 00:00:00.5'")
      start_oban(queues: [test: 1])

      assert [first, second, third, fourth, last] == for({id, _pid} <- started(5), do: id)
    end

    test "does not run the jobs of other queues" do
      id = insert_job(%{do: "ok"}, queue: :other)
      start_oban(queues: [test: 1])
      pass_by(:test)

      assert job(id)["state"] == "available"
    end

    test "runs jobs that are inserted while it is idle" do
      start_oban(queues: [test: 1])

      for _time <- 1..3, do: insert_job(%{do: "ok"}) |> await_state("completed")
    end

    test "shares its jobs with other nodes: each job runs once" do
      ids = for _job <- 1..200, do: insert_job(%{do: "ok"})
      for node <- ~w(one two three), do: start_oban(node: node, queues: [test: 5])

      ran = for {id, _pid} <- started(200), do: id
      assert Enum.sort(ran) == ids
      await_all(["completed"])
      assert Enum.all?(jobs(), &(&1["attempt"] == 1))
      refute_received {:started, _job, _pid}
    end
  end

  describe "a stop" do
    test "waits for running jobs and fetches no more" do
      [running, waiting] = for _job <- 1..2, do: insert_job(%{do: "wait"})
      name = start_oban(queues: [test: 1], shutdown_grace_period: 5_000)
      [{^running, pid}] = started(1)

      # The job is released after the stop has begun.
      Process.send_after(pid, :go_on, 300)
      stop_supervised!(name)

      assert job(running)["state"] == "completed"
      assert job(waiting)["state"] == "available"
    end

    test "kills jobs that run longer than the grace period, and leaves them to be rescued" do
      id = insert_job(%{do: "wait"})
      name = start_oban(queues: [test: 1], shutdown_grace_period: 100)
      [{^id, pid}] = started(1)
      ref = Process.monitor(pid)

      stop_supervised!(name)

      assert_receive {:DOWN, ^ref, :process, ^pid, _reason}
      assert job(id)["state"] == "executing"
    end
  end

  describe "inserting" do
    test "returns the jobs with their ids" do
      assert {:ok, %Oban.Job{id: id}} = Oban.insert(TestWorker.new(%{do: "ok"}))

      jobs = 1..3 |> Stream.map(&TestWorker.new(%{number: &1})) |> Oban.insert_all()
      assert [%Oban.Job{}, %Oban.Job{}, %Oban.Job{}] = jobs

      for {%{id: id}, number} <- Enum.zip(jobs, 1..3) do
        assert job(id)["args"] == %{"number" => number}
      end

      assert job(id)["args"] == %{"do" => "ok"}
    end

    test "writes the worker's queue and max_attempts, or the given ones" do
      default = insert_job(%{})
      given = insert_job(%{}, queue: :other, max_attempts: 7, priority: 2, meta: %{batch_id: "b"})

      assert %{"queue" => "test", "max_attempts" => 3, "worker" => "BadgeForge.TestWorker"} =
               job(default)

      assert %{"state" => "available", "attempt" => 0, "meta" => meta, "tags" => []} =
               job(default)

      assert meta == %{}
      assert %{"queue" => "other", "max_attempts" => 7, "priority" => 2} = job(given)
      assert job(given)["meta"] == %{"batch_id" => "b"}
    end

    test "passes args of any script and size to perform/1 unchanged" do
      args = %{
        "do" => "ok",
        "name" => ~s(Nguyễn Thị Ánh 🎫 Ελληνικά "quoted" \\ \n\t $1 ? {fn} 'x'),
        "list" => [1, 2.5, nil, true, %{"deep" => []}],
        "large" => String.duplicate("ünï", 10_000)
      }

      id = insert_job(args)
      start_oban(queues: [test: 1])

      assert_receive {:started, %Oban.Job{id: ^id, args: ^args, attempt: 1}, _pid}
    end
  end

  describe "the repo" do
    test "takes parameters and returns rows" do
      assert {:ok, %{rows: [[1, "ü", nil, true, "ü"]], num_rows: 1}} =
               Repo.query("SELECT 1, $2::text, $1::text, true, $2::text", [nil, "ü"])

      assert %{rows: []} = Repo.query!("SELECT 1 WHERE $1::text IS NULL", ["ü"])
    end

    test "counts the rows that a statement changed" do
      for _job <- 1..2, do: insert_job(%{})

      assert %{num_rows: 2} = Repo.query!("UPDATE public.oban_jobs SET priority = 1")
      assert %{num_rows: 0} = Repo.query!("DELETE FROM public.oban_jobs WHERE queue = $1", ["no"])
    end

    test "returns errors, or raises them" do
      assert {:error, error} = Repo.query("SELECT nonsense")
      assert Exception.message(error) =~ ~s(column "nonsense" does not exist)
      assert_raise error.__struct__, ~r/nonsense/, fn -> Repo.query!("SELECT nonsense") end
    end

    test "and the queues recover after the server dropped every connection" do
      start_oban(queues: [test: 1])
      insert_job(%{do: "ok"}) |> await_state("completed")

      Repo.query!("""
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
      """)

      await("a connection", fn -> match?({:ok, _}, Repo.query("SELECT 1")) end)

      for _job <- 1..20 do
        {:ok, %{id: id}} = await("an insert", &insert_again/0)
        await("job #{id}", fn -> completed?(id) end)
      end
    end
  end

  test "UUIDs are made and checked" do
    uuid = Ecto.UUID.generate()

    assert uuid =~ ~r/\A[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\z/
    assert Ecto.UUID.generate() != uuid
    assert Ecto.UUID.cast(String.upcase(uuid)) == {:ok, uuid}
    assert Ecto.UUID.cast("7bfb7c39") == :error
    assert Ecto.UUID.cast(uuid <> "\n") == :error
    assert Ecto.UUID.cast(nil) == :error
  end

  defp seconds_until(later, earlier) do
    NaiveDateTime.diff(NaiveDateTime.from_iso8601!(later), NaiveDateTime.from_iso8601!(earlier))
  end

  defp insert_in_state(state, in_interval) do
    id = insert_job(%{do: "ok"})

    change_job(
      id,
      "state = '#{state}', scheduled_at = timezone('UTC', now()) + interval '#{in_interval}'"
    )

    id
  end

  # The next jobs that start, in order: {id, pid}.
  defp started(count) do
    for _job <- 1..count do
      assert_receive {:started, %Oban.Job{id: id}, pid}
      {id, pid}
    end
  end

  defp started_as(running, count) do
    for {_id, pid} <- running, do: send(pid, :go_on)
    Enum.flat_map(1..count, fn _job -> [release(started(1))] end)
  end

  defp release([{id, pid}]) do
    send(pid, :go_on)
    {id, pid}
  end

  # Insert a job into that queue and wait until it has completed.
  defp pass_by(queue) do
    if queue == :other, do: start_oban(queues: [other: 1])
    id = insert_job(%{do: "ok"}, queue: queue)
    assert_receive {:started, %Oban.Job{id: ^id}, _pid}
    await_state(id, "completed")
  end

  defp insert_again do
    case Oban.insert(TestWorker.new(%{do: "ok"})) do
      {:ok, job} -> {:ok, job}
      {:error, _error} -> nil
    end
  rescue
    _error -> nil
  end

  defp completed?(id) do
    job(id)["state"] == "completed"
  rescue
    _error -> false
  end
end
