defmodule BadgeForge.LogFormatTest do
  use ExUnit.Case, async: true

  import ExUnit.CaptureLog

  alias BadgeForge.LogFormat

  require Logger

  @hostile "\e[2J\e]0;x\a\r\n[error] forged\x7F\u009B31m\u2028\u2029\u202Egnp.exe\u2066"
  @unsafe ~r/[^\P{Cc}\n]|[\x{2028}-\x{202E}\x{2066}-\x{2069}]/u

  defp logged(message) do
    :error
    |> LogFormat.format(message, {{2026, 1, 1}, {0, 0, 0, 0}}, [])
    |> IO.chardata_to_string()
  end

  test "an entry has no control character, and forges no other entry" do
    for message <- [@hostile, ["a ", [@hostile]], ~c"b \e", <<255>>, ["x", 0xDC00]] do
      refute logged(message) =~ @unsafe
      assert logged(message) |> String.split("[error]") |> length() <= 3

      assert ["[error] " <> _first | others] =
               message |> logged() |> String.split("\n", trim: true)

      assert Enum.all?(others, &String.starts_with?(&1, "  "))
    end
  end

  test "every entry of the app is formatted so" do
    for key <- [:console, :default_formatter] do
      assert Application.get_env(:logger, key)[:format] == {LogFormat, :format}
    end

    log = capture_log([format: {LogFormat, :format}], fn -> Logger.error(@hostile) end)
    refute IO.ANSI.format([log], false) |> IO.chardata_to_string() =~ "\e]0"
    assert log =~ "\\u001b[2J"
  end
end
