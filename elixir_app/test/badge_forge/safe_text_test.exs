defmodule BadgeForge.SafeTextTest do
  use ExUnit.Case, async: true

  alias BadgeForge.SafeText

  doctest SafeText

  @hostile ["\e[2J\n\r\t\x85", "\u202Egnp.exe\u2066", "a\u2028b\u2029c", <<255>>, [7], %{a: "\n"}]

  @unsafe ~r/[\p{Cc}\x{61C}\x{200E}\x{200F}\x{2028}-\x{202E}\x{2066}-\x{2069}]/u

  test "what it returns has no line break, escape sequence or change of direction" do
    for value <- @hostile, show <- [&SafeText.excerpt/1, &SafeText.field/1, &SafeText.line/1] do
      refute show.(value) =~ @unsafe
    end
  end

  test "an excerpt has 60 characters at most" do
    for value <- [String.duplicate("é", 1_000), Enum.to_list(1..1_000), %{a: %{b: 1..9}}] do
      assert String.length(SafeText.excerpt(value)) <= 60
    end
  end

  test "a field is shown as it is if it is a plain word" do
    assert SafeText.field("badge_id") == "badge_id"
    assert SafeText.field("badge id") == ~s("badge id")
    assert SafeText.field(7) == "7"
  end

  test "a line keeps its letters, whatever their script" do
    for name <- ["Nguyễn Thị Ánh 🎫", "احمدی\u200Cنژاد", "👩\u200D💻"],
        do: assert(SafeText.line(name) == name)
  end

  test "a control character is shown as the escape that JSON has for it" do
    for {character, shown} <- [
          {"\e", "\\u001b"},
          {"\n", "\\u000a"},
          {"\u0085", "\\u0085"},
          {"\u2028", "\\u2028"},
          {"\u202E", "\\u202e"},
          {"\u{E0041}", "\\udb40\\udc41"}
        ],
        do: assert(SafeText.line("a#{character}b") == "a#{shown}b")
  end
end
