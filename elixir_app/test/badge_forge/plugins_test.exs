defmodule BadgeForge.PluginsTest do
  use ExUnit.Case, async: true

  alias BadgeForge.Plugins

  test "the app's own configuration is accepted" do
    assert Plugins.check(Application.fetch_env!(:badge_forge, Oban)) == :ok
  end

  test "other plugins are accepted, and none" do
    for plugins <- [[], false, nil, [Oban.Plugins.Reindexer, {Oban.Plugins.Cron, crontab: []}]] do
      assert Plugins.check(plugins: plugins) == :ok
    end

    assert Plugins.check([]) == :ok
  end

  test "a plugin that prunes or rescues is refused, with its name and what to do" do
    for {plugin, name} <- [
          {Oban.Plugins.Lifeline, "Oban.Plugins.Lifeline"},
          {{Oban.Plugins.Pruner, max_age: 60}, "Oban.Plugins.Pruner"},
          {Oban.Pro.Plugins.DynamicLifeline, "Oban.Pro.Plugins.DynamicLifeline"},
          {{Oban.Pro.Plugins.DynamicPruner, []}, "Oban.Pro.Plugins.DynamicPruner"}
        ] do
      assert Plugins.check(plugins: [Oban.Plugins.Reindexer, plugin]) ==
               {:error,
                "config :badge_forge, Oban has the plugin #{name}, but the Python worker prunes " <>
                  "and rescues for both applications: remove it from `plugins:`"}
    end
  end

  test "the options of Oban 2.24 that start one are refused as well" do
    for {option, value} <- [pruner: [max_age: 60], pruner: true, lifeline: [interval: 60_000]] do
      assert {:error, line} = Plugins.check([{option, value}])
      assert line =~ "Oban has the option `#{option}:`"
      assert line =~ "remove it from the options"
    end

    assert Plugins.check(pruner: false, lifeline: nil) == :ok
  end

  test "the program ends with one line and exit code 1" do
    start = """
    config = Application.fetch_env!(:badge_forge, Oban)
    Application.put_env(:badge_forge, Oban, [plugins: [{Oban.Plugins.Lifeline, []}]] ++ config)
    Application.ensure_all_started(:badge_forge)
    """

    args = ~w(run --no-start --no-compile --no-deps-check -e) ++ [start]
    opts = [env: %{"MIX_ENV" => "test"}, stderr_to_stdout: true]

    assert {"config :badge_forge, Oban has the plugin Oban.Plugins.Lifeline" <> rest, 1} =
             System.cmd("mix", args, opts)

    assert [_one_line] = String.split(rest, "\n", trim: true)
  end
end
