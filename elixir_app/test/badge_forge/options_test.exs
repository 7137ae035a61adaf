defmodule BadgeForge.OptionsTest do
  use ExUnit.Case, async: true

  alias BadgeForge.Options

  doctest Options

  @known [:badges_dir, :log_args, :print_timeout_s, :printer, :spool_dir]

  test "a misspelt option gets the right one suggested" do
    for {wrong, right} <- [
          prnter: :printer,
          printers: :printer,
          badge_dir: :badges_dir,
          badges_folder: :badges_dir,
          print_timeout_ms: :print_timeout_s,
          spooldir: :spool_dir,
          log_arg: :log_args
        ] do
      assert Options.check([{wrong, 1}], @known) ==
               {:error, "unknown option #{inspect(wrong)}, did you mean #{inspect(right)}?"}
    end
  end

  test "another word gets the list" do
    for wrong <- [:colour, :tray, :repo, :queue] do
      assert {:error, line} = Options.check([{wrong, 1}], @known)
      assert line =~ "expected one of :badges_dir, :log_args"
    end

    assert Options.check([tray: 2], []) == {:error, "unknown option :tray, expected none"}
  end

  test "check!/2 raises what check/2 returns" do
    assert Options.check!([printer: 1], @known) == :ok
    message = "unknown option :prnter, did you mean :printer?"
    assert_raise ArgumentError, message, fn -> Options.check!([prnter: 1], @known) end
  end
end
