defmodule BadgeForge.Printer.IPP.Cups do
  @moduledoc """
  Finds out whether a queue of CUPS was restarted while it had a job.

  CUPS begins a job again that it was working on when it was killed, and may so print it twice. It tells by no attribute
  since when it runs. What tells is a connection that ended (`BadgeForge.Printer.IPP.Watch`), a time in which the queue
  did not answer, and a job that began later than before.

  `print` has `:cups` (whether the printer is a queue of CUPS) and `:watch`. `state` is that of
  `BadgeForge.Printer.IPP.Following`, with `:away_at` (when the queue first did not answer) and `:resumed` (whether an
  earlier attempt was the last to ask for the job).
  """

  alias BadgeForge.Printer.IPP.{Requests, Watch}

  # Times of jobs are in whole seconds.
  @at_once_s 1

  @doc "Tell whether a queue was restarted since it was first asked for a job that has not ended."
  @spec interrupted?(Requests.job(), map, map, map) :: boolean
  def interrupted?(_job, %{"job-cancel" => "interrupted"}, _print, _state), do: false

  def interrupted?(job, record, print, state),
    do: restarted?(print, state) or begun_again?(job, record, print, state)

  @doc "Tell whether a completed job may have been printed twice."
  @spec doubted?(Requests.job(), map, map, map) :: boolean
  def doubted?(_job, %{"job-cancel" => "interrupted"}, _print, _state), do: true

  def doubted?(job, record, print, state) do
    # The clock of CUPS is in seconds since 1970.
    before? = state.away_at != nil and job.completed != nil and job.completed < state.away_at
    begun_again?(job, record, print, state) or (restarted?(print, state) and not before?)
  end

  # A job whose first beginning the app has not seen, since it was killed, is in doubt if CUPS began it later than at
  # once.
  defp begun_again?(%{processing: began} = job, record, %{cups: true}, state)
       when is_integer(began) do
    case record["job-processing"] do
      nil -> state.resumed and began - (job.created || 0) > @at_once_s
      seen -> began != seen
    end
  end

  defp begun_again?(_job, _record, _print, _state), do: false

  defp restarted?(print, state),
    do: print.cups and (state.away_at != nil or Watch.broken?(print.watch))
end
