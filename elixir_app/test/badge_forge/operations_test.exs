defmodule BadgeForge.OperationsTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.JobFilter

  doctest JobFilter

  @worker "badge_forge.generator.GenerateBadge"
  @failed "state = 'cancelled', attempt = 1, cancelled_at = '2025-01-01', " <>
            "inserted_at = '2025-01-01', scheduled_at = '2025-01-01'"

  setup :folders

  setup do
    forget = "UPDATE public.badge_forge_queues SET paused_at = NULL"
    on_exit(fn -> Repo.query!(forget) end)
  end

  defp badge(changes, args \\ %{}, meta \\ %{}) do
    id = Ecto.UUID.generate()
    args = Map.merge(%{id: id, name: "Ada Lovelace", company: "", type: "speaker"}, args)
    opts = [queue: "badges", worker: @worker, max_attempts: 5, meta: meta]
    {:ok, job} = args |> Oban.Job.new(opts) |> Oban.insert()
    change_job(job.id, changes)
    job.id
  end

  defp print(changes, args, meta \\ %{}) do
    opts = [queue: "printing", worker: "BadgeForge.PrintCenter", meta: meta]
    {:ok, job} = args |> Oban.Job.new(opts) |> Oban.insert()
    change_job(job.id, changes)
    job.id
  end

  defp error(text) do
    json = Oban.JSON.encode!(%{attempt: 1, at: "2026-01-01T00:00:00Z", error: text})
    ", errors = ARRAY['#{String.replace(json, "'", "''")}'::jsonb]"
  end

  defp states, do: jobs() |> Enum.map(& &1["state"]) |> Enum.frequencies()

  describe "a filter" do
    for {name, filter, changes, args, meta} <- [
          {"batch", [batch: "b"], "", %{}, %{batch_id: "b"}},
          {"event", [event: "my-conf"], "", %{}, %{event: "my-conf"}},
          {"type", [type: "sponsor"], "", %{type: "sponsor"}, %{}},
          {"name", [name: "ZOLC"], "", %{name: "Jan Żółć"}, %{}},
          {"wildcards", [name: "100%_"], "", %{name: "100%_ Ada"}, %{}},
          {"since", [since: "2026-01-02"], ", cancelled_at = '2026-01-03'", %{}, %{}},
          {"two", [batch: "b", type: "sponsor"], "", %{type: "sponsor"}, %{batch_id: "b"}}
        ] do
      @tag filter: filter, changes: changes, args: Macro.escape(args), meta: Macro.escape(meta)
      test "by #{name} means the same jobs in every operation", %{filter: filter} = context do
        badge(@failed)
        badge(@failed, %{}, %{batch_id: "tuesday"})
        {args, _} = Code.eval_quoted(context.args)
        {meta, _} = Code.eval_quoted(context.meta)
        id = badge(@failed, args, meta)
        if context.changes != "", do: change_job(id, "attempt = 1" <> context.changes)

        assert [%{id: ^id}] = BadgeForge.failed_jobs(filter)
        assert [%{jobs: 1, ids: [^id]}] = BadgeForge.failed(filter)
        assert %{"badges" => %{failed: 1}} = BadgeForge.status(filter)
        assert BadgeForge.retry(filter) == {:ok, %{retried: 1, without_pdf: []}}
        assert job(id)["max_attempts"] == 6
        assert BadgeForge.pause(filter) == {:ok, 1}
        assert job(id)["state"] == "suspended"
        assert BadgeForge.resume(filter) == {:ok, 1}
        assert BadgeForge.cancel(filter) == {:ok, 1}
        assert states() == %{"cancelled" => 3}
      end
    end

    test "that is wrong is refused with one line" do
      for {filter, line} <- [
            {[batsch: "b"], "unknown option :batsch, did you mean :batch?"},
            {[type: " "], "type must be a text of 1 to 200 characters, got: \" \""},
            {[name: "a\0"], "name must be a text of 1 to 200 characters"},
            {[since: "yesterday"], "since must be a DateTime, or a text as 30m, 2h, 3d, 10:30"},
            {[since: 7], "since must be a DateTime"},
            {"b", "options must be a keyword list, got: \"b\""}
          ] do
        assert_raise ArgumentError, ~r/\A#{Regex.escape(line)}/, fn ->
          BadgeForge.status(filter)
        end
      end
    end

    test "takes times as a person writes them" do
      now = DateTime.utc_now()

      for {text, ago} <- [{"90s", 90}, {"30m", 1_800}, {"2h", 7_200}, {"3d", 259_200}] do
        assert {:ok, %{since: since}} = JobFilter.new(since: text)
        assert_in_delta DateTime.diff(now, since), ago, 60
      end

      for text <- ["10:30", "2026-11-29", "2026-11-29T10:30", "2026-11-29T10:30:00+01:00"],
          do:
            assert({:ok, %{since: %DateTime{time_zone: "Etc/UTC"}}} = JobFilter.new(since: text))
    end
  end

  test "what changes jobs refuses to choose for itself" do
    badge(@failed)

    for {change, wrong} <- [
          {&BadgeForge.retry/1, []},
          {&BadgeForge.cancel/1, []},
          {&BadgeForge.pause/1, []},
          {&BadgeForge.resume/1, []},
          {&BadgeForge.retry/1, 0},
          {&BadgeForge.cancel/1, [7, "x"]},
          {&BadgeForge.retry/1, nil},
          {&BadgeForge.pause/1, "badgez"},
          {&BadgeForge.pause/1, nil}
        ],
        do: assert_raise(ArgumentError, fn -> change.(wrong) end)

    assert states() == %{"cancelled" => 1}
    assert BadgeForge.retry(:all) == {:ok, %{retried: 1, without_pdf: []}}
  end

  test "jobs of other applications are never meant" do
    job = Oban.Job.new(%{}, queue: "mail", worker: "MyApp.Mailer", meta: %{batch_id: "b"})
    {:ok, %{id: id}} = Oban.insert(job)

    assert BadgeForge.cancel([id]) == {:ok, 0}
    assert BadgeForge.cancel(:all) == {:ok, 0}
    assert BadgeForge.pause(batch: "b") == {:ok, 0}
    assert states() == %{"available" => 1}
  end

  test "a badge that its list withdrew has not failed" do
    badge(@failed, %{}, %{batch_id: "b", withdrawn: "the ticket is gone"})
    assert BadgeForge.failed() == []
    assert BadgeForge.failed_jobs() == []
    assert BadgeForge.status()["badges"].failed == 0
    assert [%{failed: 0}] = BadgeForge.batches()
    assert BadgeForge.retry(:all) == {:ok, %{retried: 0, without_pdf: []}}
  end

  test "a batch has its progress and its failures by cause, which alone are retried" do
    args = %{id: Ecto.UUID.generate(), name: "Ada"}
    badge("state = 'completed'", args, %{batch_id: "b"})
    for _time <- 1..2, do: print("state = 'completed'", args, %{batch_id: "b"})
    quoted = ~s[** (Oban.PerformError) B.PrintCenter failed with {:error, "jam 7 in tray"}]
    badge(@failed <> error(quoted), %{}, %{batch_id: "b"})
    badge(@failed <> error(String.replace(quoted, "7", "8")), %{}, %{batch_id: "b"})
    badge(@failed, %{}, %{batch_id: "c"})

    assert %{badges: 3, rendered: 1, printed: 1, failed: 2, failures: [failure]} =
             BadgeForge.batch("b")

    assert %{jobs: 2, cause: "jam … in tray", queue: "badges", latest: %{state: "cancelled"}} =
             failure

    assert BadgeForge.batch("none") == nil
    assert Enum.map(BadgeForge.batches(), & &1.id) == ["c", "b"]
    assert [%{id: "b", badges: 2}] = BadgeForge.batches(name: "lovelace", batch: "b")
    assert BadgeForge.retry(batch: "b") == {:ok, %{retried: 2, without_pdf: []}}
    assert states() == %{"available" => 2, "cancelled" => 1, "completed" => 3}
  end

  test "a print without its PDF is not retried, and the log says what renders it again", %{
    badges: badges
  } do
    args = confirmation(badges)
    kept = print("state = 'cancelled'", args)
    missing = print("state = 'cancelled'", %{args | "file" => "none-#{args["id"]}.pdf"})
    changed = print("state = 'cancelled'", %{args | "sha256" => sha256("x")})

    log =
      capture_log(fn ->
        assert BadgeForge.retry(:all) == {:ok, %{retried: 1, without_pdf: [missing, changed]}}
      end)

    assert log =~ "`bin/badge-forge retry #{missing} #{changed}` renders it again"
    assert job(kept)["state"] == "available"
    assert job(missing)["state"] == "cancelled"
  end

  test "a print has the type of its badge" do
    args = %{id: Ecto.UUID.generate(), name: "Ada"}
    badge("state = 'completed'", Map.put(args, :type, "sponsor"))
    id = print("state = 'cancelled'", args)
    print("state = 'cancelled'", %{args | id: Ecto.UUID.generate()})
    assert [%{id: ^id}] = BadgeForge.failed_jobs(type: "sponsor")
  end

  test "a pause of a queue is remembered, and status tells since when" do
    assert BadgeForge.pause(:badges) == {:ok, ["badges"]}
    assert %{paused_since: %DateTime{} = since} = BadgeForge.status()["badges"]
    assert DateTime.diff(DateTime.utc_now(), since) in 0..600
    assert BadgeForge.pause("badges") == {:ok, ["badges"]}
    assert BadgeForge.status()["badges"].paused_since == since
    assert BadgeForge.status()["printing"].paused_since == nil
    assert BadgeForge.resume(["badges"]) == {:ok, ["badges"]}
    assert BadgeForge.status()["badges"].paused_since == nil
    all = BadgeForge.Queues.all() |> Enum.map(& &1.name) |> Enum.sort()
    assert BadgeForge.pause(:all) == {:ok, all}
    held = badge("state = 'suspended'")

    log = capture_log(fn -> BadgeForge.resume("badges") end)
    assert log =~ "1 jobs of badges are still held: BadgeForge.resume(:all) releases all"
    assert BadgeForge.resume(:all) == {:ok, all}
    assert job(held)["state"] == "available"
  end

  test "a running job of this app is stopped when it is cancelled" do
    start_oban(queues: [test: 1])
    put_queues(test: [worker: BadgeForge.TestWorker])
    TestWorker.listen()
    id = insert_job(%{do: "wait"})
    assert_receive {:started, %{id: ^id}, pid}
    assert BadgeForge.cancel(id) == {:ok, 1}
    assert job(id)["state"] == "cancelled"

    # Oban from Hex records the exit, too: a trigger drops that entry for the queues of the registry.
    assert [%{"error" => "cancelled by hand"} | _exit] = job(id)["errors"]
    send(pid, :go_on)
  end
end
