defmodule BadgeForge.History do
  @moduledoc """
  The history of one badge, across its jobs of both queues, its file and the printer.

  `BadgeForge.why/1` prints it; `badge-forge why` tells the same on the command line.
  """

  alias BadgeForge.History.{Event, Job}
  alias BadgeForge.{Printer, Settings, Statements}

  @enforce_keys [:id, :name, :company, :type, :design, :batch_id, :state, :jobs, :events]
  defstruct @enforce_keys ++ [:file, :spooled]

  @typedoc """
  How far a badge is. `:rendered` is not printed yet. `:failed` was cancelled or discarded, on either side.
  """
  @type state ::
          :waiting | :rendering | :retrying | :rendered | :printing | :printed | :failed

  @typedoc """
  A badge. The args are those of its newest job, `nil` if they are missing or not texts. `jobs` and `events` are in
  the order of time. `file` is the path of the PDF in the badges folder, and `spooled` its path in the folder of
  `BadgeForge.Printer.Spool`; each is `nil` if there is none.
  """
  @type t :: %__MODULE__{
          id: String.t(),
          name: String.t() | nil,
          company: String.t() | nil,
          type: String.t() | nil,
          design: String.t() | nil,
          batch_id: String.t() | nil,
          state: state,
          jobs: [Job.t()],
          events: [Event.t()],
          file: Path.t() | nil,
          spooled: Path.t() | nil
        }

  @typedoc "A badge that a search found."
  @type found :: %{
          id: String.t(),
          name: String.t() | nil,
          company: String.t() | nil,
          type: String.t() | nil,
          state: state
        }

  @limit 20

  # Letters that Unicode does not decompose.
  @strokes %{"ł" => "l", "ø" => "o", "đ" => "d", "ħ" => "h", "ı" => "i"}

  @doc """
  Fetch the history of the badge with this id, the first 8 or more characters of it, or part of its name.

  Returns `{:error, :not_found}` if there is no such badge, and `{:error, {:several, found}}` with the newest
  #{@limit} if there are several. Raises if the database fails.
  """
  @spec fetch(String.t()) :: {:ok, t} | {:error, :not_found | {:several, [found]}}
  def fetch(name_or_id) when is_binary(name_or_id) do
    case Ecto.UUID.cast(String.trim(name_or_id)) do
      {:ok, id} -> fetch_by_id(id)
      :error -> name_or_id |> find() |> fetch_found()
    end
  end

  defp fetch_found([]), do: {:error, :not_found}
  defp fetch_found([%{id: id}]), do: fetch_by_id(id)
  defp fetch_found(several), do: {:error, {:several, several}}

  @doc """
  Find badges by the first 8 or more characters of their id, part of their name, their e-mail or ticket, the newest
  first, #{@limit} at most. Names are compared without regard to case and accents.
  """
  @spec find(String.t()) :: [found]
  def find(name_or_id) when is_binary(name_or_id) do
    text = String.trim(name_or_id)

    if text == "" or not String.valid?(text) or String.contains?(text, "\0"),
      do: [],
      else: text |> search() |> Enum.map(&found/1)
  end

  @doc """
  Tell how far a badge is from the states of its newest badge job and its newest print, `nil` if there is none.

      iex> BadgeForge.History.state("executing", nil)
      :rendering
      iex> BadgeForge.History.state("completed", "available")
      :rendered
      iex> BadgeForge.History.state("completed", "completed")
      :printed
      iex> BadgeForge.History.state("available", "completed")
      :waiting
  """
  @spec state(String.t() | nil, String.t() | nil) :: state
  def state(badge, _print) when badge in ~w(available scheduled suspended), do: :waiting
  def state("executing", _print), do: :rendering
  def state("retryable", _print), do: :retrying
  def state(badge, _print) when badge in ~w(cancelled discarded), do: :failed
  def state(_completed, "executing"), do: :printing
  def state(_completed, "completed"), do: :printed
  def state(_completed, print) when print in ~w(cancelled discarded), do: :failed
  def state(_completed, _print), do: :rendered

  @doc ~S"""
  Return a text in lower case without accents, as names are compared.

      iex> BadgeForge.History.unaccented("Żółkiewski")
      "zolkiewski"
  """
  @spec unaccented(String.t()) :: String.t()
  def unaccented(text) do
    text
    |> String.downcase()
    |> String.normalize(:nfkd)
    |> String.replace(~r/[\x{300}-\x{36F}]/u, "")
    |> String.replace(Map.keys(@strokes), &Map.fetch!(@strokes, &1))
  end

  defp search(text) do
    prefix = String.downcase(text)
    id = if prefix =~ ~r/\A[0-9a-f]{8}[0-9a-f-]{0,28}\z/, do: prefix <> "%", else: ""

    Statements.find_badges(
      "%#{escaped(text)}%",
      "%#{escaped(unaccented(text))}%",
      id,
      text,
      @limit
    )
  end

  # The pattern of LIKE for a text itself.
  defp escaped(text), do: String.replace(text, ~r/[\\%_]/, "\\\\\\0")

  defp found([id, name, company, type, badge, print]) do
    %{id: id, name: name, company: company, type: type, state: state(badge, print)}
  end

  defp fetch_by_id(id) do
    case id |> Statements.badge_jobs() |> Enum.map(&Job.new/1) do
      [] -> {:error, :not_found}
      jobs -> {:ok, history(id, jobs)}
    end
  end

  defp history(id, jobs) do
    badge = newest(jobs, "badges")
    print = newest(jobs, "printing")
    newest = badge || List.last(jobs)

    %__MODULE__{
      id: id,
      name: newest.name,
      company: newest.company,
      type: newest.type,
      design: newest.design,
      batch_id: newest.batch_id,
      state: state(badge && badge.state, print && print.state),
      jobs: jobs,
      events: jobs |> Enum.flat_map(&Event.of/1) |> Enum.sort_by(& &1.at, DateTime),
      file: file(print),
      spooled: spooled(Settings.get().printer, id)
    }
  end

  defp newest(jobs, queue), do: jobs |> Enum.filter(&(&1.queue == queue)) |> List.last()

  # Only the name counts: a row can contain any path.
  defp file(%Job{file: name}) when is_binary(name) do
    existing(Path.join(Settings.get().badges_dir, Path.basename(name)))
  end

  defp file(_no_print), do: nil

  defp spooled({Printer.Spool, folder}, id), do: existing(Path.join(folder, id <> ".pdf"))
  defp spooled(_printer, _id), do: nil

  defp existing(path), do: if(match?({:ok, %{type: :regular}}, File.lstat(path)), do: path)
end
