defmodule BadgeForge.History.Job do
  @moduledoc "A job of a badge, of either queue: the row without what its history does not need."

  @enforce_keys [
    :id,
    :queue,
    :state,
    :attempt,
    :max_attempts,
    :priority,
    :inserted_at,
    :scheduled_at
  ]
  defstruct @enforce_keys ++
              [:name, :company, :type, :design, :file, :batch_id, :node] ++
              [:attempted_at, :completed_at, :cancelled_at, :discarded_at, errors: []]

  @typedoc "Times are in UTC. `node` is that of the last attempt. The errors are as Oban records them."
  @type t :: %__MODULE__{
          id: pos_integer,
          queue: String.t(),
          state: String.t(),
          attempt: non_neg_integer,
          max_attempts: pos_integer,
          priority: non_neg_integer,
          name: String.t() | nil,
          company: String.t() | nil,
          type: String.t() | nil,
          design: String.t() | nil,
          file: String.t() | nil,
          batch_id: String.t() | nil,
          node: String.t() | nil,
          inserted_at: DateTime.t(),
          scheduled_at: DateTime.t(),
          attempted_at: DateTime.t() | nil,
          completed_at: DateTime.t() | nil,
          cancelled_at: DateTime.t() | nil,
          discarded_at: DateTime.t() | nil,
          errors: [map]
        }

  @times [:inserted_at, :scheduled_at, :attempted_at, :completed_at, :cancelled_at, :discarded_at]

  @doc "Build a job from a row of `BadgeForge.Statements.badge_jobs/1`."
  @spec new(map) :: t
  def new(row) do
    job = struct!(__MODULE__, row)
    job = Enum.reduce(@times, job, fn key, job -> Map.update!(job, key, &time/1) end)
    %{job | errors: Oban.JSON.decode!(job.errors)}
  end

  @doc "Tell whether the job was cancelled or discarded."
  @spec failed?(t) :: boolean
  def failed?(%__MODULE__{state: state}), do: state in ~w(cancelled discarded)

  @doc "Parse a time of ISO 8601: `nil` if it is not one."
  @spec time(term) :: DateTime.t() | nil
  def time(text) when is_binary(text) do
    case DateTime.from_iso8601(text) do
      {:ok, time, _offset} -> time
      {:error, _reason} -> nil
    end
  end

  def time(_other), do: nil
end
