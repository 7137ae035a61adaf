defmodule BadgeForge.FailedTest do
  use BadgeForge.Case, async: false

  @id "7bfb7c39-c354-4cce-ad5b-f1be2814b17e"

  @workers %{
    "badges" => "badge_forge.generator.GenerateBadge",
    "printing" => "BadgeForge.PrintCenter",
    "other" => "Other.Worker"
  }

  defp failed(queue, changes, args \\ %{}) do
    job = Oban.Job.new(args, queue: queue, worker: Map.fetch!(@workers, queue))
    {:ok, %{id: id}} = Oban.insert(job)
    change_job(id, changes)
    id
  end

  defp error(text) do
    json = Oban.JSON.encode!(%{attempt: 1, at: "2026-01-01T00:00:00Z", error: text})
    "errors = ARRAY['#{String.replace(json, "'", "''")}'::jsonb]"
  end

  test "do not include waiting, running and completed jobs" do
    for state <- ~w(available executing retryable completed),
        do: failed("badges", "state = '#{state}'")

    assert BadgeForge.failed_jobs() == []
  end

  test "are those of both queues, the latest first" do
    first = failed("badges", "state = 'cancelled', cancelled_at = '2026-01-01 10:00:00'")
    last = failed("badges", "state = 'cancelled', cancelled_at = '2026-01-03 10:00:00'")
    second = failed("printing", "state = 'discarded', discarded_at = '2026-01-02 10:00:00'")
    failed("other", "state = 'discarded', discarded_at = '2026-01-02 10:00:00'")

    assert Enum.map(BadgeForge.failed_jobs(), & &1.id) == [last, second, first]
  end

  test "are those of a queue of your own as well" do
    put_queues(other: [worker: "other.Worker"])
    id = failed("other", "state = 'discarded', discarded_at = '2026-01-02 10:00:00'")
    assert [%{id: ^id, queue: "other"}] = BadgeForge.failed_jobs()
  end

  test "cannot control the terminal by a name, an id or a reason" do
    hostile = "\e[2J\n\u202Egnp\u2066"

    failed(
      "badges",
      "state = 'cancelled', cancelled_at = '2026-01-01', " <> error("a reason: \e[2J\u202E"),
      %{id: hostile, name: hostile}
    )

    assert [%{badge_id: id, name: name, reason: reason}] = BadgeForge.failed_jobs()
    assert id == "\\u001b[2J\\u000a\\u202egnp\\u2066"
    assert name == id
    assert reason == "a reason: \\u001b[2J\\u202e"
  end

  test "have the badge, the attempt, the reason and the time" do
    id =
      failed(
        "printing",
        "state = 'discarded', attempt = 3, discarded_at = '2026-01-02 10:00:00.5', " <>
          error("** (ArgumentError) the tray is empty\n    lib/printer.ex:7: print/1\n"),
        %{id: @id, name: "Ada Lovelace"}
      )

    assert BadgeForge.failed_jobs() == [
             %{
               id: id,
               queue: "printing",
               state: "discarded",
               badge_id: @id,
               name: "Ada Lovelace",
               attempt: 3,
               reason: "the tray is empty",
               at: ~U[2026-01-02 10:00:00Z]
             }
           ]
  end

  test "have the line of the error that says what went wrong, of either language" do
    for {error, reason} <- [
          {"** (Oban.PerformError) BadgeForge.PrintCenter failed with {:cancel, \"id: is missing\"}",
           "BadgeForge.PrintCenter failed with {:cancel, \"id: is missing\"}"},
          {"Traceback (most recent call last):\n  File \"x.py\"\nStorageError: the disk is full\n",
           "StorageError: the disk is full"},
          {"name: must not be blank", "name: must not be blank"},
          {"", ""}
        ] do
      id = failed("badges", "state = 'cancelled', cancelled_at = now(), #{error(error)}")
      assert Enum.find(BadgeForge.failed_jobs(), &(&1.id == id)).reason == reason
    end
  end

  test "have a reason even if the row has no error" do
    failed("badges", "state = 'discarded', discarded_at = now()")
    assert [%{reason: "discarded without an error"}] = BadgeForge.failed_jobs()
  end

  test "are listed whatever their rows contain" do
    for {args, changes} <- [
          {%{id: 7, name: ["Ada"]}, "cancelled_at = '0001-01-01'"},
          {%{id: nil}, "cancelled_at = '9998-12-31', errors = ARRAY['{}'::jsonb]"},
          {%{}, "cancelled_at = NULL, " <> error(String.duplicate("x", 100_000))}
        ] do
      failed("badges", "state = 'cancelled', " <> changes, args)
    end

    assert [_, _, _] = failed = BadgeForge.failed_jobs()
    for job <- failed, do: assert(%{badge_id: nil, name: nil} = job)
    assert Enum.all?(failed, &(String.length(&1.reason) <= 500))
  end

  test "are 100 at most" do
    1..101
    |> Enum.map(fn _job -> Oban.Job.new(%{}, queue: "badges", worker: @workers["badges"]) end)
    |> Oban.insert_all()

    Repo.query!("UPDATE public.oban_jobs SET state = 'cancelled', cancelled_at = now()")

    assert length(BadgeForge.failed_jobs()) == 100
  end
end
