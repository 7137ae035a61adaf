defmodule BadgeForge.SettingsTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.{Printer, Settings}

  setup do
    on_exit(fn -> :ok = Settings.load() end)
  end

  test "are kept, with the printer initialised" do
    changes = [
      badges_dir: "/srv/badges",
      health_file: "/run/healthy",
      log_args: false,
      print_timeout_s: 7,
      printer: {Printer.Spool, folder: "/srv/spool"},
      sheets_dir: "/srv/sheets"
    ]

    assert load(changes) == :ok

    assert Settings.get() == %Settings{
             badges_dir: "/srv/badges",
             health_file: "/run/healthy",
             log_args: false,
             print_timeout_s: 7,
             printer: {Printer.Spool, "/srv/spool"},
             sheets_dir: "/srv/sheets"
           }
  end

  test "have defaults" do
    assert load([spool_dir: "/srv/spool"], [:log_args, :print_timeout_s, :printer]) == :ok

    assert %Settings{log_args: true, print_timeout_s: 900, printer: {Printer.Spool, "/srv/spool"}} =
             Settings.get()
  end

  test "are refused with one line, and the others stay" do
    before = Settings.get()

    for {changes, line} <- [
          {[prnter: 1], "unknown option :prnter, did you mean :printer?"},
          {[badges_dir: nil], "badges_dir must be a folder, got: nil"},
          {[health_file: true], "health_file must be a file, got: true"},
          {[log_args: "no"], ~s(log_args must be true or false, got: "no")},
          {[print_timeout_s: 0],
           "print_timeout_s must be a whole number of seconds of at least 1, got: 0"},
          {[print_timeout_s: 1.5],
           "print_timeout_s must be a whole number of seconds of at least 1, got: 1.5"},
          {[spool_dir: nil], "printer BadgeForge.Printer.Spool: folder must be a path, got: nil"},
          {[printer: "spool"], ~s(printer must be a module or {module, options}, got: "spool")}
        ] do
      assert load(changes) == {:error, "config :badge_forge, " <> line}
      assert Settings.get() == before
    end
  end

  test "do not follow the application environment after the start" do
    before = Settings.get()
    with_env([badges_dir: "/elsewhere"], [], fn -> assert Settings.get() == before end)
  end

  test "that are wrong end the program with one line and exit code 1" do
    start = """
    Application.put_env(:badge_forge, :printer, BadgeForge.Printer.Spol)
    Application.ensure_all_started(:badge_forge)
    """

    args = ~w(run --no-start --no-compile --no-deps-check -e) ++ [start]
    opts = [env: %{"MIX_ENV" => "test"}, stderr_to_stdout: true]

    assert System.cmd("mix", args, opts) ==
             {"config :badge_forge, printer BadgeForge.Printer.Spol is not a module, " <>
                "did you mean BadgeForge.Printer.Spool?\n", 1}
  end

  defp load(changes, without \\ []), do: with_env(changes, without, &Settings.load/0)

  # Call `fun` with these keys changed, and those missing, in the application environment.
  defp with_env(changes, without, fun) do
    before = Application.get_all_env(:badge_forge)

    try do
      for key <- without, do: Application.delete_env(:badge_forge, key)
      Application.put_all_env(badge_forge: changes)
      fun.()
    after
      for {key, _value} <- changes, do: Application.delete_env(:badge_forge, key)
      Application.put_all_env(badge_forge: before)
    end
  end
end
