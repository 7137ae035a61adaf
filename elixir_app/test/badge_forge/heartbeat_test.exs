defmodule BadgeForge.HeartbeatTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.{Heartbeat, HeldPrinter, PrintCenter}

  @beat_ms 20

  # A running job, as Oban passes it to perform/1.
  setup do
    id = insert_job(%{}, meta: %{batch_id: "b"})

    change_job(id, """
    state = 'executing', attempt = 2, attempted_by = ARRAY['n', 'u'], attempted_at = '2026-01-01'
    """)

    %{job: %Oban.Job{id: id, attempt: 2}}
  end

  # Call during/3 in a task, with a function that waits to be told its outcome: {that task, the function's pid}.
  defp work(job, interval_ms \\ @beat_ms) do
    test = self()

    task =
      Task.async(fn ->
        Heartbeat.during(job, fn -> wait_for_outcome(test) end, interval_ms)
      end)

    assert_receive {:working, pid}
    {task, pid}
  end

  defp wait_for_outcome(test) do
    send(test, {:working, self()})

    receive do
      {:outcome, outcome} -> outcome
    end
  end

  defp finish({task, pid}, outcome) do
    send(pid, {:outcome, outcome})
    Task.await(task, hang_ms())
  end

  defp heartbeat(id), do: job(id)["meta"]["heartbeat"]

  defp await_heartbeat(id, other_than \\ nil) do
    await("a heartbeat of job #{id}", fn ->
      beat = heartbeat(id)
      if beat != other_than, do: beat
    end)
  end

  defp assert_dies(pid, fun) do
    ref = Process.monitor(pid)
    result = fun.()
    assert_receive {:DOWN, ^ref, :process, ^pid, _reason}
    result
  end

  describe "while a job runs, its row" do
    test "gets one heartbeat after the other, and does not change otherwise", %{job: job} do
      before = job(job.id)
      working = work(job)

      first = await_heartbeat(job.id)
      second = await_heartbeat(job.id, first)
      assert_in_delta first, System.os_time(:second), 60
      assert second > first

      assert finish(working, :ok) == :ok
      {heartbeat, meta} = Map.pop!(job(job.id)["meta"], "heartbeat")
      assert is_number(heartbeat)
      assert %{job(job.id) | "meta" => meta} == before
    end

    test "is not written to if the job takes a moment only", %{job: job} do
      before = job(job.id)

      assert Heartbeat.during(job, fn -> {:ok, 42} end) == {:ok, 42}
      assert job(job.id) == before
    end

    test "gets no heartbeat after the job has ended", %{job: job} do
      working = work(job)
      await_heartbeat(job.id)
      assert finish(working, :ok) == :ok

      # A beat that was under way has ended when those of a second call have.
      last = heartbeat(job.id)
      {task, pid} = work(job)
      await_heartbeat(job.id, last)
      assert finish({task, pid}, :ok) == :ok
      assert Process.info(self(), :messages) == {:messages, []}
    end
  end

  describe "a job that another process takes is killed here:" do
    for {how, changes, outcome} <- [
          {"cancelled", "state = 'cancelled'", :cancel},
          {"rescued", "state = 'available', scheduled_at = timezone('UTC', now())", :error},
          {"rescued and running again", "attempt = 3", :error},
          {"rescued and waiting to be tried again", "attempt = 3, state = 'retryable'", :error}
        ] do
      test "#{how}, and its row does not change", %{job: job} do
        {task, pid} = work(job)

        assert_dies(pid, fn -> change_job(job.id, unquote(changes)) end)
        changed = job(job.id)

        assert {unquote(outcome), "the job was " <> _} = Task.await(task, hang_ms())
        assert job(job.id) == changed
      end
    end

    # With another result, Oban for Elixir would overwrite the row.
    test "completed elsewhere, and it stays completed", %{job: job} do
      {task, pid} = work(job)

      assert_dies(pid, fn -> change_job(job.id, "state = 'completed', completed_at = now()") end)
      assert Task.await(task, hang_ms()) == :ok
    end

    test "deleted", %{job: job} do
      {task, pid} = work(job)

      assert_dies(pid, fn -> Repo.query!("DELETE FROM public.oban_jobs") end)
      assert {:cancel, "the job was deleted while it ran"} = Task.await(task, hang_ms())
    end
  end

  describe "the job continues while the database" do
    test "answers with errors, and beats again after that", %{job: job} do
      working = work(job)
      first = await_heartbeat(job.id)
      rename = fn from, to -> Repo.query!("ALTER TABLE public.#{from} RENAME TO #{to}") end

      on_exit(fn -> Repo.query("ALTER TABLE public.moved RENAME TO oban_jobs") end)
      rename.("oban_jobs", "moved")
      for _time <- 1..10, do: Repo.query!("SELECT pg_sleep(0.01)")
      rename.("moved", "oban_jobs")

      await_heartbeat(job.id, first)
      assert finish(working, :ok) == :ok
    end

    test "does not answer, and its end is noticed", %{job: job} do
      lock = Task.async(fn -> hold(job.id) end)
      working = work(job)
      await("a beat that waits", fn -> waiting_for_a_lock() == 1 end)

      assert finish(working, {:ok, "printed"}) == {:ok, "printed"}

      assert waiting_for_a_lock() == 1
      Repo.query!("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%held%'
                   AND pid <> pg_backend_pid()")
      assert {:error, _cancelled} = Task.await(lock, hang_ms())
    end

    defp hold(id) do
      Repo.query("""
      WITH held AS MATERIALIZED (SELECT id FROM public.oban_jobs WHERE id = #{id} FOR UPDATE)
      SELECT pg_sleep(60)::text FROM held
      """)
    end

    defp waiting_for_a_lock do
      %{rows: [[count]]} =
        Repo.query!("""
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
        """)

      count
    end
  end

  describe "a failure of the job is the same as without a heartbeat:" do
    test "an exception, with its stack", %{job: job} do
      error = assert_raise ArgumentError, fn -> Heartbeat.during(job, fn -> jam() end) end
      assert error.message == "the tray is empty"

      stack =
        try do
          Heartbeat.during(job, fn -> jam() end)
        rescue
          ArgumentError -> __STACKTRACE__
        end

      assert [{__MODULE__, :jam, 0, _where} | _] = stack
    end

    test "a throw and an exit", %{job: job} do
      assert catch_throw(Heartbeat.during(job, fn -> throw(:paper) end)) == :paper
      assert catch_exit(Heartbeat.during(job, fn -> exit(:jammed) end)) == :jammed
      assert catch_exit(Heartbeat.during(job, fn -> exit(:normal) end)) == :normal
      assert catch_exit(Heartbeat.during(job, fn -> Process.exit(self(), :normal) end)) == :normal
    end

    test "a kill", %{job: job} do
      {pid, ref} =
        spawn_monitor(fn -> Heartbeat.during(job, fn -> Process.exit(self(), :kill) end) end)

      assert_receive {:DOWN, ^ref, :process, ^pid, :killed}
    end

    defp jam, do: raise(ArgumentError, "the tray is empty")
  end

  describe "the job ends when its process" do
    for {how, reason} <- [
          {"times out", %{__struct__: Oban.TimeoutError, __exception__: true, message: "late"}},
          {"is stopped", :shutdown},
          {"is killed", :kill}
        ] do
      test how, %{job: job} do
        test = self()

        caller =
          spawn(fn -> Heartbeat.during(job, fn -> wait_for_outcome(test) end, @beat_ms) end)

        assert_receive {:working, pid}

        # The function and the heartbeats.
        {:links, linked} = Process.info(caller, :links)
        assert length(linked) == 2 and pid in linked
        refs = for pid <- linked, do: Process.monitor(pid)
        Process.exit(caller, unquote(Macro.escape(reason)))
        for ref <- refs, do: assert_receive({:DOWN, ^ref, :process, _pid, _reason})
      end
    end
  end

  describe "the print center" do
    setup :folders

    setup %{badges: badges} do
      HeldPrinter.listen()
      Repo.query!("TRUNCATE public.oban_jobs")
      args = confirmation(badges)
      {:ok, %{id: id}} = args |> PrintCenter.new() |> Oban.insert()

      %{id: id, args: args}
    end

    test "writes heartbeats while it prints, and stops when the job is cancelled", %{id: id} do
      start_oban(queues: [printing: 1])
      assert_receive {:printing, badge, pid}
      assert "%PDF-" <> _ = badge.pdf

      await_heartbeat(id)
      assert_dies(pid, fn -> change_job(id, "state = 'cancelled'") end)
      assert job(id)["state"] == "cancelled"
    end

    test "prints a badge again that was rescued while it was printed", %{id: id} do
      start_oban(queues: [printing: 1])
      assert_receive {:printing, %{id: badge_id}, pid}

      assert_dies(pid, fn ->
        change_job(id, "state = 'available', scheduled_at = timezone('UTC', now())")
      end)

      assert {^badge_id, pid} = await("the badge to be printed again", &printed_without_delay/0)
      send(pid, {:go_on, fn -> :ok end})
      await_state(id, "completed")
    end

    # Oban waits some seconds before it tries a job again.
    defp printed_without_delay do
      Repo.query!("""
      UPDATE public.oban_jobs SET scheduled_at = timezone('UTC', now()) WHERE state = 'retryable'
      """)

      receive do
        {:printing, badge, pid} -> {badge.id, pid}
      after
        0 -> nil
      end
    end

    test "records an exception of the printer, with its line", %{id: id} do
      start_oban(queues: [printing: 1])
      assert_receive {:printing, _badge, pid}
      send(pid, {:go_on, fn -> raise ArgumentError, "the tray is empty" end})

      assert [%{"error" => error}] = await_state(id, "retryable")["errors"]
      assert error =~ "** (ArgumentError) the tray is empty\n"
      assert error =~ "heartbeat_test.exs"
      assert error =~ "print_center.ex"
    end

    test "stops printing at the end of the grace period, and leaves the job to be rescued",
         context do
      name = start_oban(queues: [printing: 1], shutdown_grace_period: 100)
      assert_receive {:printing, _badge, pid}

      assert_dies(pid, fn -> stop_supervised!(name) end)
      assert job(context.id)["state"] == "executing"
    end
  end
end
