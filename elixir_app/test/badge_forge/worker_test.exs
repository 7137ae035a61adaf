defmodule BadgeForge.WorkerTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.Noticed

  @contracts Path.expand("../../../db/contracts/examples", __DIR__)
  @args %{"room" => "hall-1", "text" => "Keynote"}

  defp start(opts \\ []) do
    Noticed.listen(opts)
    start_oban(queues: [noticed: 2])
  end

  defp insert(args) do
    {:ok, job} = args |> Noticed.new() |> Oban.insert()
    job.id
  end

  test "its work gets args that keep the contract, and its answer is the job's outcome" do
    start()

    for {answer, state} <- [ok: "completed", error: "retryable", cancel: "cancelled"] do
      id = insert(@args)
      assert_receive {:noticed, @args, pid}
      send(pid, {:answer, if(answer == :ok, do: :ok, else: {answer, "out of paper"})})
      await_state(id, state)
    end
  end

  for contract <- ~w(example_sign example_notice) do
    test "args that break the contract #{contract} cancel the job, with the field" do
      start(contract: String.to_atom(unquote(contract)))

      for file <- Path.wildcard("#{@contracts}/#{unquote(contract)}/invalid/*.json") do
        %{"field" => field, "args" => args} = file |> File.read!() |> Oban.JSON.decode!()
        job = await_state(insert(args), "cancelled")
        assert [%{"error" => error}] = job["errors"]
        assert error =~ ~s({:cancel, "#{field}: )
      end

      refute_received {:noticed, _args, _pid}
    end
  end

  test "without a contract, it gets any args" do
    start(contract: nil)
    insert(%{"any" => 1})
    assert_receive {:noticed, %{"any" => 1}, pid}
    send(pid, {:answer, :ok})
  end

  test "it is ended after the time limit of its queue" do
    start(timeout_s: 1)
    id = insert(@args)
    assert [%{"error" => error}] = await_state(id, "retryable")["errors"]
    assert error =~ "timed out after 1000ms"
  end

  test "it is ended when its job is cancelled in the table" do
    start()
    id = insert(@args)
    assert_receive {:noticed, _args, pid}
    monitor = Process.monitor(pid)
    change_job(id, "state = 'cancelled', cancelled_at = now()")
    assert_receive {:DOWN, ^monitor, :process, ^pid, _reason}
  end
end
