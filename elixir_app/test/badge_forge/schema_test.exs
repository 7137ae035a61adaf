defmodule BadgeForge.SchemaTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.{LockWatch, Schema}

  defp change(sql, back) do
    on_exit(fn -> Repo.query!(back) end)
    Repo.query!(sql)
  end

  test "accepts the schema of db/migrations" do
    assert Schema.check() == :ok
  end

  test "accepts a newer version" do
    change("COMMENT ON TABLE oban_jobs IS '15'", "COMMENT ON TABLE oban_jobs IS '14'")

    assert Schema.check() == :ok
  end

  test "says what to run when the table is missing" do
    change("ALTER TABLE oban_jobs RENAME TO moved", "ALTER TABLE moved RENAME TO oban_jobs")

    assert Schema.check() == {:error, "the schema is missing: run `bin/badge-forge db migrate`"}
  end

  test "says what to run when Oban for Python's tables are missing" do
    change(
      "ALTER TABLE oban_producers RENAME TO moved",
      "ALTER TABLE moved RENAME TO oban_producers"
    )

    assert Schema.check() == {:error, "the schema is missing: run `bin/badge-forge db migrate`"}
  end

  test "says what to run when the version is too old or unknown" do
    for mark <- ["'13'", "'nonsense'", "NULL"] do
      change("COMMENT ON TABLE oban_jobs IS #{mark}", "COMMENT ON TABLE oban_jobs IS '14'")

      assert {:error, line} = Schema.check()
      assert line =~ ~r{\Athe schema is (too old|missing).*: run `bin/badge-forge db migrate`\z}
    end
  end

  test "says what to run when the trigger of the last migration is missing" do
    change(
      "ALTER TRIGGER badge_forge_reprint ON oban_jobs RENAME TO moved",
      "ALTER TRIGGER moved ON oban_jobs RENAME TO badge_forge_reprint"
    )

    assert {:error, line} = Schema.check()

    assert line =~
             ~r{\Athe schema is too old .*badge_forge_reprint.*: run `bin/badge-forge db migrate`\z}
  end

  test "says what to run when pauses cannot be remembered" do
    change(
      "ALTER TABLE badge_forge_queues RENAME COLUMN paused_at TO moved",
      "ALTER TABLE badge_forge_queues RENAME COLUMN moved TO paused_at"
    )

    assert Schema.check() ==
             {:error,
              "the schema is too old (badge_forge_queues has no column paused_at): " <>
                "run `bin/badge-forge db migrate`"}
  end

  test "says what to do when the table lacks a queue of the registry, or has another worker for it" do
    for queue <- ["mail", "badges"] do
      put_queues([{String.to_atom(queue), [worker: "mail.#{queue}"]}])

      assert Schema.check() ==
               {:error,
                "the table badge_forge_queues lacks the queue #{queue} with its worker: add it to the " <>
                  "Python side's registry, then run `bin/badge-forge db migrate`"}
    end
  end

  test "says who holds a lock that it waits for, and gives up" do
    test = self()

    {:ok, holder} =
      Task.start(fn ->
        Repo.transaction(fn ->
          Repo.query!("SELECT set_config('application_name', 'holder', true)")
          %{rows: [[process]]} = Repo.query!("SELECT pg_backend_pid()")
          Repo.query!("LOCK TABLE public.badge_forge_queues")
          send(test, {:locked, process})
          receive do: (:end -> :ok)
        end)
      end)

    assert_receive {:locked, process}, hang_ms()

    log =
      capture_log(fn ->
        assert {:error, line} = LockWatch.watch(fn -> Schema.check() end)

        assert line =~ ~r/\Aa table of the schema is locked by another session for more than 10 s/
      end)

    said =
      "waiting for badge_forge_queues, locked by #{Repo.config()[:username]} (holder), process #{process} of the " <>
        "server: end its transaction, for example with SELECT pg_terminate_backend(#{process})"

    assert [_before, _after] = String.split(log, said)
    send(holder, :end)
  end

  test "says what to run when no server answers" do
    assert {:error, line} = Schema.check(Keyword.put(Repo.config(), :port, 1))
    assert line =~ ":1 (connection refused): start it with `bin/badge-forge db up`"
  end

  describe "the program ends with one line and exit code 1" do
    test "when the database can't be reached" do
      assert {line, 1} = run(%{"DATABASE_URL" => "postgres://u:secret@127.0.0.1:1/nothing"})
      assert line =~ "the database can't be reached at 127.0.0.1:1"
      refute line =~ "secret"
    end

    test "when the login fails" do
      url = System.fetch_env!("DATABASE_URL")
      wrong = String.replace(url, ~r{//[^@]*@}, "//nobody:secret@")

      assert {line, 1} = run(%{"DATABASE_URL" => wrong})
      assert line =~ "can't be used as nobody"
      refute line =~ "secret"
    end

    test "when the database has no connection left" do
      change(
        "CREATE ROLE badge_forge_crowd LOGIN PASSWORD 'secret' CONNECTION LIMIT 0",
        "DROP ROLE badge_forge_crowd"
      )

      url = System.fetch_env!("DATABASE_URL")
      crowd = String.replace(url, ~r{//[^@]*@}, "//badge_forge_crowd:secret@")

      assert {line, 1} = run(%{"DATABASE_URL" => crowd})
      assert line =~ "has no connection left for badge_forge_crowd"
      assert line =~ "too many connections"
    end

    test "when its role may not report its queues" do
      database = Repo.config()[:database]

      change(
        "CREATE ROLE badge_forge_former LOGIN PASSWORD 'secret'",
        "DROP ROLE badge_forge_former"
      )

      change(
        "GRANT CONNECT ON DATABASE #{database} TO badge_forge_former",
        "REVOKE CONNECT ON DATABASE #{database} FROM badge_forge_former"
      )

      url = System.fetch_env!("DATABASE_URL")
      former = String.replace(url, ~r{//[^@]*@}, "//badge_forge_former:secret@")

      assert {line, 1} = run(%{"DATABASE_URL" => former})

      assert line =~
               "may not write oban_producers or badge_forge_queues: run `bin/badge-forge db roles`"
    end

    test "when the environment is wrong" do
      for {name, value, text} <- [
            {"DATABASE_URL", nil,
             "neither DATABASE_URL nor DATABASE_URL_FILE is set: run `make iex`, or export"},
            {"DATABASE_URL", "localhost/x", "DATABASE_URL must look like postgresql://"},
            {"LISTEN_DATABASE_URL", "x", "LISTEN_DATABASE_URL must look like postgresql://"},
            {"LISTEN_DATABASE_URL", "postgres://u:secret@127.0.0.1:1/x",
             "the database can't be reached at 127.0.0.1:1"},
            {"PRINT_LIMIT", "many",
             ~s(PRINT_LIMIT must be a whole number from 1 up, got: "many")},
            {"POOL_SIZE", "0", ~s(POOL_SIZE must be a whole number from 1 up, got: "0")},
            {"LOG_LEVEL", "loud", ~s(LOG_LEVEL must be one of debug, info)}
          ] do
        assert {line, 1} = run(%{name => value})
        assert line =~ text
      end
    end

    test "without a crash dump, which would have the password and names" do
      crash =
        ~w(run --no-compile --no-deps-check --no-start -e) ++ [~S|:erlang.halt('on purpose')|]

      options = [env: %{"MIX_ENV" => "test"}, stderr_to_stdout: true]

      assert {output, 1} = System.cmd("mix", crash, options)
      refute output =~ "Crash dump"
      refute File.exists?("erl_crash.dump")
    end

    defp run(env) do
      args = ~w(run --no-compile --no-deps-check -e :ok)
      opts = [env: Map.put(env, "MIX_ENV", "test"), stderr_to_stdout: true]
      {output, code} = System.cmd("mix", args, opts)
      assert [line] = String.split(output, "\n", trim: true)

      {line, code}
    end
  end
end
