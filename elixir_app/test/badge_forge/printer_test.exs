defmodule BadgeForge.PrinterTest do
  use ExUnit.Case, async: true

  alias BadgeForge.{Printer, TestPrinter}
  alias BadgeForge.Printer.Spool

  defmodule Tray do
    @behaviour Printer

    @impl true
    def init(opts), do: {:initialised, opts}

    @impl true
    def print(badge, state), do: {:error, {badge, state}}
  end

  defmodule Without do
    def print(_badge), do: :ok
  end

  test "what init/1 returns is what print/2 gets" do
    assert {:ok, printer} = Printer.init({Tray, tray: 2})
    assert Printer.print(printer, %{id: 7}) == {:error, {%{id: 7}, {:initialised, [tray: 2]}}}
  end

  test "a module alone has no options" do
    assert Printer.init(Tray) == Printer.init({Tray, []})
  end

  test "options that the printer refuses are one line" do
    assert Printer.init({Spool, foldr: "/srv"}) ==
             {:error,
              "printer BadgeForge.Printer.Spool: unknown option :foldr, did you mean :folder?"}

    assert Printer.init({Spool, folder: 7}) ==
             {:error, "printer BadgeForge.Printer.Spool: folder must be a path, got: 7"}

    assert {:error, "printer BadgeForge.TestPrinter: options must be a keyword list" <> _} =
             Printer.init({TestPrinter, "out of paper"})
  end

  test "a module that does not exist is refused, with the one that was meant" do
    assert Printer.init({BadgeForge.Printer.Spol, []}) ==
             {:error,
              "printer BadgeForge.Printer.Spol is not a module, " <>
                "did you mean BadgeForge.Printer.Spool?"}

    assert {:error, "printer MyPrinter is not a module, expected one of BadgeForge." <> others} =
             Printer.init(MyPrinter)

    assert others =~ "Spool"
  end

  test "a module that is not a printer is refused" do
    for module <- [Without, String] do
      assert Printer.init(module) ==
               {:error,
                "printer #{inspect(module)} must have init/1 and print/2, see BadgeForge.Printer"}
    end
  end

  test "anything else is refused" do
    for other <- ["spool", {Spool, [], []}, [Spool], {"Spool", []}, 7] do
      assert {:error, "printer must be a module or {module, options}, got: " <> _} =
               Printer.init(other)
    end
  end
end
