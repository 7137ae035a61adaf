defmodule :telemetry do
  @moduledoc false
  # What Badge Forge uses of the library of this name: handlers, events and spans.

  require Logger

  def attach(id, event, handler, config), do: attach_many(id, [event], handler, config)

  def attach_many(id, events, handler, config) do
    update(fn handlers ->
      if is_map_key(handlers, id),
        do: {{:error, :already_exists}, handlers},
        else: {:ok, Map.put(handlers, id, {events, handler, config})}
    end)
  end

  def detach(id) do
    update(fn handlers ->
      if is_map_key(handlers, id),
        do: {:ok, Map.delete(handlers, id)},
        else: {{:error, :not_found}, handlers}
    end)
  end

  def execute(event, measurements, metadata) do
    for {id, {events, handler, config}} <- handlers(), event in events do
      try do
        handler.(event, measurements, metadata, config)
      catch
        kind, reason ->
          detach(id)
          banner = Exception.format_banner(kind, reason, __STACKTRACE__)
          Logger.error("Telemetry handler #{inspect(id)} failed and was detached: #{banner}")
      end
    end

    :ok
  end

  def span(prefix, start_metadata, fun) do
    start = System.monotonic_time()
    context = %{telemetry_span_context: make_ref()}
    measurements = %{monotonic_time: start, system_time: System.system_time()}
    execute(prefix ++ [:start], measurements, Map.merge(context, start_metadata))

    try do
      {result, counts, metadata} = with {result, metadata} <- fun.(), do: {result, %{}, metadata}

      execute(prefix ++ [:stop], Map.merge(counts, since(start)), Map.merge(context, metadata))
      result
    catch
      kind, reason ->
        error = %{kind: kind, reason: reason, stacktrace: __STACKTRACE__}
        metadata = context |> Map.merge(start_metadata) |> Map.merge(error)
        execute(prefix ++ [:exception], since(start), metadata)
        :erlang.raise(kind, reason, __STACKTRACE__)
    end
  end

  defp since(start) do
    now = System.monotonic_time()
    %{duration: now - start, monotonic_time: now}
  end

  defp handlers, do: :persistent_term.get(__MODULE__, %{})

  defp update(fun) do
    :global.trans({__MODULE__, self()}, fn ->
      {answer, handlers} = fun.(handlers())
      :persistent_term.put(__MODULE__, handlers)
      answer
    end)
  end
end
