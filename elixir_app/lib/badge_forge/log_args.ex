defmodule BadgeForge.LogArgs do
  @moduledoc """
  Keeps job args, and with them people's names, out of log lines if the setting `:log_args` is false.

  `LOG_ARGS` has the same meaning for the Python worker. The args themselves are in the job's row.
  """

  alias BadgeForge.Settings

  @doc "Return `line` if log lines may contain args, and otherwise `without`, which has ids only."
  @spec line(String.t(), String.t()) :: String.t()
  def line(line, without) do
    if Settings.get().log_args, do: line, else: without
  end
end
