defmodule BadgeForge.QueueWatchTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.QueueWatch

  @queue [test: 3]

  setup do
    TestWorker.listen()
    Repo.query!("TRUNCATE public.oban_producers")
    on_exit(fn -> Repo.query!("TRUNCATE public.oban_producers") end)
    name = start_oban(queues: @queue)
    watch = start_supervised!({QueueWatch, name: name, queues: @queue})
    await("a report", &producers_reported/0)
    %{name: name, watch: watch}
  end

  test "a queue is visible in oban_producers, with what Oban for Python has there", %{name: name} do
    assert [[reported, "test.node", "test", "3", "false"]] = producers()
    assert reported == inspect(name)
  end

  test "a requested pause lets the queue fetch no more jobs, and a resume continues it",
       context do
    request("pause")
    await("the pause", fn -> match?([[_, _, _, _, "true"]], producers()) end)
    assert Oban.check_queue(context.name, queue: :test).paused
    id = insert_job(%{do: "ok"})
    refute_receive {:started, %{id: ^id}, _pid}, 1_500

    request("resume")
    await_state(id, "completed")
    await("the report", fn -> match?([[_, _, _, _, "false"]], producers()) end)
  end

  test "a queue that was stopped comes back paused, and the log says how to continue it",
       context do
    log =
      capture_log(fn ->
        Oban.stop_queue(context.name, queue: :test, local_only: true)

        await("the queue", fn ->
          match?(%{paused: true}, Oban.check_queue(context.name, queue: :test))
        end)

        await("its report", fn -> match?([[_, _, _, _, "true"]], producers()) end)
      end)

    assert log =~ "The queue test was stopped by a signal: it is started again, but paused"
    assert log =~ "`bin/badge-forge resume test`"
    id = insert_job(%{do: "ok"})
    request("resume")
    await_state(id, "completed")
  end

  test "a watch that stops takes its row away" do
    stop_supervised!(QueueWatch)
    assert producers() == []
  end

  test "a table that cannot be written is logged once, and the queue reports again after it", %{
    watch: watch
  } do
    log =
      capture_log(fn ->
        Repo.query!("ALTER TABLE public.oban_producers RENAME TO away")
        for _look <- 1..3, do: look(watch)
        assert :sys.get_state(watch).failing
        Repo.query!("ALTER TABLE public.away RENAME TO oban_producers")
        Repo.query!("TRUNCATE public.oban_producers")
        look(watch)
        assert producers_reported()
      end)

    assert [_, _] = String.split(log, "Cannot report the queues")
  end

  describe "with Oban from Hex, which listens:" do
    @describetag skip:
                   if(not Code.ensure_loaded?(Oban.Notifiers.Postgres),
                     do: "the stand-in for Oban does not listen"
                   )

    for {what, payload} <- [
          {"text", "garbage"},
          {"nothing", ""},
          {"half of an object", ~s({"action": )},
          {"broken base64", "H4sI????"},
          {"broken gzip", "H4sIAAAAAAAAA6tWSkw="},
          {"packed text", "Z:" <> Base.encode64(:zlib.gzip("garbage"))},
          {"7,999 bytes", String.duplicate("x", 7_999)}
        ] do
      test "signals and inserts are heard after #{what}", context do
        notifier = Oban.Registry.whereis(context.name, Oban.Notifier)
        log = capture_log(fn -> assert_hears(context.name, unquote(payload)) end)
        assert Oban.Registry.whereis(context.name, Oban.Notifier) == notifier
        assert log =~ "Ignored a malformed notification on the channel public.oban_"
      end
    end

    test "signals and inserts are heard after the notifier's process was killed", context do
      log =
        capture_log(fn ->
          for _time <- 1..2 do
            notifier = Oban.Registry.whereis(context.name, Oban.Notifier)
            Process.exit(notifier, :kill)

            await("the watch to listen again", fn ->
              ref = :sys.get_state(context.watch).notifier
              new = Oban.Registry.whereis(context.name, Oban.Notifier)
              is_reference(ref) and is_pid(new) and new != notifier
            end)

            assert_hears(context.name)
          end
        end)

      assert log =~ "Oban's notifier ended"
    end

    test "a print goes on while the notifier is replaced", context do
      id = insert_job(%{do: "wait"})
      assert_receive {:started, %{id: ^id}, pid}
      Process.exit(Oban.Registry.whereis(context.name, Oban.Notifier), :kill)
      assert_hears(context.name)
      send(pid, :go_on)
      assert await_state(id, "completed")["attempt"] == 1
    end

    test "a flood of malformed notifications is logged once", context do
      log =
        capture_log(fn ->
          Repo.query!("""
          SELECT pg_notify('public.oban_signal', 'garbage ' || number)
          FROM generate_series(1, 1000) AS number
          """)

          assert_hears(context.name)
        end)

      # Once by this test's Oban, and once by the app's own, which listens too.
      assert length(String.split(log, "Ignored a malformed notification")) in 2..3
    end
  end

  # A pause by signal alone reaches the producer itself, whatever came before it.
  defp assert_hears(name, before \\ nil) do
    for channel <- ~w(signal insert leader sonar), before != nil, do: notify(channel, before)
    signal(name, "pause", true)
    signal(name, "resume", false)
    id = insert_job(%{do: "ok"})
    await_state(id, "completed")
  end

  defp signal(name, action, paused) do
    await("#{action} to be heard", fn ->
      notify("signal", ~s({"action": "#{action}", "queue": "test", "ident": "any"}))
      match?(%{paused: ^paused}, Oban.check_queue(name, queue: :test))
    end)
  end

  defp notify(channel, payload),
    do: Repo.query!("SELECT pg_notify('public.oban_' || $1::text, $2::text)", [channel, payload])

  defp request(action) do
    Repo.query!(
      "UPDATE public.oban_producers SET meta = meta || jsonb_build_object('requested', $1::text)",
      [action]
    )
  end

  defp producers do
    Repo.query!("""
    SELECT name, node, queue, meta ->> 'local_limit', meta ->> 'paused' FROM public.oban_producers
    """).rows
  end

  defp producers_reported, do: producers() != []

  defp look(watch) do
    send(watch, :look)
    :sys.get_state(watch)
  end
end
