defmodule BadgeForge.HistoryTest do
  use BadgeForge.Case, async: false

  import ExUnit.CaptureIO

  alias BadgeForge.History
  alias BadgeForge.History.{Event, Text}

  doctest History
  doctest Event
  doctest Text

  @id "7bfb7c39-c354-4cce-ad5b-f1be2814b17e"
  @sent_at "inserted_at = '2026-11-24 12:00:00', scheduled_at = '2026-11-24 12:00:00'"
  @rendered "state = 'completed', attempt = 1, attempted_by = '{forge-1,uuid}', " <>
              "attempted_at = '2026-11-24 12:00:02', completed_at = '2026-11-24 12:00:02.25'"
  @printed "state = 'completed', attempt = 1, attempted_by = '{press-1,uuid}', " <>
             "attempted_at = '2026-11-24 12:00:03', completed_at = '2026-11-24 12:00:05'"

  setup :folders

  defp badge(changes \\ "priority = 0", args \\ %{}) do
    args = Map.merge(%{id: @id, name: "Ada Lovelace", company: "Engines", type: "speaker"}, args)
    worker = "badge_forge.generator.GenerateBadge"
    opts = [queue: "badges", worker: worker, max_attempts: 5, meta: %{batch_id: "b"}]
    {:ok, job} = args |> Oban.Job.new(opts) |> Oban.insert()
    change_job(job.id, @sent_at)
    change_job(job.id, changes)
    job.id
  end

  defp print(changes) do
    args = %{id: @id, name: "Ada Lovelace", path: "/elsewhere/ada-#{@id}.pdf", sha256: "0"}
    job = Oban.Job.new(args, queue: "printing", worker: "BadgeForge.PrintCenter")
    {:ok, job} = Oban.insert(job)

    change_job(
      job.id,
      "inserted_at = '2026-11-24 12:00:02.25', scheduled_at = '2026-11-24 12:00:02.25'"
    )

    change_job(job.id, changes)
    job.id
  end

  defp errors(texts) do
    errors =
      for {text, number} <- Enum.with_index(texts, 1) do
        at = "2026-11-24T12:00:0#{number}.000000Z"
        json = Oban.JSON.encode!(%{attempt: number, at: at, error: text})
        "'#{String.replace(json, "'", "''")}'::jsonb"
      end

    "errors = ARRAY[#{Enum.join(errors, ", ")}]"
  end

  defp whats,
    do: with({:ok, history} <- History.fetch(@id), do: Enum.map(history.events, & &1.what))

  test "goes from enqueueing to the printer", %{badges: badges, spool: spool} do
    badge(@rendered)
    print(@printed)
    File.mkdir_p!(spool)

    for path <- ["#{badges}/ada-#{@id}.pdf", "#{spool}/#{@id}.pdf"],
        do: File.write!(path, "%PDF-")

    assert {:ok, history} = History.fetch(@id)
    assert %{name: "Ada Lovelace", batch_id: "b", state: :printed} = history
    assert history.file == "#{badges}/ada-#{@id}.pdf"
    assert history.spooled == "#{spool}/#{@id}.pdf"

    assert Enum.map(history.events, &{&1.what, &1.node, &1.seconds}) == [
             {:enqueued, nil, nil},
             {:started, "forge-1", 2.0},
             {:rendered, "forge-1", 0.25},
             {:confirmed, nil, nil},
             {:started, "press-1", 0.75},
             {:printed, "press-1", 2.0}
           ]

    assert hd(history.events).at == ~U[2026-11-24 12:00:00.000000Z]
  end

  test "has the attempts with their reasons" do
    traceback = "Traceback (most recent call last):\n  …\nRenderingError: it died"

    badge(
      "state = 'retryable', attempt = 2, attempted_at = '2026-11-24 12:00:01.5', " <>
        "scheduled_at = '2026-11-24 12:00:30', " <>
        errors(["rescued: the heartbeat of forge-1 stopped", traceback])
    )

    assert {:ok, %{state: :retrying, events: events}} = History.fetch(@id)
    assert [:enqueued, :rescued, :started, :failed] = Enum.map(events, & &1.what)
    assert %{detail: "RenderingError: it died", seconds: 0.5, attempt: 2} = List.last(events)
  end

  test "has a cancelled print, and the retry after it" do
    badge(@rendered)
    reason = "** (Oban.PerformError) BadgeForge.PrintCenter failed with {:cancel, \"path: gone\"}"
    id = print("state = 'cancelled', attempt = 1, cancelled_at = now(), " <> errors([reason]))

    assert {:ok, %{state: :failed, events: events}} = History.fetch(@id)
    assert %{detail: "path: gone"} = Enum.find(events, &(&1.what == :cancelled))

    change_job(
      id,
      "state = 'available', scheduled_at = '2026-11-25 12:00:00', cancelled_at = NULL"
    )

    assert {:ok, %{state: :rendered}} = History.fetch(@id)
    assert List.last(whats()) == :retried
  end

  test "has all jobs of a badge that was enqueued again, the newest last" do
    badge(@rendered)
    print(@printed)

    badge("inserted_at = '2026-11-25 12:00:00', scheduled_at = '2026-11-25 12:00:00'", %{
      company: "New"
    })

    assert {:ok, %{state: :waiting, company: "New"} = history} = History.fetch(@id)
    assert Enum.map(history.jobs, & &1.queue) == ~w(badges printing badges)
    assert List.last(whats()) == :enqueued
  end

  test "is found by an id, the start of one, and a part of the name without case and accents" do
    badge()
    badge("priority = 0", %{id: Ecto.UUID.generate(), name: "Łódź Żak"})
    badge("priority = 0", %{id: Ecto.UUID.generate(), name: "100% Ada_"})

    for {text, names} <- [
          {@id, ["Ada Lovelace"]},
          {String.upcase(@id), ["Ada Lovelace"]},
          {"7bfb7c39", ["Ada Lovelace"]},
          {" LOVE", ["Ada Lovelace"]},
          {"lodz zak", ["Łódź Żak"]},
          {"żak", ["Łódź Żak"]},
          {"ada", ["100% Ada_", "Ada Lovelace"]},
          {"%", ["100% Ada_"]},
          {"7bfb7c3", []},
          {Ecto.UUID.generate(), []},
          {"", []},
          {"\0", []},
          {<<255>>, []}
        ] do
      case History.fetch(text) do
        {:ok, history} -> assert {text, [history.name]} == {text, names}
        {:error, :not_found} -> assert {text, []} == {text, names}
        {:error, {:several, found}} -> assert {text, Enum.map(found, & &1.name)} == {text, names}
      end
    end
  end

  test "can be fetched whatever its rows contain" do
    nasty = "\e]0;owned\a\u202E" <> String.duplicate("x", 5_000)
    args = %{name: nasty, company: %{a: 1}, type: [1], path: 7}
    odd = "errors = ARRAY['{}'::jsonb, '{\"at\": [1], \"attempt\": \"x\", \"error\": {}}'::jsonb]"
    for _job <- 1..30, do: badge("state = 'discarded', discarded_at = now(), " <> odd, args)

    assert {:ok, history} = History.fetch(@id)
    assert length(history.jobs) == 20
    told = capture_io(fn -> assert BadgeForge.why(@id) == :ok end)
    refute told =~ ~r/[\e\a\x{202E}]/u
    assert length(String.split(told, "\n")) < 40
  end

  test "is printed by why/1" do
    badge(@rendered)
    print(@printed)
    told = capture_io(fn -> assert BadgeForge.why("love") == :ok end)

    for line <- [
          ~r/^Ada Lovelace · speaker · Engines$/m,
          ~r/^[0-9-]{10} [0-9:]{8}  rendered          by forge-1, in 0\.25 s$/m,
          ~r/^[0-9-]{10} [0-9:]{8}  printed           by press-1, in 2\.0 s$/m,
          ~r/^State:  printed$/m,
          ~r/^Badge:  #{@id}$/m
        ],
        do: assert(told =~ line)
  end

  test "that failed is printed with the command that retries it" do
    id =
      badge(
        "state = 'cancelled', attempt = 1, cancelled_at = now(), " <> errors(["name: is blank"])
      )

    told = capture_io(fn -> BadgeForge.why("love") end)
    assert told =~ "cancelled"
    assert told =~ "name: is blank"
    assert told =~ "bin/badge-forge retry #{id}"
  end

  test "that is not one badge's is a list to choose from, or a line" do
    badge()
    badge("priority = 0", %{id: Ecto.UUID.generate(), name: "Adaeze"})

    assert capture_io(fn -> BadgeForge.why("ada") end) =~
             ~r/\A2 badges match "ada": .*\n.*Adaeze .*\n.*#{@id}/

    assert capture_io(fn -> BadgeForge.why("bob") end) =~ ~s(No badge has "bob" in its name)
  end
end
