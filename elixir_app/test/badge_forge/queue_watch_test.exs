defmodule BadgeForge.QueueWatchTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.{Queues, QueueWatch, Statements}

  @queue [test: 3]

  # With Oban from Hex, only a notification makes a queue fetch: polls are too rare.
  @listens Code.ensure_loaded?(Oban.Notifiers.Postgres)
  @poll_ms if @listens, do: :timer.minutes(10), else: 50

  setup :folders

  setup %{root: folder} do
    TestWorker.listen()
    Repo.query!("TRUNCATE public.oban_producers")
    on_exit(fn -> Repo.query!("TRUNCATE public.oban_producers") end)
    name = start_oban(queues: @queue, stage_interval: @poll_ms)
    file = Path.join(folder, "healthy")
    watch = start_supervised!({QueueWatch, name: name, queues: @queue, health_file: file})
    await("a report", &producers_reported/0)
    %{name: name, watch: watch, health_file: file}
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

  describe "a pause that is remembered:" do
    setup :registered

    test "a queue that starts later is paused before its first fetch", %{name: name, watch: watch} do
      {:ok, _queues} = Statements.request_state("pause", ["test"])
      opts = [name: :"#{name}.Later", repo: Repo, node: "later", queues: @queue]

      opts =
        opts ++ [notifier: BadgeForge.Notifier, peer: Oban.Peers.Isolated, stage_interval: 50]

      stop_supervised!(QueueWatch)
      stop_supervised!(name)
      id = insert_job(%{do: "ok"})

      log =
        capture_log(fn ->
          start_supervised!(%{id: :later, start: {Queues, :start_oban, [opts]}})
          assert %{paused: true, limit: 3} = Oban.check_queue(opts[:name], queue: :test)
        end)

      assert log =~ "The queue test is paused: `bin/badge-forge resume test` continues it"
      refute Process.alive?(watch)
      later = start_supervised!({QueueWatch, name: opts[:name], queues: @queue}, id: :later_watch)
      for _look <- 1..2, do: look(later)
      assert Oban.check_queue(opts[:name], queue: :test).paused
      assert job(id)["attempt"] == 0

      {:ok, _queues} = Statements.request_state("resume", ["test"])
      await_state(id, "completed")
    end

    test "it is carried out once, also if no request told of it, and a later signal wins",
         context do
      remember("now()")
      look(context.watch)
      await("the pause", fn -> Oban.check_queue(context.name, queue: :test).paused end)
      producer = Oban.Registry.whereis(context.name, {:producer, "test"})
      send(producer, {:notification, :signal, %{"action" => "resume", "queue" => "test"}})
      for _look <- 1..2, do: look(context.watch)
      refute Oban.check_queue(context.name, queue: :test).paused

      remember("now() + interval '1 s'")
      look(context.watch)
      await("the pause", fn -> Oban.check_queue(context.name, queue: :test).paused end)
      remember("NULL")
      look(context.watch)
      await("the end", fn -> not Oban.check_queue(context.name, queue: :test).paused end)
    end

    test "it survives a crash of the database, which empties oban_producers", context do
      {:ok, _queues} = Statements.request_state("pause", ["test"])
      await("the pause", fn -> Oban.check_queue(context.name, queue: :test).paused end)
      Repo.query!("TRUNCATE public.oban_producers")
      look(context.watch)
      assert [[_, _, _, _, "true"]] = producers()
    end
  end

  for paused <- [true, false] do
    test "a producer that crashed is #{if paused, do: "paused", else: "running"} as before",
         context do
      # The producer's supervisor would restart it with the opposite.
      for change <- [!unquote(paused), unquote(paused)], do: set_paused(context, change)
      before = Oban.check_queue(context.name, queue: :test).uuid
      Process.exit(Oban.Registry.whereis(context.name, {:producer, "test"}), :kill)

      await("another producer", fn ->
        after_crash = Oban.check_queue(context.name, queue: :test)
        after_crash && after_crash.uuid != before
      end)

      for _look <- 1..2, do: look(context.watch)
      assert Oban.check_queue(context.name, queue: :test).paused == unquote(paused)
      assert [[_, _, _, _, unquote(to_string(paused))]] = producers()
    end
  end

  test "a queue that was stopped is paused, and the log says how to continue it",
       context do
    log =
      capture_log(fn ->
        Oban.stop_queue(context.name, queue: :test, local_only: true)

        await("the queue", fn ->
          match?(%{paused: true}, Oban.check_queue(context.name, queue: :test))
        end)

        await("its report", fn -> match?([[_, _, _, _, "true"]], producers()) end)
      end)

    assert log =~ "run `bin/badge-forge resume test` to continue"
    id = insert_job(%{do: "ok"})
    request("resume")
    await_state(id, "completed")
  end

  test "a queue whose workers are missing is not started, and its jobs keep their attempts",
       context do
    if @listens, do: await_listening(context.name)
    id = insert_job(%{do: "ok"}, queue: :other)
    Oban.start_queue(context.name, queue: :other, limit: 1, local_only: true)
    # A signal that was sent later has arrived, and a poll has passed.
    if @listens, do: await_listening(context.name)
    insert_job(%{do: "ok"}) |> await_state("completed")

    assert %{"state" => "available", "attempt" => 0} = job(id)
    assert Oban.check_queue(context.name, queue: :other) == nil
  end

  test "the health file is touched only while the queue reaches the table", context do
    long_ago = {{2020, 1, 1}, {0, 0, 0}}
    touched? = fn -> File.stat!(context.health_file).mtime != long_ago end
    File.touch!(context.health_file, long_ago)
    await("a touch", touched?)

    capture_log(fn ->
      Repo.query!("ALTER TABLE public.oban_producers RENAME TO away")
      for _look <- 1..2, do: look(context.watch)
      File.touch!(context.health_file, long_ago)
      for _look <- 1..2, do: look(context.watch)
      refute touched?.()
      Repo.query!("ALTER TABLE public.away RENAME TO oban_producers")
    end)

    await("a touch", touched?)
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
    @describetag skip: if(not @listens, do: "the stand-in for Oban does not listen")

    setup %{name: name}, do: await_listening(name)

    for {what, payload} <- [
          {"text", "garbage"},
          {"nothing", ""},
          {"half of an object", ~s({"action": )},
          {"broken base64", "H4sI????"},
          {"broken gzip", "H4sIAAAAAAAAA6tWSkw="},
          {"packed text", "Z:" <> Base.encode64(:zlib.gzip("garbage"))},
          {"a list", "[1]"},
          {"a limit that is not a number",
           ~s({"action":"scale","queue":"test","limit":"x","ident":"any"})},
          {"a start without a queue", ~s({"action":"start","ident":"any"})},
          {"packed UTF-16",
           Base.encode64(:zlib.gzip(:unicode.characters_to_binary("{}", :utf8, :utf16)))},
          {"packed bytes that are not UTF-8",
           Base.encode64(:zlib.gzip(<<"{\"a\": \"", 255, "\"}">>))},
          {"packed NUL bytes", Base.encode64(:zlib.gzip(<<0::800>>))},
          {"a packed number", Base.encode64(:zlib.gzip("1"))},
          {"a lone surrogate", ~S({"action": "\ud800", "queue": "test"})},
          {"a gzip bomb", Base.encode64(:zlib.gzip(String.duplicate(" ", 5_000_000)))},
          {"nested without end", ~s({"action": ) <> String.duplicate("[", 7_000)},
          {"packed, nested without end",
           Base.encode64(:zlib.gzip(String.duplicate("[", 1_000_000)))},
          {"7,999 bytes", String.duplicate("x", 7_999)}
        ] do
      test "signals and inserts are heard after #{what}", context do
        notifier = Oban.Registry.whereis(context.name, Oban.Notifier)
        log = capture_log(fn -> assert_hears(context.name, unquote(payload)) end)
        assert Oban.Registry.whereis(context.name, Oban.Notifier) == notifier
        assert log =~ "Ignored a malformed notification on the channel public.oban_"
      end
    end

    # Oban waits 5 s for the answer of each check.
    test "a start of a queue on all nodes is refused, and reaches no other Oban", context do
      other = start_oban(queues: [test: 1], node: "other", notifier: Oban.Notifiers.Postgres)
      await_listening(other)

      for options <- [[], [paused: true]] do
        assert {:error, %ArgumentError{message: message}} =
                 Oban.start_queue(context.name, [queue: :foreign, limit: 1] ++ options)

        assert message =~ "add local_only: true"
      end

      # What was sent before has been heard.
      await_listening(other)
      assert Oban.check_queue(other, queue: :foreign) == nil
    end

    test "a producer that waits for the database is not taken for gone", context do
      producer = Oban.Registry.whereis(context.name, {:producer, "test"})
      :sys.suspend(producer)
      log = capture_log(fn -> for _look <- 1..2, do: look(context.watch) end)
      :sys.resume(producer)

      refute log =~ "is gone"
      refute Oban.check_queue(context.name, queue: :test).paused
    end

    test "well-formed signals that Oban cannot handle end no job and resume no queue", context do
      id = insert_job(%{do: "wait"})
      assert_receive {:started, %{id: ^id}, pid}
      set_paused(context, true)
      producer = Oban.Registry.whereis(context.name, {:producer, "test"})

      for change <- [
            ~s("action":"scale","queue":"test","limit":0),
            ~s("action":"scale","queue":"test","limit":1e300),
            ~s("action":"scale","queue":"test","limit":3,"nonsense":1),
            ~s("action":"start","queue":"other"),
            ~s("action":"start","queue":"other","limit":3),
            ~s("action":"start","queue":"test","limit":3,"paused":"no"),
            ~s("action":"stop","queue":1),
            ~s("action":"pkill","job_id":"all")
          ],
          do: notify("signal", "{#{change}}")

      notify("sonar", ~s({"node":"other","time":"now"}))
      # The last one is heard, so those before it were.
      notify("signal", ~s({"action":"scale","queue":"test","limit":7}))
      await("the limit", fn -> Oban.check_queue(context.name, queue: :test).limit == 7 end)
      assert Oban.Registry.whereis(context.name, {:producer, "test"}) == producer
      assert Oban.check_queue(context.name, queue: :test).paused
      assert Oban.check_queue(context.name, queue: :other) == nil
      send(pid, :go_on)
      await_state(id, "completed")
    end

    test "signals and inserts are heard after the notifier's process was killed", context do
      log =
        capture_log(fn ->
          for _time <- 1..2 do
            kill_notifier(context.name)
            assert_hears_in_time(context.name)
          end
        end)

      assert log =~ "Oban's notifier was restarted: its queues listen again"
    end

    test "signals and inserts are heard after the watch was killed as well", context do
      kill_notifier(context.name)
      Process.exit(context.watch, :kill)
      assert_hears_in_time(context.name)
    end

    test "a print goes on while the notifier is replaced", context do
      id = insert_job(%{do: "wait"})
      assert_receive {:started, %{id: ^id}, pid}
      kill_notifier(context.name)
      assert_hears_in_time(context.name)
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

  describe "where notifications do not arrive" do
    @describetag skip: if(not @listens, do: "the stand-in for Oban does not listen")

    test "a warning says so once, and what to do" do
      # As behind a pooler, which does not pass them on: this Oban listens on another database than it notifies.
      elsewhere = Keyword.put(Repo.config(), :database, "postgres")
      Application.put_env(:badge_forge, BadgeForge.Notifier, elsewhere)
      on_exit(fn -> Application.delete_env(:badge_forge, BadgeForge.Notifier) end)
      name = start_oban(queues: @queue, stage_interval: 50)

      log =
        capture_log(fn ->
          watch = start_supervised!({QueueWatch, name: name, queues: @queue}, id: :isolated)
          await("the warning", fn -> :sys.get_state(watch).isolated end)
          for _look <- 1..2, do: look(watch)
        end)

      assert [_before, after_it] = String.split(log, "Notifications do not arrive")
      assert after_it =~ "set LISTEN_DATABASE_URL"
      insert_job(%{do: "ok"}) |> await_state("completed")
    end
  end

  # One pause by signal and one insert reach the producer, whatever came before them.
  defp assert_hears(name, before \\ nil) do
    for channel <- ~w(signal insert leader sonar), before != nil, do: notify(channel, before)
    for {action, paused} <- [{"pause", true}, {"resume", false}], do: signal(name, action, paused)
    id = insert_job(%{do: "ok"})
    await_state(id, "completed")
  end

  defp assert_hears_in_time(name) do
    await_listening(name)
    assert_hears(name)
  end

  # What is sent before a notifier listens is lost.
  defp await_listening(name) do
    await("the queue to listen", fn ->
      notify("signal", ~s({"action": "scale", "queue": "test", "limit": 4}))
      match?(%{limit: 4}, Oban.check_queue(name, queue: :test))
    end)

    notify("signal", ~s({"action": "scale", "queue": "test", "limit": 3}))
    await("the limit", fn -> match?(%{limit: 3}, Oban.check_queue(name, queue: :test)) end)
    :ok
  end

  defp kill_notifier(name) do
    notifier = Oban.Registry.whereis(name, Oban.Notifier)
    Process.exit(notifier, :kill)

    await("another notifier", fn ->
      Oban.Registry.whereis(name, Oban.Notifier) not in [nil, notifier]
    end)
  end

  defp signal(name, action, paused) do
    notify("signal", ~s({"action": "#{action}", "queue": "test", "ident": "any"}))

    await("#{action} to be heard", fn ->
      match?(%{paused: ^paused}, Oban.check_queue(name, queue: :test))
    end)
  end

  defp set_paused(context, paused) do
    request(if paused, do: "pause", else: "resume")

    await("the queue", fn ->
      match?(%{paused: ^paused}, Oban.check_queue(context.name, queue: :test))
    end)

    look(context.watch)
  end

  defp notify(channel, payload),
    do: Repo.query!("SELECT pg_notify('public.oban_' || $1::text, $2::text)", [channel, payload])

  defp request(action) do
    Repo.query!(
      "UPDATE public.oban_producers SET meta = meta || jsonb_build_object('requested', $1::text)",
      [action]
    )
  end

  # A queue of the registry's table, whose pause can be remembered.
  defp registered(_context) do
    Repo.query!("""
    INSERT INTO public.badge_forge_queues (queue, worker, runs_in)
    VALUES ('test', 'BadgeForge.TestWorker', 'elixir')
    """)

    on_exit(fn -> Repo.query!("DELETE FROM public.badge_forge_queues WHERE queue = 'test'") end)
  end

  defp remember(time),
    do:
      Repo.query!("UPDATE public.badge_forge_queues SET paused_at = #{time} WHERE queue = 'test'")

  defp producers do
    Repo.query!("""
    SELECT name, node, queue, meta ->> 'local_limit', meta ->> 'paused' FROM public.oban_producers
    """).rows
  end

  defp producers_reported, do: producers() != []

  defp look(watch) do
    send(watch, :look)
    :sys.get_state(watch, hang_ms())
  end
end
