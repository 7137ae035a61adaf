defmodule Oban.Job do
  @moduledoc "A row of `oban_jobs`, with timestamps as strings, and the statements that read and write it."

  @options ~w(queue worker meta max_attempts priority)a
  @fields ~w(id state args errors attempt attempted_at attempted_by scheduled_at)a ++ @options
  defstruct @fields
  @type t :: %__MODULE__{}

  @doc "Build a job. Options: `:worker` (a module, or any name), #{inspect(@options -- [:worker])}."
  def new(args, opts \\ []) when is_map(args) do
    defaults = [queue: "default", meta: %{}, max_attempts: 20, priority: 0]
    opts = Keyword.merge(defaults, Keyword.validate!(opts, @options))
    worker = if is_atom(opts[:worker]), do: inspect(opts[:worker]), else: opts[:worker]
    opts = Keyword.merge(opts, worker: worker, queue: to_string(opts[:queue]), args: args)
    struct!(__MODULE__, opts ++ [state: "available", attempt: 0, errors: []])
  end

  def insert_all(repo, jobs) do
    rows = Enum.map(jobs, &Map.take(&1, [:args | @options]))

    with {:ok, ids} <- run(repo, :insert_jobs, [Oban.JSON.encode!(rows)]),
         do: {:ok, Enum.zip_with(jobs, Enum.sort(ids), fn job, [id, _] -> %{job | id: id} end)}
  end

  def fetch(repo, queue, demand, node, uuid) do
    with {:ok, rows} <- run(repo, :fetch_jobs, [queue, demand, node, uuid]) do
      jobs = Enum.map(rows, &struct!(__MODULE__, Enum.zip(@fields, &1)))
      {:ok, Enum.sort_by(jobs, &{&1.priority, &1.scheduled_at, &1.id})}
    end
  end

  def record(repo, %{attempted_by: [node, uuid]} = job, {state, seconds, error}),
    do: run(repo, :record_outcome, [job.id, job.attempt, node, uuid, state, seconds, error])

  def cancel(repo, id), do: run(repo, :cancel_job, [id])

  def stage(repo, queue), do: run(repo, :stage_jobs, [queue])

  for path <- Path.wildcard(Path.expand("../../sql/*_*.sql", __DIR__)) do
    @external_resource path
    sql = path |> File.read!() |> String.replace(~r/^--.*\n/m, "")
    sql = String.replace(sql, "job.*", Enum.map_join(@fields, ", ", &"job.#{&1}"))
    defp sql(unquote(String.to_atom(Path.basename(path, ".sql")))), do: unquote(sql)
  end

  defp run(repo, name, params) do
    params = Enum.map(params, &if(&1 == nil, do: nil, else: to_string(&1)))
    with {:ok, %{rows: rows}} <- repo.query(sql(name), params), do: {:ok, rows}
  end
end
