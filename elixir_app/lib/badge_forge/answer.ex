defmodule BadgeForge.Answer do
  @moduledoc """
  Waits for the PDF of one badge.

  The badge's job and its confirmation are one transaction, so a completed job has its answer. The answer is the
  newest confirmation of the badge's id that is younger than the job. It is polled for, which costs a look-up by
  primary key and needs no notification.
  """

  alias BadgeForge.{BadgeFile, Confirmation, Failed, Settings, Statements}

  @poll_ms 50

  @doc "Wait up to `timeout_ms` milliseconds for the PDF of a badge's job: see `BadgeForge.ask/3`."
  @spec await(Oban.Job.t(), timeout_ms :: non_neg_integer) :: {:ok, Path.t()} | {:error, term}
  def await(job, timeout_ms), do: poll(job, now() + timeout_ms)

  defp poll(%{id: job_id, args: %{"id" => badge_id}} = job, deadline) do
    case Statements.answer(job_id, badge_id) do
      {_state, _error, confirmation} when confirmation != nil ->
        path(confirmation)

      {nil, _error, nil} ->
        {:error, "job #{job_id} was deleted"}

      {state, error, nil} when state in ~w(cancelled discarded) ->
        {:error, Failed.reason(error, state)}

      {"completed", _error, nil} ->
        {:error, "job #{job_id} is completed, its confirmation was deleted"}

      {_running, _error, nil} ->
        poll_again(job, deadline)
    end
  end

  defp poll_again(job, deadline) do
    left = deadline - now()

    if left > 0 do
      Process.sleep(min(left, @poll_ms))
      poll(job, deadline)
    else
      {:error, :timeout}
    end
  end

  defp path(confirmation) do
    folder = Settings.get().badges_dir

    with {:ok, confirmation} <- confirmation |> Oban.JSON.decode!() |> Confirmation.parse(),
         {:ok, _pdf} <- BadgeFile.read(confirmation, folder) do
      {:ok, Path.join(folder, confirmation.file)}
    else
      {_missing_or_refused, error} when is_exception(error) -> {:error, Exception.message(error)}
      {_missing_or_unreadable, reason} -> {:error, "file: #{reason}"}
    end
  end

  defp now, do: System.monotonic_time(:millisecond)
end
