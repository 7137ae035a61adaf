defmodule BadgeForge.Printer.IPP.Following do
  @moduledoc """
  Follows a job at a printer to its end.

  It asks for the job again and again. While the printer is blocked, by a jam for example, the job waits there for as
  long as it takes. After `patience_ms` the caller learns why, and the job of the table is tried again later. If another
  printer can take the badge, the job is cancelled first, and the badge goes there only if the printer confirms
  that it has printed nothing of it.

  A job that a queue of CUPS had when it was restarted is cancelled, and unknown (`BadgeForge.Printer.IPP.Cups`).
  """

  alias BadgeForge.Printer.IPP.{Cups, Reasons, Record, Requests}

  require Logger

  @first_poll_ms 100

  @restarted "CUPS was restarted while it had the job"

  @type outcome ::
          :printed
          | {:elsewhere, String.t()}
          | {:aborted | :cancelled | :unknown | :waiting, String.t()}
          | :lost

  @doc """
  Follow the job of `record`. `print` has `:name`, `:job`, `:options`, `:alternative` (whether another printer could
  take the badge), `:cups` (whether it is a queue of CUPS), its `:watch`, and `:resumed` (whether an earlier attempt had
  sent the badge).

  `:elsewhere` means that nothing was printed and the job is cancelled, `:waiting` that it has not ended.
  """
  @spec follow(map, map, map) :: outcome
  def follow(printer, record, print) do
    now = now()

    loop(printer, record, print, %{
      deadline: now + print.options.follow_ms,
      poll_ms: @first_poll_ms,
      printer_at: now + printer_ms(print),
      blocked: nil,
      blocked_since: nil,
      away_since: nil,
      # Whether an earlier attempt was the last to ask for the job.
      resumed: print.resumed,
      # What the row was told.
      told: nil,
      # When it was first away, in seconds since 1970.
      away_at: nil
    })
  end

  defp loop(printer, record, print, state) do
    case Requests.job(printer, record["job-uri"]) do
      {:ok, job} ->
        if same?(job, record, print),
          do: judge(job, printer, record, print, %{state | away_since: nil}),
          else: forgotten(record)

      :not_found ->
        forgotten(record)

      {:error, {_kind, reason}} ->
        away(reason, printer, record, print, state)
    end
  end

  # A printer uses numbers of jobs again after it was killed.
  defp same?(%{name: name} = job, record, print) do
    name == print.name and (record["job-uuid"] in [nil, job.uuid] or job.uuid == nil)
  end

  defp forgotten(_record), do: {:unknown, "the printer has lost the job"}

  defp away(reason, printer, record, print, state) do
    state = %{
      state
      | away_since: state.away_since || now(),
        away_at: state.away_at || System.os_time(:second)
    }

    if now() - state.away_since > print.options.patience_ms,
      do: {:waiting, "does not answer (#{reason}), and it has the badge"},
      else: again(printer, record, print, state)
  end

  defp judge(%{state: :completed} = job, _printer, record, print, state) do
    if Cups.doubted?(job, record, print, state), do: {:unknown, @restarted}, else: :printed
  end

  defp judge(%{state: ended} = job, _printer, record, _print, _state)
       when ended in [:canceled, :aborted] do
    reason = Reasons.ended(ended, job.reasons)

    cond do
      record["job-cancel"] == "interrupted" ->
        {:unknown, @restarted}

      job.sheets != 0 and job.processing != nil ->
        {:unknown, "#{reason} after #{sheets(job.sheets)}"}

      record["job-cancel"] ->
        {:elsewhere, record["job-cancel"]}

      ended == :aborted ->
        {:aborted, reason}

      true ->
        {:cancelled, reason}
    end
  end

  defp judge(job, printer, record, print, state) do
    interrupted? = Cups.interrupted?(job, record, print, state)
    state = %{state | resumed: false}

    with {:ok, record} <- note(job, record, print) do
      cond do
        interrupted? ->
          cancel("interrupted", printer, record, print, state)

        now() > state.deadline ->
          {:waiting, state.blocked || "is still printing"}

        true ->
          state |> look(printer, print) |> wait(job, printer, record, print)
      end
    end
  end

  defp sheets(nil), do: "an unknown number of sheets"
  defp sheets(1), do: "1 sheet"
  defp sheets(number), do: "#{number} sheets"

  # The uuid, and when CUPS began, are known from the first answers on.
  defp note(job, record, print) do
    changes =
      for {key, value} <- [
            {"job-uuid", job.uuid},
            {"job-processing", if(print.cups, do: job.processing)}
          ],
          value != nil and record[key] == nil,
          into: %{},
          do: {key, value}

    if changes == %{},
      do: {:ok, record},
      else: with(:ok <- Record.write(print.job, changes), do: {:ok, Map.merge(record, changes)})
  end

  # A blocked printer is told about by its own state, not by the job's.
  defp look(state, printer, print) do
    if now() < state.printer_at do
      state
    else
      blocked =
        case Requests.printer(printer) do
          {:ok, %{blocked: blocked}} -> blocked
          {:error, _failure} -> state.blocked
        end

      %{
        state
        | blocked: blocked,
          blocked_since: blocked && (state.blocked_since || now()),
          printer_at: now() + printer_ms(print)
      }
    end
  end

  defp wait(%{blocked: nil} = state, _job, printer, record, print),
    do: again(printer, record, print, state)

  defp wait(state, _job, printer, record, print) do
    long? = now() - state.blocked_since > print.options.patience_ms

    cond do
      print.alternative and record["job-cancel"] == nil ->
        cancel(state.blocked, printer, record, print, state)

      # A queue of CUPS has to be watched all the time.
      long? and not print.cups ->
        {:waiting, state.blocked}

      print.cups and state.told != state.blocked ->
        tell(printer, record, print, state)

      true ->
        again(printer, record, print, state)
    end
  end

  defp tell(printer, record, print, state) do
    reason = "#{printer.name}: #{state.blocked}"
    Logger.warning("Job #{print.job.id} waits: #{reason}")

    with :ok <- Record.write(print.job, %{"held_up" => reason}),
         do: again(printer, record, print, %{state | told: state.blocked})
  end

  # The row says so first: an app that is killed now goes on with it.
  defp cancel(reason, printer, record, print, state) do
    changes = %{"job-cancel" => reason}

    with :ok <- Record.write(print.job, changes) do
      Requests.cancel(printer, record["job-uri"])
      again(printer, Map.merge(record, changes), print, state)
    end
  end

  defp again(printer, record, print, state) do
    Process.sleep(state.poll_ms)
    poll_ms = min(2 * state.poll_ms, print.options.poll_ms)
    loop(printer, record, print, %{state | poll_ms: poll_ms})
  end

  # Questions about the printer are fewer than those about the job.
  defp printer_ms(print), do: 2 * print.options.poll_ms

  defp now, do: System.monotonic_time(:millisecond)
end
