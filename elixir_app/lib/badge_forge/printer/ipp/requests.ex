defmodule BadgeForge.Printer.IPP.Requests do
  @moduledoc """
  The questions and orders that Badge Forge sends to a printer, and their answers as maps.

  Each goes to the printer's URI of the configuration. What a job's row says, its `job-uri` for example, is only an
  attribute of the request.
  """

  alias BadgeForge.Printer.IPP.{Client, Message, Pools, Reasons}

  @print_job 0x0002
  @cancel_job 0x0008
  @get_job 0x0009
  @get_jobs 0x000A
  @get_printer 0x000B

  @not_found 0x0406
  # It has another job, or cannot take one at the moment.
  @busy [0x0504, 0x0507, 0x0502, 0x0405]

  @answer_ms 10_000
  @print_ms 30_000

  @user "badge-forge"

  # More than a printer remembers.
  @most_jobs 2_000

  @job_attributes ~w(job-id job-uri job-uuid job-name job-state job-state-reasons job-impressions-completed
                     job-media-sheets-completed time-at-creation time-at-processing time-at-completed
                     job-printer-up-time)

  @printer_attributes ~w(printer-state printer-state-reasons printer-state-message printer-is-accepting-jobs
                         printer-up-time printer-type queued-job-count printer-make-and-model media-supported
                         media-ready media-default sides-supported printer-resolution-supported
                         document-format-supported print-scaling-supported
                         job-creation-attributes-supported)

  @states %{
    3 => :pending,
    4 => :held,
    5 => :processing,
    6 => :stopped,
    7 => :canceled,
    8 => :aborted,
    9 => :completed
  }
  @printer_states %{3 => "idle", 4 => "processing", 5 => "stopped"}

  @typedoc """
  A job at a printer. Times are in seconds, on the clock of the printer, whose time of the answer is `now`; they
  are nil if the printer did not say, or if it has not happened. `sheets` counts what came out.
  """
  @type job :: %{
          uri: String.t() | nil,
          uuid: String.t() | nil,
          name: String.t() | nil,
          state: atom,
          reasons: [term],
          sheets: integer | nil,
          created: integer | nil,
          processing: integer | nil,
          completed: integer | nil,
          now: integer | nil
        }

  @typedoc """
  A printer's state. `blocked` says in words why it can't print now, nil if it can. `cups` is true for a queue of
  CUPS. `attributes` are those of its answer.
  """
  @type printer :: %{
          state: String.t(),
          blocked: String.t() | nil,
          queued: non_neg_integer,
          up_time: integer | nil,
          cups: boolean,
          attributes: %{String.t() => [Message.value()]}
        }

  @doc "Ask a printer for its state and what it supports."
  @spec printer(Pools.printer()) :: {:ok, printer} | {:error, Client.failure()}
  def printer(printer) do
    request = [{"requested-attributes", :keyword, @printer_attributes}]

    with {:ok, response} <- send_request(printer, @get_printer, operation: request),
         {:ok, attributes} <- success(response, :printer),
         do: {:ok, state(attributes)}
  end

  @doc """
  Print a PDF. `name` is the job's name.

  `:busy` and `:refused` mean that the printer has not accepted the job.
  """
  @spec print(Pools.printer(), printer, String.t(), binary) ::
          {:ok, job} | {:busy | :refused, String.t()} | {:error, Client.failure()}
  def print(printer, %{attributes: supported}, name, pdf) do
    operation = [
      {"job-name", :name, [name]},
      {"ipp-attribute-fidelity", :boolean, [true]},
      {"document-format", :mime_type, ["application/pdf"]}
    ]

    job =
      [{"copies", :integer, [printer.copies]}] ++
        for(
          {attribute, value} <- [{"media", printer.media}, {"sides", printer.sides}],
          value,
          do: {attribute, :keyword, [value]}
        ) ++
        if(scales?(supported), do: [{"print-scaling", :keyword, ["none"]}], else: [])

    opts = [operation: operation, job: job]

    with {:ok, response} <- send_request(printer, @print_job, opts, pdf, @print_ms) do
      case success(response, :job) do
        {:ok, attributes} -> {:ok, job(attributes)}
        {:error, {_kind, reason}} when response.status in @busy -> {:busy, reason}
        {:error, {_kind, reason}} -> {:refused, reason}
      end
    end
  end

  # A printer that does not know the attribute would refuse the job.
  defp scales?(supported) do
    "none" in Map.get(supported, "print-scaling-supported", []) or
      "print-scaling" in Map.get(supported, "job-creation-attributes-supported", [])
  end

  @doc "Ask for a job by its `job-uri`. It is `:not_found` if the printer does not know it."
  @spec job(Pools.printer(), String.t()) ::
          {:ok, job} | :not_found | {:error, Client.failure()}
  def job(printer, uri) do
    operation = [
      {"job-uri", :uri, [uri]},
      {"requesting-user-name", :name, [@user]},
      {"requested-attributes", :keyword, @job_attributes}
    ]

    with {:ok, response} <- send_request(printer, @get_job, operation: operation) do
      case success(response, :job) do
        {:ok, attributes} -> {:ok, job(attributes)}
        {:error, _reason} when response.status == @not_found -> :not_found
        {:error, failure} -> {:error, failure}
      end
    end
  end

  @doc "Ask for all jobs that the printer remembers, finished or not."
  @spec jobs(Pools.printer()) :: {:ok, [job]} | {:error, Client.failure()}
  def jobs(printer) do
    with {:ok, waiting} <- jobs(printer, "not-completed"),
         {:ok, ended} <- jobs(printer, "completed"),
         do: {:ok, waiting ++ ended}
  end

  defp jobs(printer, which) do
    operation = [
      {"requesting-user-name", :name, [@user]},
      {"limit", :integer, [@most_jobs]},
      {"requested-attributes", :keyword, @job_attributes},
      {"which-jobs", :keyword, [which]}
    ]

    with {:ok, response} <- send_request(printer, @get_jobs, operation: operation) do
      case success(response, :job) do
        {:ok, _attributes} -> {:ok, for({:job, found} <- response.groups, do: job(found))}
        {:error, _reason} when response.status == @not_found -> {:ok, []}
        {:error, failure} -> {:error, failure}
      end
    end
  end

  @doc "Ask the printer to cancel a job. Whether it did is in the job's state."
  @spec cancel(Pools.printer(), String.t()) :: :ok | {:error, Client.failure()}
  def cancel(printer, uri) do
    operation = [{"job-uri", :uri, [uri]}, {"requesting-user-name", :name, [@user]}]
    with {:ok, _response} <- send_request(printer, @cancel_job, operation: operation), do: :ok
  end

  defp send_request(printer, operation, groups, document \\ "", timeout_ms \\ @answer_ms) do
    # RFC 8011: the character set and the language come first, then the target.
    first = [
      {"attributes-charset", :charset, ["utf-8"]},
      {"attributes-natural-language", :language, ["en"]}
    ]

    target =
      if List.keymember?(groups[:operation], "job-uri", 0),
        do: [],
        else: [
          {"printer-uri", :uri, [printer.uri]},
          {"requesting-user-name", :name, [@user]}
        ]

    given = if target == [], do: groups[:operation], else: without_user(groups[:operation])
    groups = [operation: first ++ target ++ given, job: groups[:job] || []]
    id = :rand.uniform(0x7FFFFFFF)
    opts = [timeout_ms: timeout_ms, verify: printer.verify]
    Client.post(printer.url, Message.encode(operation, id, groups), document, opts)
  end

  defp without_user(attributes), do: List.keydelete(attributes, "requesting-user-name", 0)

  # The attributes of the first group of this kind.
  defp success(%{status: status, groups: groups}, kind) when status < 0x0100,
    do: {:ok, groups |> Keyword.get(kind, %{})}

  defp success(%{status: status, groups: groups}, _kind) do
    # The group of unsupported attributes.
    unsupported = groups |> Keyword.get(:other, %{}) |> Map.keys()
    {:error, {:unanswered, Reasons.status(status, unsupported)}}
  end

  defp job(attributes) do
    first = &List.first(Map.get(attributes, &1, []))

    %{
      uri: first.("job-uri"),
      uuid: first.("job-uuid"),
      name: first.("job-name"),
      state: Map.get(@states, first.("job-state"), :unknown),
      reasons: Map.get(attributes, "job-state-reasons", []),
      sheets: most([first.("job-impressions-completed"), first.("job-media-sheets-completed")]),
      created: first.("time-at-creation"),
      processing: first.("time-at-processing"),
      completed: first.("time-at-completed"),
      now: first.("job-printer-up-time")
    }
  end

  defp most(counts), do: counts |> Enum.filter(&is_integer/1) |> Enum.max(fn -> nil end)

  defp state(attributes) do
    first = &List.first(Map.get(attributes, &1, []))
    state = Map.get(@printer_states, first.("printer-state"), "unknown")
    reasons = Map.get(attributes, "printer-state-reasons", [])
    queued = first.("queued-job-count")

    %{
      state: state,
      blocked:
        Reasons.blocking(reasons) || stopped(state, first.("printer-state-message")) ||
          refusing(first.("printer-is-accepting-jobs")),
      queued: if(is_integer(queued), do: queued, else: 0),
      up_time: first.("printer-up-time"),
      # Only CUPS has this attribute.
      cups: Map.has_key?(attributes, "printer-type"),
      attributes: attributes
    }
  end

  defp stopped("stopped", message) when message not in [nil, ""],
    do: "stopped: #{Reasons.text(message)}"

  defp stopped("stopped", _message), do: "stopped"
  defp stopped(_state, _message), do: nil

  defp refusing(false), do: "it accepts no jobs"
  defp refusing(_accepts), do: nil
end
