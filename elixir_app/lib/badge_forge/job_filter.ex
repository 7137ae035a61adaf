defmodule BadgeForge.JobFilter do
  @moduledoc """
  Which jobs an operation is about. Its options are those of the command line:

    * `:batch` - the id of a batch
    * `:type` - a type of attendees
    * `:since` - what was enqueued, retried, tried or ended since: a `DateTime`, or a text as `"30m"`, `"2h"`, `"3d"`,
      `"10:30"`, `"2026-11-29"` or `"2026-11-29T10:30"`, in local time
    * `:name` - a part of the name, without regard to case and accents
    * `:event` - the slug of an event

  Jobs must meet all that is given. Only those of the queues of `BadgeForge.Queues` are ever meant.
  """

  alias BadgeForge.{History, Options, Queues, SafeText}

  defstruct [:queues, :ids, :batch, :type, :since, :name, :event]

  @type t :: %__MODULE__{
          queues: [String.t()] | nil,
          ids: [pos_integer] | nil,
          batch: String.t() | nil,
          type: String.t() | nil,
          since: DateTime.t() | nil,
          name: String.t() | nil,
          event: String.t() | nil
        }

  @texts [:batch, :type, :name, :event]
  @options [:since | @texts]
  @longest 200
  @last_id 2 ** 63 - 1

  @doc "Validate options: `{:ok, filter}`, or one line that says what is wrong."
  @spec new(term) :: {:ok, t} | {:error, String.t()}
  def new(opts) do
    with :ok <- Options.check(opts, @options),
         nil <- Enum.find_value(@texts, &wrong_text(&1, opts[&1])),
         {:ok, since} <- since(opts[:since]) do
      {:ok, struct!(__MODULE__, Keyword.put(opts, :since, since))}
    else
      {:error, line} -> {:error, line}
      line -> {:error, line}
    end
  end

  @doc """
  Validate what an operation that changes jobs got: ids, options, or `:all`. Nothing at all is an error.

      iex> BadgeForge.JobFilter.choice([])
      {:error, "nothing says which jobs: give a job's id, a list of them, a filter such as batch: id, or :all"}
      iex> BadgeForge.JobFilter.choice(4711)
      {:ok, %BadgeForge.JobFilter{ids: [4711]}}
  """
  @spec choice(term) :: {:ok, t} | {:error, String.t()}
  def choice(:all), do: {:ok, %__MODULE__{}}
  def choice(id) when is_integer(id), do: choice([id])

  def choice([]) do
    {:error,
     "nothing says which jobs: give a job's id, a list of them, a filter such as batch: id, or :all"}
  end

  def choice([id | _] = ids) when is_integer(id) do
    case Enum.reject(ids, &(&1 in 1..@last_id)) do
      [] ->
        {:ok, %__MODULE__{ids: ids}}

      [wrong | _] ->
        {:error, "a job's id must be a number from 1 up, got: #{SafeText.excerpt(wrong)}"}
    end
  end

  def choice(opts), do: new(opts)

  @doc "Return the parameters of the condition in `BadgeForge.Statements`, each a text or nil."
  @spec parameters(t) :: [String.t() | nil]
  def parameters(%__MODULE__{} = filter) do
    known = Enum.map(Queues.all(), & &1.name)
    queues = if filter.queues, do: Enum.filter(filter.queues, &(&1 in known)), else: known

    [
      Enum.join(queues, ","),
      filter.ids && Enum.join(filter.ids, ","),
      filter.batch,
      filter.type,
      filter.since &&
        filter.since |> DateTime.shift_zone!("Etc/UTC") |> DateTime.to_naive() |> to_string(),
      filter.name && "%#{escaped(filter.name)}%",
      filter.name && "%#{filter.name |> History.unaccented() |> escaped()}%",
      filter.event
    ]
  end

  # The pattern of LIKE for a text itself.
  defp escaped(text), do: String.replace(text, ~r/[\\%_]/, "\\\\\\0")

  defp wrong_text(_name, nil), do: nil

  defp wrong_text(name, value) do
    valid? =
      is_binary(value) and String.valid?(value) and String.trim(value) != "" and
        String.length(value) <= @longest and not String.contains?(value, "\0")

    if not valid?,
      do: "#{name} must be a text of 1 to #{@longest} characters, got: #{SafeText.excerpt(value)}"
  end

  defp since(nil), do: {:ok, nil}
  defp since(%DateTime{} = time), do: {:ok, time}

  defp since(text) when is_binary(text) do
    parsed =
      ago(text) || clock(text) || zoned(text) || local("#{text}") || local("#{text}T00:00:00")

    if parsed, do: {:ok, parsed}, else: no_time(text)
  end

  defp since(other), do: no_time(other)

  defp no_time(value) do
    {:error,
     "since must be a DateTime, or a text as 30m, 2h, 3d, 10:30, 2026-11-29 or 2026-11-29T10:30, got: " <>
       SafeText.excerpt(value)}
  end

  defp ago(text) do
    with [_all, number, unit] <- Regex.run(~r/\A(\d{1,6})(s|m|min|h|d)\z/, text) do
      seconds = %{"s" => 1, "m" => 60, "min" => 60, "h" => 3_600, "d" => 86_400}
      DateTime.add(DateTime.utc_now(), -String.to_integer(number) * seconds[unit])
    end
  end

  defp clock(text) do
    if text =~ ~r/\A\d\d?:\d\d\z/ do
      {date, _time} = :calendar.local_time()
      local("#{Date.from_erl!(date)}T#{String.pad_leading(text, 5, "0")}:00")
    end
  end

  defp zoned(text) do
    case DateTime.from_iso8601(text) do
      {:ok, time, _offset} -> time
      {:error, _reason} -> nil
    end
  end

  defp local(text) do
    text = if text =~ ~r/T\d\d:\d\d\z/, do: text <> ":00", else: text

    with {:ok, time} <- NaiveDateTime.from_iso8601(text),
         [utc | _later] <-
           time |> NaiveDateTime.to_erl() |> :calendar.local_time_to_universal_time_dst() do
      utc |> NaiveDateTime.from_erl!() |> DateTime.from_naive!("Etc/UTC")
    else
      _no_time -> nil
    end
  end
end
