defmodule BadgeForge.Failed do
  @moduledoc "Lists the jobs that failed for good, and why."

  alias BadgeForge.{SafeText, Statements}

  # As many as a person reads. Others are in the table.
  @limit 100

  @doc "The latest #{@limit} of them: see `BadgeForge.failed/0`."
  @spec list() :: [BadgeForge.failed()]
  def list, do: @limit |> Statements.failed() |> Enum.map(&failed/1)

  defp failed([id, queue, state, badge_id, name, attempt, error, at]) do
    %{
      id: id,
      queue: queue,
      state: state,
      badge_id: badge_id && SafeText.line(badge_id),
      name: name && SafeText.line(name),
      attempt: attempt,
      reason: error |> reason(state) |> SafeText.line(),
      at: time(at)
    }
  end

  defp time(nil), do: nil

  defp time(text) do
    case DateTime.from_iso8601(text) do
      {:ok, time, 0} -> time
      {:error, _infinity} -> nil
    end
  end

  @doc "Say why a job failed: the line of its last error without the exception's name."
  @spec reason(String.t() | nil, String.t()) :: String.t()
  def reason(nil, state), do: "#{state} without an error"
  def reason(error, _state), do: String.replace(error, ~r/\A\*\* \([\w.]+\) /, "")
end
