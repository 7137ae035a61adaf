defmodule BadgeForge.Tracing.OpenTelemetry do
  @moduledoc """
  Spans of OpenTelemetry, where the application `opentelemetry_api` is present. Its SDK exports them, as its
  configuration says.
  """

  @behaviour BadgeForge.Tracing

  # The package is not a dependency of this app.
  @compile {:no_warn_undefined,
            [
              :opentelemetry,
              :otel_ctx,
              :otel_propagator_text_map,
              :otel_propagator_trace_context,
              :otel_span,
              :otel_tracer
            ]}

  alias BadgeForge.Tracing.Context

  @impl true
  def start(name, parent, kind, attributes) do
    tracer = :opentelemetry.get_tracer(:badge_forge)
    options = %{kind: kind, attributes: attributes, links: links(parent)}
    parent |> ctx() |> :otel_tracer.start_span(tracer, name, options)
  end

  @impl true
  def context(span) do
    :otel_ctx.new()
    |> :otel_tracer.set_current_span(span)
    |> :otel_propagator_text_map.inject_from(:otel_propagator_trace_context, [])
    |> Map.new()
    |> Context.parse()
  end

  @impl true
  def finish(span, error) do
    if error, do: :otel_span.set_status(span, :error, error)
    :otel_span.end_span(span)
  end

  @impl true
  def within(span, fun) do
    token = :otel_ctx.attach(:otel_tracer.set_current_span(:otel_ctx.get_current(), span))

    try do
      fun.()
    after
      :otel_ctx.detach(token)
    end
  end

  defp ctx(:current), do: :otel_ctx.get_current()
  defp ctx(:new), do: :otel_ctx.new()

  defp ctx(%Context{} = context) do
    carrier = context |> Context.to_meta() |> Map.to_list()
    :otel_propagator_text_map.extract_to(:otel_ctx.new(), :otel_propagator_trace_context, carrier)
  end

  defp links(:new) do
    case :otel_tracer.current_span_ctx() do
      :undefined -> []
      span -> :opentelemetry.links([span])
    end
  end

  defp links(_parent), do: []
end
