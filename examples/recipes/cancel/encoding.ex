defmodule MyApp.Encoding do
  def start(seconds) do
    Oban.insert(Oban.Job.new(%{seconds: seconds}, worker: "cancel.worker.Encode", queue: :python))
  end

  def stop(job_id), do: Oban.cancel_job(job_id)
end
