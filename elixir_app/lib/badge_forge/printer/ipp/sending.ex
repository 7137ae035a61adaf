defmodule BadgeForge.Printer.IPP.Sending do
  @moduledoc """
  Sends a badge to one printer, and finds out whether the printer has accepted it.

  The row says what is about to be sent before it is sent, and names the job as soon as the printer has. If the
  printer's answer did not arrive, the printer is asked for a job of the badge's name.
  """

  alias BadgeForge.Printer.IPP.{Record, Requests}

  # Jobs that wait at the printer. Others wait here, where a jam does not hold them up.
  @most_queued 2

  # The request may still be on its way when the connection ends.
  @on_its_way_ms 5_000

  # A printer remembers a job at least as long as this (RFC 8011 recommends a minute and more).
  @remembered_s 55

  # Clocks, and times in whole seconds.
  @tolerance_s 3

  @type outcome ::
          {:accepted, Requests.job()}
          | {:blocked | :busy | :refused | :unreached, String.t()}
          | {:unknown, String.t()}
          | :lost

  @doc """
  Send a badge. `:accepted` and `:unknown` are the outcomes with which the badge may be printed.

  `:unreached` means that the printer does not answer and has not accepted the badge.
  """
  @spec send(map, map) :: outcome
  def send(printer, print) do
    case Requests.printer(printer) do
      {:ok, %{blocked: reason}} when reason != nil -> {:blocked, reason}
      {:ok, %{queued: queued}} when queued >= @most_queued -> {:busy, "it has #{queued} jobs"}
      {:ok, state} -> send_now(printer, state, print)
      {:error, {_kind, reason}} -> {:unreached, reason}
    end
  end

  defp send_now(printer, state, print) do
    sent_at = System.os_time(:second)

    intent =
      Map.merge(Record.forgotten(), %{
        "printer" => printer.name,
        "job-name" => print.name,
        "job-sent-at" => sent_at
      })

    with :ok <- Record.write(print.job, intent) do
      case Requests.print(printer, state, print.name, print.pdf) do
        {:ok, %{uri: uri} = job} when is_binary(uri) -> accepted(job, print)
        {:ok, _no_uri} -> find(printer, print, sent_at)
        {:error, {:unreached, reason}} -> not_accepted({:unreached, reason}, print)
        {:error, {:unanswered, _reason}} -> find(printer, print, sent_at)
        {kind, reason} -> not_accepted({kind, reason}, print)
      end
    end
  end

  defp accepted(job, print) do
    changes = %{"job-uri" => job.uri, "job-uuid" => job.uuid}
    with :ok <- Record.write(print.job, changes), do: {:accepted, job}
  end

  defp not_accepted(outcome, print) do
    with :ok <- Record.write(print.job, Record.forgotten()), do: outcome
  end

  @doc """
  Find the job of a badge that was sent at `sent_at`, in seconds since 1970, and whose answer is not known.

  A job that the printer does not have was never accepted, if the printer has been on since, and would remember it.
  A CUPS queue loses jobs when it is killed, and does not tell since when it runs.
  """
  @spec find(map, map, integer) :: outcome | {:waiting, String.t()}
  def find(printer, print, sent_at) do
    with nil <- look(printer, print, sent_at) do
      Process.sleep(@on_its_way_ms)
      with nil <- look(printer, print, sent_at), do: not_found(printer, print, sent_at)
    end
  end

  defp look(printer, print, sent_at) do
    case Requests.jobs(printer) do
      {:ok, jobs} ->
        job = Enum.find(jobs, &(&1.name == print.name and since?(&1, sent_at)))
        if job, do: accepted(job, print)

      {:error, {_kind, reason}} ->
        {:waiting, "does not answer (#{reason}), and it may have the badge"}
    end
  end

  defp since?(%{created: created, now: now}, sent_at)
       when is_integer(created) and is_integer(now),
       do: System.os_time(:second) - (now - created) >= sent_at - @tolerance_s

  defp since?(_job, _sent_at), do: true

  defp not_found(printer, print, sent_at) do
    with {:ok, state} <- Requests.printer(printer),
         {:ok, jobs} <- Requests.jobs(printer) do
      if remembers?(state, jobs, sent_at),
        do:
          not_accepted({:unreached, "the connection was closed before it had the badge"}, print),
        else: {:unknown, "it does not know the badge that was sent to it"}
    else
      {:error, {_kind, reason}} ->
        {:waiting, "does not answer (#{reason}), and it may have the badge"}
    end
  end

  defp remembers?(%{cups: false, up_time: up_time}, jobs, sent_at) when is_integer(up_time) do
    age = System.os_time(:second) - sent_at
    older? = fn job -> not since?(job, sent_at) end
    up_time > age + @tolerance_s and (age < @remembered_s or Enum.any?(jobs, older?))
  end

  defp remembers?(_state, _jobs, _sent_at), do: false
end
