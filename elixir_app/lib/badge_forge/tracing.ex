defmodule BadgeForge.Tracing do
  @moduledoc """
  Traces a badge: its enqueue, its rendering by the Python worker, and its print are spans of one trace.

  The `traceparent` of W3C Trace Context crosses the table in the `meta` of a job, as OpenTelemetry's instrumentation
  of Oban writes it. `OTEL_TRACES_EXPORTER` turns tracing on, see docs/tracing.md.

  Spans are OpenTelemetry's where the application `opentelemetry_api` is present
  (`BadgeForge.Tracing.OpenTelemetry`). Elsewhere each is a Telemetry event (`BadgeForge.Tracing.Events`).
  """

  alias BadgeForge.{Settings, Tracing}

  @typedoc "A span that has started, in the form of its tracer."
  @type span :: term

  @typedoc "Names and values that describe a span. They leave this machine: ids only, nothing personal."
  @type attributes :: %{optional(String.t()) => String.t() | integer}

  @typedoc """
  What a span belongs to: `:current` the trace of the calling process, or a new one, `:new` a new one that links to
  the trace of the calling process, and a context to the trace of that.
  """
  @type parent :: :current | :new | Tracing.Context.t()

  @callback start(String.t(), parent, kind :: :producer | :consumer, attributes) :: span
  # Nil if nothing records spans: OpenTelemetry's API without its SDK.
  @callback context(span) :: Tracing.Context.t() | nil
  @callback finish(span, error :: String.t() | nil) :: any
  @callback within(span, (... -> result)) :: result when result: term

  @doc "Return the tracer that this app uses: nil if tracing is off."
  @spec tracer(boolean) :: module | nil
  def tracer(false), do: nil

  def tracer(true) do
    if Code.ensure_loaded?(:otel_tracer), do: Tracing.OpenTelemetry, else: Tracing.Events
  end

  @doc """
  Call `fun` in a span for each element of `attributes`. It gets what the `meta` of each job has to contain, in the
  same order, which is nothing while tracing is off.
  """
  @spec enqueuing([attributes], :current | :new, ([map] -> result)) :: result when result: term
  def enqueuing(attributes, parent, fun) do
    case Settings.get().tracer do
      nil ->
        fun.(List.duplicate(%{}, length(attributes)))

      tracer ->
        spans = Enum.map(attributes, &tracer.start("enqueue badge", parent, :producer, &1))

        contexts = Enum.map(spans, &meta(tracer, &1))
        finishing(tracer, spans, fn -> fun.(contexts) end, fn _jobs -> nil end)
    end
  end

  @doc """
  Call `fun` in a span of `job`, the child of the one in its `meta`.

  `fun` gets a function that runs another one in this span, for processes that it starts. It returns the result of
  the job: an error or a cancellation marks the span as failed, without its reason.
  """
  @spec performing(String.t(), Oban.Job.t(), attributes, ((fun -> term) -> result)) :: result
        when result: term
  def performing(name, job, attributes, fun) do
    case Settings.get().tracer do
      nil ->
        fun.(& &1.())

      tracer ->
        parent = Tracing.Context.parse(job.meta) || :new
        span = tracer.start(name, parent, :consumer, Map.merge(of_job(job), attributes))
        within = &within(tracer, span, &1)
        perform = fn -> fun.(within) end
        finishing(tracer, [span], fn -> within.(perform) end, &error/1)
    end
  end

  @doc "Export all spans that have ended, before the program ends: Mix stops no application."
  @spec stop() :: :ok
  def stop do
    if Settings.get().tracer == Tracing.OpenTelemetry, do: Application.stop(:opentelemetry)
    :ok
  end

  defp finishing(tracer, spans, fun, error) do
    result = fun.()
    Enum.each(spans, &tracer.finish(&1, error.(result)))
    result
  catch
    kind, reason ->
      # The message of an exception may name a person.
      error = if is_exception(reason), do: inspect(reason.__struct__), else: to_string(kind)
      Enum.each(spans, &tracer.finish(&1, error))
      :erlang.raise(kind, reason, __STACKTRACE__)
  end

  defp within(tracer, span, fun) do
    before = Logger.metadata()
    with %{trace_id: trace_id} <- tracer.context(span), do: Logger.metadata(trace_id: trace_id)

    try do
      tracer.within(span, fun)
    after
      Logger.reset_metadata(before)
    end
  end

  defp meta(tracer, span) do
    case tracer.context(span) do
      nil -> %{}
      context -> Tracing.Context.to_meta(context)
    end
  end

  defp of_job(job) do
    %{
      "messaging.system" => "oban",
      "messaging.destination.name" => job.queue,
      "oban.job.id" => job.id,
      "oban.job.attempt" => job.attempt
    }
  end

  defp error({outcome, _reason}) when outcome in [:error, :cancel], do: to_string(outcome)
  defp error(_ok_or_snooze), do: nil
end
