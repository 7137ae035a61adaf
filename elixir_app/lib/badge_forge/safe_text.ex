defmodule BadgeForge.SafeText do
  @moduledoc """
  Makes untrusted values safe to show in an error message or a log line.

  Control characters, line breaks, changes of direction and other invisible characters are escaped, as `\\u001b`
  for example. Joiners remain: Persian, Indic scripts and emoji need them. In Python, `badge_forge.text.text.escaped`
  does the same.
  """

  @excerpt_length 60

  @doc """
  Inspect a value and cut the result to #{@excerpt_length} characters.

  ## Examples

      iex> BadgeForge.SafeText.excerpt("countess")
      ~s("countess")
      iex> BadgeForge.SafeText.excerpt(["Ada", nil])
      ~s(["Ada", nil])
  """
  @spec excerpt(term) :: String.t()
  def excerpt(value) do
    shown = inspect(value, printable_limit: 4 * @excerpt_length, limit: @excerpt_length)
    shown = escaped(shown)

    if String.length(shown) > @excerpt_length,
      do: String.slice(shown, 0, @excerpt_length - 1) <> "…",
      else: shown
  end

  @doc "Return the name of a field as it is if it is a plain word, and an excerpt of it otherwise."
  @spec field(term) :: String.t()
  def field(name) do
    if is_binary(name) and name =~ ~r/\A[A-Za-z0-9_]{1,60}\z/, do: name, else: excerpt(name)
  end

  @doc """
  Escape the line breaks, escape sequences and changes of direction in a text. A value that is not a text is
  inspected.

  ## Examples

      iex> BadgeForge.SafeText.line("Ada\\e[2J\\n")
      "Ada\\\\u001b[2J\\\\u000a"
  """
  @spec line(term) :: String.t()
  def line(value) do
    text = if is_binary(value) and String.valid?(value), do: value, else: inspect(value)
    escaped(text)
  end

  @doc """
  Escape the lines of a log entry: as `line/1`, but line breaks remain, and what follows one is indented.
  """
  @spec lines(IO.chardata()) :: String.t()
  def lines(chardata) do
    chardata |> IO.chardata_to_string() |> String.split("\n") |> Enum.map_join("\n  ", &line/1)
  end

  defp escaped(text) do
    String.replace(text, ~r/(?![\x{200C}\x{200D}])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u, &escape/1)
  end

  # As in JSON: an emoji's tag, which is beyond 16 bits, is two.
  defp escape(character) do
    utf16 = :unicode.characters_to_binary(character, :utf8, {:utf16, :big})
    for <<unit::16 <- utf16>>, into: "", do: "\\u" <> hex(unit)
  end

  defp hex(unit) do
    unit |> Integer.to_string(16) |> String.downcase() |> String.pad_leading(4, "0")
  end
end
