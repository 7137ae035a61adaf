defmodule BadgeForge.Printer.IPP.ReasonsTest do
  use ExUnit.Case, async: true

  alias BadgeForge.Printer.IPP.Reasons

  doctest Reasons

  test "a printer that can print is not blocked, whatever it warns of" do
    for reason <- ["none", "media-low-warning", "toner-low", "marker-supply-low-report", 7, nil],
        do: assert(Reasons.blocking([reason]) == nil)
  end

  test "what blocks a printer is told once, in words, whatever the suffix" do
    assert Reasons.blocking(~w(media-empty-error media-needed-report cover-open)) ==
             "out of paper, a cover is open"
  end

  test "a text of a printer is one harmless line" do
    assert Reasons.text("jam\e[2J\n" <> String.duplicate("x", 1_000)) =~
             ~r/\Ajam\\u001b\[2J\\u000ax+\z/

    assert String.length(Reasons.text(String.duplicate("x", 1_000))) == 200
  end
end
