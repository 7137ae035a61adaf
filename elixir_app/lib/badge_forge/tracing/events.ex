defmodule BadgeForge.Tracing.Events do
  @moduledoc """
  Spans as Telemetry events, where OpenTelemetry is not installed: each that ends is an event
  `[:badge_forge, :span, :stop]`, which `BadgeForge.Telemetry` describes.
  """

  @behaviour BadgeForge.Tracing

  alias BadgeForge.Tracing.Context

  @event [:badge_forge, :span, :stop]

  @impl true
  def start(name, parent, kind, attributes) do
    {parent, link} = parent(parent, Process.get(__MODULE__))

    %{
      context: Context.child(parent),
      name: name,
      kind: kind,
      attributes: attributes,
      parent: parent,
      link: link,
      system_time: System.system_time(),
      monotonic_time: System.monotonic_time()
    }
  end

  @impl true
  def context(span), do: span.context

  @impl true
  def finish(%{context: %Context{sampled: false}}, _error), do: :ok

  def finish(span, error) do
    measurements = %{
      system_time: span.system_time,
      duration: System.monotonic_time() - span.monotonic_time
    }

    metadata =
      span
      |> Map.take([:name, :kind, :attributes])
      |> Map.merge(Map.take(span.context, [:trace_id, :span_id]))
      |> Map.merge(%{parent_span_id: span.parent && span.parent.span_id, error: error})
      |> Map.put(:link, span.link && Context.to_meta(span.link)["traceparent"])

    :telemetry.execute(@event, measurements, metadata)
  end

  @impl true
  def within(span, fun) do
    before = Process.put(__MODULE__, span.context)

    try do
      fun.()
    after
      Process.put(__MODULE__, before)
    end
  end

  defp parent(:current, current), do: {current, nil}
  defp parent(:new, current), do: {nil, current}
  defp parent(context, _current), do: {context, nil}
end
