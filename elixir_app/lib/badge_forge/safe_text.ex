defmodule BadgeForge.SafeText do
  @moduledoc """
  Makes untrusted values safe to show in an error message or a log line: on one line, and without characters
  that are invisible or change the direction of the text around them.
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
    shown = String.replace(shown, ~r/[\p{C}\x{2028}\x{2029}]/u, "\uFFFD")

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
  Replace the line breaks, escape sequences and changes of direction in a text. A value that is not a text is
  inspected.
  """
  @spec line(term) :: String.t()
  def line(value) do
    text = if is_binary(value) and String.valid?(value), do: value, else: inspect(value)
    String.replace(text, ~r/[\p{Cc}\x{2028}-\x{202E}\x{2066}-\x{2069}]/u, "\uFFFD")
  end
end
