defmodule BadgeForge.Printer.IPP.Record do
  @moduledoc """
  What the row of a print says about its job at a printer: keys in its `meta`.

    * `printer` - the printer's name in the configuration
    * `job-name` - the badge's id, with the number of its copy if it is printed again
    * `job-sent-at` - when the document was sent, in seconds since 1970; written before it is sent
    * `job-uri`, `job-uuid` - the printer's names of the job, once it has accepted it
    * `job-processing` - when a CUPS queue began to process the job, on its clock
    * `job-cancel` - why the job is being cancelled, to print the badge elsewhere
    * `held_up` - why the badge waits

  A row is untrusted: no request goes to where a `job-uri` points, and a job counts only if it has the badge's name.
  """

  alias BadgeForge.Statements

  @keys ~w(printer job-name job-sent-at job-uri job-uuid job-processing job-cancel)
  @retry_ms 200
  @tries 25

  @doc "Return the record of `job_name` in a job's meta. It is empty if that was another print, or none."
  @spec fetch(term, String.t()) :: map
  def fetch(%{"job-name" => job_name} = meta, job_name) do
    record = Map.take(meta, @keys)
    if Enum.all?(record, &valid?/1), do: record, else: %{}
  end

  def fetch(_meta, _job_name), do: %{}

  defp valid?({"job-sent-at", value}), do: is_integer(value)
  defp valid?({"job-processing", value}), do: is_integer(value)
  defp valid?({_key, value}), do: is_binary(value) and byte_size(value) < 1_024

  @doc """
  Write changes into the row, if it belongs to this attempt: `:ok` or `:lost`. A value of nil removes a key.

  Tries for five seconds if the database does not answer, then raises its error.
  """
  @spec write(Oban.Job.t(), map) :: :ok | :lost
  def write(job, changes), do: write(job, Oban.JSON.encode!(changes), @tries)

  defp write(job, changes, tries) do
    Statements.merge_meta(job.id, job.attempt, changes)
  rescue
    error ->
      if tries <= 1, do: reraise(error, __STACKTRACE__)
      Process.sleep(@retry_ms)
      write(job, changes, tries - 1)
  end

  @doc "Changes that remove what is known of a job at a printer."
  @spec forgotten() :: map
  def forgotten, do: Map.new(@keys, &{&1, nil})
end
