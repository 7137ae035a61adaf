defmodule ObanForRecipesTest do
  @moduledoc """
  What the recipes of docs/bridge.md require of Oban and Ecto, and the stand-in has for them.
  """

  use BadgeForge.Case, async: false

  test "a transaction commits all it did, and returns the result" do
    assert {:ok, id} =
             Repo.transaction(fn ->
               job = Oban.insert!(TestWorker.new(%{do: "ok"}))
               Repo.query!("UPDATE public.oban_jobs SET priority = 3")
               job.id
             end)

    assert [%{"id" => ^id, "priority" => 3}] = jobs()
  end

  test "a transaction that raises leaves nothing, and the connection serves others" do
    for _turn <- 1..20 do
      assert_raise RuntimeError, "no", fn ->
        Repo.transaction(fn ->
          Oban.insert!(TestWorker.new(%{do: "ok"}))
          raise "no"
        end)
      end
    end

    assert jobs() == []
  end

  test "nothing remains of a transaction whose process is killed" do
    test = self()

    {pid, monitor} =
      spawn_monitor(fn ->
        Repo.transaction(fn ->
          Oban.insert!(TestWorker.new(%{do: "ok"}))
          send(test, :inserted)
          Process.sleep(:infinity)
        end)
      end)

    assert_receive :inserted, :timer.minutes(5)
    Process.exit(pid, :kill)
    assert_receive {:DOWN, ^monitor, :process, ^pid, :killed}, :timer.minutes(5)
    for _connection <- 1..20, do: assert(jobs() == [])
  end

  test "cancel_job cancels a job that has not ended, and no other" do
    [waiting, ended] = for _n <- 1..2, do: insert_job(%{do: "ok"})
    Repo.query!("UPDATE public.oban_jobs SET state = 'completed' WHERE id = $1::bigint", [ended])

    for id <- [waiting, ended], do: assert(Oban.cancel_job(id) == :ok)
    assert job(waiting)["state"] == "cancelled"
    assert job(waiting)["cancelled_at"]
    assert job(ended)["state"] == "completed"
  end
end
