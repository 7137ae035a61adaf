defmodule BadgeForge.Failed do
  @moduledoc "Lists the jobs that failed for good, and why."

  alias BadgeForge.{JobFilter, SafeText, Statements}

  # As many as a person reads. Others are in the table.
  @limit 100

  @most_grouped 100_000

  @doc "The latest #{@limit} of them: see `BadgeForge.failed_jobs/1`."
  @spec list(JobFilter.t()) :: [BadgeForge.failed()]
  def list(filter), do: filter |> Statements.failed(@limit) |> Enum.map(&failed/1)

  @doc "All of them by cause, the largest group first: see `BadgeForge.failed/1`."
  @spec grouped(JobFilter.t()) :: [BadgeForge.failure()]
  def grouped(filter) do
    filter
    |> Statements.failed(@most_grouped)
    |> Enum.map(&failed/1)
    |> Enum.group_by(&{&1.queue, cause(&1.reason)})
    |> Enum.map(fn {{queue, cause}, [latest | _] = jobs} ->
      %{
        queue: queue,
        cause: cause,
        jobs: length(jobs),
        ids: Enum.map(jobs, & &1.id),
        latest: latest
      }
    end)
    |> Enum.sort_by(&{-&1.jobs, &1.queue, &1.cause})
  end

  # Without what differs between failures of one cause: ids, paths, quoted values and numbers.
  defp cause(reason) do
    varies = ~r<[0-9a-f]{8}-[0-9a-f-]{27}|/[^ :,;"']+|"[^"]*("|$)|'[^']*('|$)|[0-9]+>
    String.replace(said(reason), varies, "…")
  end

  # Oban quotes what a worker returns: without the quotes, its words tell causes apart.
  defp said(reason) do
    case Regex.run(~r/\A\S+ failed with {:[a-z]+, "(.*)"}\z/, reason) do
      [_all, said] -> said
      nil -> reason
    end
  end

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

  @doc "Parse a time of a row, in ISO 8601: nil if it is not one."
  @spec time(String.t() | nil) :: DateTime.t() | nil
  def time(nil), do: nil

  def time(text) do
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
