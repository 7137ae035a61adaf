defmodule Mix.Tasks.BadgeForge.EnqueueTest do
  use BadgeForge.Case, async: false

  import ExUnit.CaptureIO

  alias Mix.Tasks.BadgeForge.Enqueue

  @batch_id "0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e"

  setup do
    level = Logger.level()
    oban = Application.fetch_env!(:badge_forge, Oban)

    on_exit(fn ->
      Logger.configure(level: level)
      Application.put_env(:badge_forge, Oban, oban)
    end)
  end

  test "enqueues a batch and prints one line" do
    assert capture_io(fn -> Enqueue.run(["10", "--batch-id", @batch_id]) end) ==
             "Enqueued 10 badges as batch #{@batch_id}\n"

    assert length(jobs()) == 10
    assert Enum.all?(jobs(), &match?(%{"batch_id" => @batch_id}, &1["meta"]))
  end

  test "enqueues 100 badges by default" do
    assert capture_io(fn -> Enqueue.run([]) end) =~ "Enqueued 100 badges as batch "
    assert length(jobs()) == 100
  end

  test "gives every badge the design, event and QR code of its options" do
    argv = ["3", "--design", "a6", "--event", "Oban Conf", "--qr", "none"]
    assert capture_io(fn -> Enqueue.run(argv) end) =~ "Enqueued 3 badges as batch "

    assert [_, _, _] = jobs()

    for %{"args" => args} <- jobs() do
      assert %{"design" => "a6", "event" => "Oban Conf", "qr" => "none"} = args
    end
  end

  @tag :tmp_dir
  test "writes the ids of the jobs, and not those of other jobs of the batch", %{tmp_dir: folder} do
    file = Path.join(folder, "ids.txt")
    insert_job(%{}, meta: %{"batch_id" => @batch_id})
    argv = ["1003", "--batch-id", @batch_id, "--ids", file]
    capture_io(fn -> Enqueue.run(argv) end)

    assert [_foreign | ids] = jobs() |> Enum.map(& &1["id"])
    assert length(ids) == 1003
    assert file |> File.read!() |> String.split("\n", trim: true) == Enum.map(ids, &"#{&1}")

    error = capture_io(:stderr, fn -> assert catch_exit(Enqueue.run(argv)) == {:shutdown, 1} end)
    assert error =~ "could not enqueue: could not open"
  end

  test "documents its options" do
    {:docs_v1, _, _, _, %{"en" => help}, _, _} = Code.fetch_docs(Enqueue)
    for option <- ~w(--batch-id --design --event --qr), do: assert(help =~ "`#{option}` - ")
  end

  test "answers a wrong argument with one line and exit code 2" do
    for argv <- [
          ["0"],
          ["-1"],
          ["ten"],
          ["1.5"],
          ["10", "20"],
          ["--colour", "red"],
          ["--batch-id"],
          ["--batch-id", "monday"],
          ["--design"],
          ["--design", "A6"],
          ["--design", "../../etc"],
          ["--event", ""],
          ["--event", String.duplicate("x", 61)],
          ["--qr", "name"],
          ["--qr", "url"]
        ] do
      error =
        capture_io(:stderr, fn ->
          assert catch_exit(Enqueue.run(argv)) == {:shutdown, 2}
        end)

      assert [line] = String.split(error, "\n", trim: true)
      assert line =~ "usage: mix badge_forge.enqueue [COUNT] [--batch-id UUID] [--design NAME]"
    end

    assert jobs() == []
  end

  test "ends with one line and exit code 1 when the database fails" do
    Repo.query!("ALTER TABLE oban_jobs RENAME TO moved")
    on_exit(fn -> Repo.query!("ALTER TABLE IF EXISTS moved RENAME TO oban_jobs") end)

    error =
      capture_io(:stderr, fn ->
        assert catch_exit(Enqueue.run(["1"])) == {:shutdown, 1}
      end)

    Repo.query!("ALTER TABLE moved RENAME TO oban_jobs")
    assert [line] = String.split(error, "\n", trim: true)
    assert line =~ "could not enqueue"
  end

  test "from a shell starts no queue and prints only its line" do
    args = ["badge_forge.enqueue", "3", "--batch-id", @batch_id]
    opts = [env: %{"MIX_ENV" => "test"}, stderr_to_stdout: true]
    assert {output, 0} = System.cmd("mix", args, opts)

    assert output =~ ~r/\AEnqueued 3 badges as batch #{@batch_id}\n\z/
    assert length(jobs()) == 3
  end
end
