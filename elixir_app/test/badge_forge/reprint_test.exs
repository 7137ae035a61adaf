defmodule BadgeForge.ReprintTest do
  use BadgeForge.Case, async: false

  import ExUnit.CaptureIO

  @unknown ~s[** (Oban.PerformError) B.PrintCenter failed with {:cancel, "unknown: check the tray: x"}]

  setup :folders

  # Inserts the jobs of a badge that was rendered, and its print with changes. Returns both ids.
  defp printed(changes, args \\ %{}, meta \\ %{}) do
    id = Ecto.UUID.generate()
    args = Map.merge(%{id: id, name: "Ada Lovelace", company: "", type: "speaker"}, args)
    opts = [queue: "badges", worker: "badge_forge.generator.GenerateBadge", meta: meta]
    {:ok, badge} = args |> Oban.Job.new(opts) |> Oban.insert()
    change_job(badge.id, "state = 'completed', attempt = 1")
    args = %{id: id, name: args.name, file: "x-#{id}.pdf", sha256: sha256("x")}
    opts = [queue: "printing", worker: "BadgeForge.PrintCenter", meta: %{desk: "north"}]
    {:ok, print} = args |> Oban.Job.new(opts) |> Oban.insert()
    change_job(print.id, changes)
    {id, print.id}
  end

  defp unknown do
    json = Oban.JSON.encode!(%{attempt: 1, at: "2026-01-01T00:00:00Z", error: @unknown})
    "state = 'cancelled', attempt = 1, errors = ARRAY['#{json}'::jsonb]"
  end

  test "is by id, job, e-mail, ticket or name, with a reason and a number" do
    args = %{name: "Jan Żółć", email: "Jan@Example.org"}
    {id, print} = printed("state = 'completed'", args, %{ticket: "AB-1"})
    printed("state = 'completed'")

    for {who, number} <- Enum.with_index([id, print, "jan@example.ORG", "AB-1", "zolc"], 1) do
      assert {:ok, %{badge_id: ^id, job_id: job_id, number: ^number}} =
               BadgeForge.reprint(who, " the paper\njammed ")

      assert %{"state" => "available", "priority" => 0, "meta" => meta} = job(job_id)
      assert meta == %{"desk" => "north", "print_again" => true}
      assert [%{"error" => error}] = job(job_id)["errors"]
      assert error == "reprint #{number}: the paper jammed"
      change_job(job_id, "state = 'completed'")
    end

    shown = capture_io(fn -> BadgeForge.why(id) end)
    assert shown =~ ~r/retried .*reprint 5: the paper jammed/
  end

  test "needs a reason, and is one at a time" do
    {id, _print} = printed("state = 'completed'")

    for {reason, line} <- [
          {nil, "it was printed: say why it is printed again"},
          {" ", "the reason must be a text of 1 to 200 characters, got: \" \""},
          {7, "the reason must be a text of 1 to 200 characters, got: 7"},
          {String.duplicate("x", 201), "the reason must be a text of 1 to 200 characters"}
        ] do
      assert {:error, error} = BadgeForge.reprint(id, reason)
      assert error =~ line
    end

    assert {:ok, %{job_id: job_id}} = BadgeForge.reprint(id, "lost")

    assert BadgeForge.reprint(id, "lost") ==
             {:error, "not printed again: its job #{job_id} has not ended"}
  end

  test "lists the badges if several match, and prints none" do
    {one, _print} = printed("state = 'completed'")
    {other, _print} = printed("state = 'completed'", %{name: "Ada Byron"})
    assert {:error, line} = BadgeForge.reprint("ada", "lost")
    assert line =~ "\"ada\" matches 2 badges: give the id of one: "
    assert line =~ one and line =~ other <> " Ada Byron"

    assert BadgeForge.reprint("grace", "x") ==
             {:error, "no badge is known by \"grace\": check the spelling"}

    for nonsense <- ["", "\0", 0, nil, -1],
        do: assert({:error, _} = BadgeForge.reprint(nonsense, "x"))

    assert length(jobs()) == 4
  end

  test "is refused for a badge that was not printed" do
    for changes <- ["state = 'cancelled'", "state = 'discarded'"] do
      {id, _print} = printed(changes)
      assert {:error, "not printed again: " <> _} = BadgeForge.reprint(id, "x")
      assert {:error, "it has no print that ended as unknown"} = BadgeForge.printed(id)
    end
  end

  test "of a print that ended as unknown is another copy, and needs no reason" do
    {id, print} = printed(unknown())
    assert {:ok, %{job_id: ^print, number: 1}} = BadgeForge.reprint(id, nil)
    assert %{"state" => "available", "meta" => %{"print_again" => copy}} = job(print)
    assert is_integer(copy) and copy != print
    assert BadgeForge.failed() == []
  end

  test "is not needed if a person finds the badge in the tray" do
    {id, print} = printed(unknown())
    assert BadgeForge.printed("lovelace") == {:ok, %{badge_id: id, job_id: print}}
    assert job(print)["state"] == "completed"
    shown = capture_io(fn -> BadgeForge.why(id) end)
    assert shown =~ ~r/settled .*a person found it in the tray/
    assert shown =~ "State:  printed"
  end
end
