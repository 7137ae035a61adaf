defmodule BadgeForge.Printers do
  @moduledoc """
  The Oban worker that answers the Python side about printers, and prints sheets.

  Its name is wire format. Its args are a `BadgeForge.Contracts.PrintersArgs`. `"printers"` writes the state of all
  printers into the `meta` of that job, as `answer`. `"print"` prints a PDF of the sheets folder on a printer of the
  configuration: like a badge, it is printed once.

  Args are untrusted. They name a file of the sheets folder and a printer of the configuration, and nothing else.
  """

  use BadgeForge.Worker, queue: :printers, max_attempts: 20

  alias BadgeForge.{BadgeFile, Options, Printer, SafeText, Settings, Statements}
  alias BadgeForge.Printer.IPP
  alias BadgeForge.Printer.IPP.{Reasons, Requests}

  # A printer answers in milliseconds, or not at all.
  @answer_ms :timer.seconds(20)

  # Papers and resolutions that an answer lists.
  @most 300

  @impl BadgeForge.Worker
  def work(%{"ask" => "printers"}, job) do
    answer = Oban.JSON.encode!(%{"answer" => describe(Settings.get().printer)})
    with :lost <- Statements.merge_meta(job.id, job.attempt, answer), do: {:error, "lost"}
  end

  def work(%{"ask" => "print"} = args, job) do
    case Settings.get().printer do
      {IPP, state} ->
        print(args, job, state)

      _spool ->
        {:cancel, "printer: the print center has no printers: set PRINTERS and restart it"}
    end
  end

  defp print(args, job, state) do
    with :ok <- complete(args),
         :ok <- known(args["printer"], state.pools.printers),
         {:ok, pdf} <- read(args) do
      sheets = %{id: args["id"], pdf: pdf, copy: nil, job: job}
      sheets |> IPP.print_on(args["printer"], state) |> finish(job)
    end
  end

  defp complete(args) do
    case Enum.find(~w(printer id file sha256), &(args[&1] == nil)) do
      nil -> :ok
      field -> {:cancel, "#{field}: is missing"}
    end
  end

  defp known(name, printers) do
    if Map.has_key?(printers, name) do
      :ok
    else
      expected = Options.expected(name, Map.keys(printers))
      {:cancel, "printer: there is no #{SafeText.excerpt(name)}, #{expected}"}
    end
  end

  defp read(%{"id" => id, "file" => file, "sha256" => sha256}) do
    case BadgeFile.read(%{id: id, file: file, sha256: sha256}, Settings.get().sheets_dir) do
      {:ok, pdf} -> {:ok, pdf}
      {:refused, error} -> {:cancel, Exception.message(error)}
      {_missing_or_unreadable, reason} -> {:error, "file: #{reason}: #{SafeText.excerpt(file)}"}
    end
  end

  defp finish({:snooze, seconds, reason}, job) do
    held_up = Oban.JSON.encode!(%{"held_up" => SafeText.line(reason)})
    Statements.merge_meta(job.id, job.attempt, held_up)
    {:snooze, seconds}
  end

  defp finish(result, _job), do: result

  defp describe({IPP, %{pools: pools}}) do
    printers = pools.printers |> Map.values() |> Enum.sort_by(& &1.name)

    states =
      printers
      |> Task.async_stream(&Requests.printer/1, timeout: @answer_ms, on_timeout: :kill_task)
      |> Enum.map(fn
        {:ok, state} -> state
        {:exit, _timeout} -> {:error, {:unanswered, "no answer"}}
      end)

    described =
      for {printer, state} <- Enum.zip(printers, states) do
        configured = %{name: printer.name, media: printer.media, sides: printer.sides}
        Map.merge(configured, state(state))
      end

    %{printers: described, desks: pools.desks}
  end

  defp describe(printer), do: %{printers: [], instead: inspect(Printer.module(printer))}

  defp state({:error, {_kind, reason}}), do: %{blocked: "does not answer: #{reason}"}

  defp state({:ok, state}) do
    %{attributes: attributes} = state
    texts = &texts(Map.get(attributes, &1, []))

    %{
      state: state.state,
      blocked: state.blocked,
      queued: state.queued,
      cups: state.cups,
      model: attributes |> Map.get("printer-make-and-model", []) |> texts() |> List.first(),
      media_supported: texts.("media-supported"),
      media_ready: texts.("media-ready"),
      sides_supported: texts.("sides-supported"),
      pdf: "application/pdf" in Map.get(attributes, "document-format-supported", []),
      dpi: dpi(Map.get(attributes, "printer-resolution-supported", []))
    }
  end

  defp texts(values),
    do: for(text <- Enum.take(values, @most), is_binary(text), do: Reasons.text(text))

  defp dpi(resolutions) do
    for {x, y, :dpi} <- Enum.take(resolutions, @most), do: min(x, y)
  end
end
