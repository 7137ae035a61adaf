defmodule BadgeForge.History.Event do
  @moduledoc """
  Something that happened to a job, as far as its row tells.

  Oban overwrites the start of an attempt with that of the next, and keeps the errors of all attempts. So the start,
  the node and the duration are known of the last attempt only.
  """

  alias BadgeForge.History.Job

  @enforce_keys [:at, :what, :queue, :job_id]
  defstruct @enforce_keys ++ [:attempt, :node, :seconds, detail: ""]

  @typedoc """
  `:confirmed` is the insert of a print, and `:discarded` the failure of the last attempt. `seconds` is how long the
  job waited for its start, or how long the attempt took that ended.
  """
  @type t :: %__MODULE__{
          at: DateTime.t(),
          what:
            :enqueued
            | :confirmed
            | :retried
            | :settled
            | :started
            | :failed
            | :rescued
            | :snoozed
            | :cancelled
            | :discarded
            | :rendered
            | :printed,
          queue: String.t(),
          job_id: pos_integer,
          attempt: non_neg_integer | nil,
          node: String.t() | nil,
          seconds: float | nil,
          detail: String.t()
        }

  # What `badge-forge retry` adds to the attempts that were used.
  @more_attempts 5

  @longest_reason 500

  @doc "Return what happened to a job, in the order of time."
  @spec of(Job.t()) :: [t]
  def of(%Job{} = job) do
    found = errors(job) ++ started(job) ++ ended(job)
    found = Enum.sort_by(found ++ without_error(job, found), & &1.at, DateTime)
    [enqueued(job) | Enum.sort_by(found ++ rescheduled(job, found), & &1.at, DateTime)]
  end

  @doc """
  Return what a recorded error says, in one line: without its stack trace and Oban's quotes.

      iex> BadgeForge.History.Event.reason("Traceback:\\n  …\\nbadge_forge.errors.StorageError: no space")
      "StorageError: no space"
      iex> BadgeForge.History.Event.reason("** (ArgumentError) the tray is empty\\n    lib/printer.ex:7")
      "** (ArgumentError) the tray is empty"
      iex> BadgeForge.History.Event.reason(~S[** (Oban.PerformError) X failed with {:cancel, "path: no such file"}])
      "path: no such file"
  """
  @spec reason(term) :: String.t()
  def reason(error) when is_binary(error) do
    lines = error |> String.trim() |> String.split("\n")
    line = if String.starts_with?(error, "** ("), do: hd(lines), else: List.last(lines)

    said =
      case Regex.run(~r/\A\*\* \(Oban\.PerformError\) \S+ failed with {:[a-z]+, "(.*)"}\z/, line) do
        [_all, quoted] -> String.replace(quoted, ~S(\"), ~S("))
        nil -> String.replace(line, ~r/\A(\w+\.)+(?=\w+: )/, "")
      end

    if said == "", do: reason(nil), else: String.slice(said, 0, @longest_reason)
  end

  def reason(_none), do: "no reason was recorded"

  defp enqueued(job) do
    what = if job.queue == "badges", do: :enqueued, else: :confirmed
    batch = if job.batch_id, do: "batch #{job.batch_id}, ", else: ""
    later = DateTime.diff(job.scheduled_at, job.inserted_at)

    later =
      if later > 1 and job.attempt == 0 and job.errors == [], do: ", to run #{later} s later"

    %{event(job, job.inserted_at, what) | attempt: nil, node: nil}
    |> Map.put(:detail, "#{batch}priority #{job.priority}#{later}")
  end

  defp errors(job) do
    for {error, index} <- Enum.with_index(job.errors, 1), is_map(error) do
      at = Job.time(error["at"]) || job.attempted_at || job.inserted_at
      last? = index == length(job.errors) and job.state == "discarded"
      what = if last?, do: :discarded, else: kind(error["error"])
      event = %{event(job, at, what) | detail: reason(error["error"])}

      cond do
        # Between two attempts.
        what in [:retried, :settled] -> %{event | attempt: nil, node: nil}
        error["attempt"] == job.attempt -> %{event | seconds: seconds(job.attempted_at, at)}
        true -> %{event | attempt: error["attempt"], node: nil}
      end
    end
  end

  # From how each library and each statement writes an error. A cancellation is one line of words.
  defp kind("rescued:" <> _rest), do: :rescued

  # A print that was asked for again (migrations 0011 and 0014), and one that a person found in the tray.
  defp kind("reprint" <> _rest), do: :retried
  defp kind("printed: " <> _rest), do: :settled

  defp kind(error) when is_binary(error) do
    cond do
      error =~ ~r/\A\*\* \([^\n]* failed with {:cancel,/ -> :cancelled
      error =~ ~r/\A\*\* \(|\ATraceback |\n.|\A\w+\(.*\)\z/ -> :failed
      true -> :cancelled
    end
  end

  defp kind(_none), do: :failed

  defp started(%Job{attempted_at: nil}), do: []

  defp started(job) do
    early? = DateTime.compare(job.scheduled_at, job.attempted_at) == :gt
    due = if early?, do: job.inserted_at, else: job.scheduled_at
    [%{event(job, job.attempted_at, :started) | seconds: seconds(due, job.attempted_at)}]
  end

  defp ended(%Job{state: "completed", completed_at: %DateTime{} = at} = job) do
    what = if job.queue == "badges", do: :rendered, else: :printed
    [%{event(job, at, what) | seconds: seconds(job.attempted_at, at)}]
  end

  defp ended(_job), do: []

  # A job that was cancelled or discarded without a recorded reason.
  defp without_error(job, found) do
    what = if job.state == "cancelled", do: :cancelled, else: :discarded

    if Job.failed?(job) and not Enum.any?(found, &(&1.what == what)) do
      at = job.cancelled_at || job.discarded_at || job.inserted_at
      [%{event(job, at, what) | detail: reason(nil)}]
    else
      []
    end
  end

  defp rescheduled(job, found) do
    cond do
      retried?(job, found) and not Enum.any?(found, &(&1.what == :retried)) ->
        [%{event(job, job.scheduled_at, :retried) | attempt: nil, node: nil}]

      job.state == "scheduled" and job.attempt > 0 ->
        [%{event(job, job.scheduled_at, :snoozed) | detail: "runs again at this time"}]

      true ->
        []
    end
  end

  # A retry sets `scheduled_at`. A cancelled job runs again only if it is retried. `badge-forge retry` also raises
  # the attempts of a badge, to 5 more than were used.
  defp retried?(job, found) do
    errors = Enum.reject(found, &(&1.what in [:started, :rendered, :printed]))
    before = Enum.filter(errors, &(DateTime.compare(&1.at, job.scheduled_at) != :gt))
    used = job.max_attempts - @more_attempts

    raised? =
      job.queue == "badges" and used >= 1 and used <= job.attempt and
        not Enum.any?(errors, &(is_integer(&1.attempt) and &1.attempt > used))

    DateTime.compare(job.scheduled_at, job.inserted_at) == :gt and job.state != "retryable" and
      (match?(%{what: :cancelled}, List.last(before)) or raised?)
  end

  defp event(job, at, what) do
    %__MODULE__{
      at: at,
      what: what,
      queue: job.queue,
      job_id: job.id,
      attempt: job.attempt,
      node: job.node
    }
  end

  defp seconds(nil, _until), do: nil
  defp seconds(from, until), do: max(0, DateTime.diff(until, from, :microsecond)) / 1_000_000
end
