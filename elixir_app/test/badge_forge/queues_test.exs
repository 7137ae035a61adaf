defmodule BadgeForge.QueuesTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.{Contract, Noticed, PrintCenter, Queues}

  @signs [worker: "room_signs.MakeSign", contract: :example_sign]

  test "are those of both applications, with their workers" do
    workers = for queue <- Queues.all(), do: {queue.name, Queues.worker(queue)}

    assert {"badges", "badge_forge.generator.GenerateBadge"} in workers
    assert {"printing", "BadgeForge.PrintCenter"} in workers
  end

  test "of modules run here, with their limits, and the others do not" do
    put_queues(signs: @signs, noticed: [worker: Noticed, limit: 7])
    names = String.split(Queues.names(), ",")
    assert ~w(badges printing printers signs noticed) -- names == []
    queues = Queues.put_into(name: Oban)[:queues]
    assert queues[:noticed] == 7
    assert queues[:printing] > 0
    assert Keyword.take(queues, [:badges, :signs]) == []
  end

  test "do not run in an Oban that is to run none" do
    assert Queues.put_into(queues: []) == [queues: []]
  end

  test "have defaults" do
    put_queues(noticed: [worker: Noticed])
    assert %Queues{limit: 1, timeout_s: 300, contract: nil} = Queues.fetch!("noticed")
  end

  test "are refused with one line, and the others stay" do
    before = Queues.all()

    for {queues, line} <- [
          {:none, "queues must be a keyword list, got: :none"},
          {[signs: []],
           "queues: signs: worker must be a module or the path of a Python class, got: nil"},
          {[signs: [worker: "MakeSign"]],
           ~s(queues: signs: worker must be the path of a Python class, got: "MakeSign")},
          {[noticed: [worker: Notced]],
           "queues: noticed: the worker Notced is not a module of this app"},
          {[noticed: [worker: Queues]],
           "queues: noticed: the worker BadgeForge.Queues has no perform/1"},
          {[noticed: [worker: Noticed, limits: 3]],
           "queues: noticed: unknown option :limits, did you mean :limit?"},
          {[noticed: [worker: Noticed, limit: 0]],
           "queues: noticed: limit must be a whole number of at least 1, got: 0"},
          {[noticed: [worker: Noticed, timeout_s: 1.5]],
           "queues: noticed: timeout_s must be a whole number of at least 1, got: 1.5"},
          {[signs: @signs ++ [limit: 2]],
           "queues: signs: limit is the Python worker's: remove it here"},
          {[noticed: [worker: Noticed, contract: :notice]],
           "queues: noticed: there is no contract :notice, expected one of " <>
             inspect(Contract.names())},
          {[Noticed: [worker: Noticed]],
           "queues: Noticed: a queue's name has a-z, 0-9, _ and - only"},
          {[printing: [worker: PrintCenter], more: [worker: PrintCenter]],
           "queues: more: BadgeForge.PrintCenter has a queue"}
        ] do
      assert load(queues) == {:error, "config :badge_forge, " <> line}
      assert Queues.all() == before
    end
  end

  test "are refused in Oban's own options" do
    oban = Application.fetch_env!(:badge_forge, Oban)
    on_exit(fn -> Application.put_env(:badge_forge, Oban, oban) end)
    Application.put_env(:badge_forge, Oban, [queues: [mail: 3]] ++ oban)

    assert Queues.load() ==
             {:error,
              "config :badge_forge, Oban has `queues:`: move them to `config :badge_forge, :queues`"}
  end

  test "whose worker is missing end the program with one line and exit code 1" do
    start = """
    Application.put_env(:badge_forge, :queues, [noticed: [worker: Notced]])
    Application.ensure_all_started(:badge_forge)
    """

    args = ~w(run --no-start --no-compile --no-deps-check -e) ++ [start]
    opts = [env: %{"MIX_ENV" => "test"}, stderr_to_stdout: true]

    assert {"config :badge_forge, queues: noticed: the worker Notced is not" <> rest, 1} =
             System.cmd("mix", args, opts)

    assert [_one_line] = String.split(rest, "\n", trim: true)
  end

  defp load(queues) do
    before = Application.fetch_env!(:badge_forge, :queues)
    Application.put_env(:badge_forge, :queues, queues)
    result = Queues.load()
    Application.put_env(:badge_forge, :queues, before)
    result
  end
end
