defmodule BadgeForge.LogArgs do
  @moduledoc """
  May log lines show what jobs hold, people's names for one? `LOG_ARGS` says so, for both languages.

  What a line leaves out stands in the job's row.
  """

  alias BadgeForge.Settings

  @doc "Return `line` if log lines may show it, or else `without`, which has no more than ids in it."
  @spec line(String.t(), String.t()) :: String.t()
  def line(line, without) do
    if Settings.get().log_args, do: line, else: without
  end
end
