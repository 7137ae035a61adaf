defmodule BadgeForge.LogArgs do
  @moduledoc """
  May log lines show what jobs hold, people's names for one? `LOG_ARGS` says so, for both languages.

  What a line leaves out stands in the job's row.
  """

  @doc "Return `line` if log lines may show it, or else `without`, which has no more than ids in it."
  @spec line(String.t(), String.t()) :: String.t()
  def line(line, without) do
    if Application.get_env(:badge_forge, :log_args, true), do: line, else: without
  end
end
