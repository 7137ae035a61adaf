defmodule MyApp.Completion do
  @complete """
  UPDATE oban_jobs SET state = 'completed', completed_at = timezone('UTC', now())
  WHERE id = $1::bigint AND state = 'executing' AND attempt = $2::integer
  """

  @doc "Complete `job` and insert `answer`: both, or neither if the job was cancelled or rescued."
  def complete_with(job, answer) do
    {:ok, result} =
      MyApp.Repo.transaction(fn ->
        case MyApp.Repo.query!(@complete, [job.id, job.attempt]) do
          %{num_rows: 1} -> Oban.insert!(answer) && :ok
          %{num_rows: 0} -> {:error, "the job does not belong to this attempt any more"}
        end
      end)

    result
  end
end
