defmodule BadgeForge.LogFormat do
  @moduledoc """
  Formats log entries. What reaches the log from a row, also in a crash report, cannot control the terminal or forge
  an entry.
  """

  alias BadgeForge.SafeText

  @pattern Logger.Formatter.compile("[$level] $metadata$message\n")

  @doc "Format an entry, for the configuration of `Logger`."
  @spec format(atom, IO.chardata(), tuple, keyword) :: IO.chardata()
  def format(level, message, time, metadata) do
    Logger.Formatter.format(@pattern, level, safe(message), time, metadata)
  end

  # Whatever is wrong with an entry, it is logged.
  defp safe(message) do
    SafeText.lines(message)
  rescue
    _not_text -> SafeText.line(message)
  end
end
