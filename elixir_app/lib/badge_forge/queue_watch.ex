defmodule BadgeForge.QueueWatch do
  @moduledoc """
  Keeps this app's queues running, listening, and visible in `oban_producers`.

  Every second, for each queue:

    * A queue that was stopped (`Oban.stop_queue/2`, Oban Web's Stop button) is started again as paused, so that
      no new jobs start until an operator resumes it (`bin/badge-forge resume`).
    * Its state is written into its row of `oban_producers`, where `bin/badge-forge pause` and the like
      read it.
    * A pause or resume that is requested in that row is carried out. `NOTIFY` is not delivered through a
      connection pooler, nor to the stand-in for Oban.

  Producers subscribe only when they start. If the notifier dies, this process subscribes in their place and
  forwards notifications. Restarting the queue would kill long prints.
  """

  use GenServer

  alias BadgeForge.Statements

  require Logger

  @interval_ms 1_000

  @doc """
  Start the watch of an Oban instance. `opts` are that instance's: `:queues` (a keyword list of limits),
  `:name` (default: `Oban`) and `:testing`, with which no queue runs and there is nothing to watch.
  """
  @spec start_link(keyword) :: GenServer.on_start()
  def start_link(opts) do
    if Keyword.get(opts, :testing, :disabled) == :disabled,
      do: GenServer.start_link(__MODULE__, opts),
      else: :ignore
  end

  @impl GenServer
  def init(opts) do
    Process.flag(:trap_exit, true)
    send(self(), :look)

    {:ok,
     %{
       name: Keyword.get(opts, :name, Oban),
       queues: for({queue, limit} <- opts[:queues], do: {to_string(queue), limit}),
       notifier: nil,
       unsubscribed: [],
       missing: [],
       reported: %{},
       failing: false
     }}
  end

  @impl GenServer
  def handle_info(:look, state) do
    Process.send_after(self(), :look, @interval_ms)
    {:noreply, state |> look() |> subscribe()}
  end

  def handle_info({:DOWN, ref, :process, _pid, reason}, %{notifier: ref} = state) do
    Logger.warning("Oban's notifier ended (#{kind(reason)}): listening again for its queues")
    {:noreply, %{state | notifier: :down, unsubscribed: producers(state)}}
  end

  def handle_info({:notification, _channel, _payload} = notification, state) do
    for producer <- state.unsubscribed, do: send(producer, notification)
    {:noreply, state}
  end

  def handle_info(_message, state), do: {:noreply, state}

  @impl GenServer
  def terminate(_reason, state) do
    # The database may be gone; then the Python worker deletes the row after a minute.
    for {_queue, uuid} <- state.reported, do: Statements.delete_producer(uuid)
  end

  # --- the queues ---

  defp look(state) do
    state = Enum.reduce(state.queues, state, &watch/2)
    %{state | failing: false}
  rescue
    error -> failing(state, error |> Exception.message() |> String.split("\n") |> hd())
  catch
    :exit, _reason -> failing(state, "no answer")
  end

  defp failing(state, why) do
    if not state.failing, do: Logger.warning("Cannot report the queues: #{why}")
    %{state | failing: true}
  end

  defp watch({queue, limit}, state) do
    case Oban.check_queue(state.name, queue: queue) do
      nil ->
        restart(queue, limit, state)

      info ->
        if act(report(info, state), queue, info, state),
          do: report(Oban.check_queue(state.name, queue: queue), state)

        # A queue that was started again is another producer.
        former = state.reported[queue]
        if former not in [nil, info.uuid], do: Statements.delete_producer(former)
        missing = List.delete(state.missing, queue)
        %{state | missing: missing, reported: Map.put(state.reported, queue, info.uuid)}
    end
  end

  # A queue that crashed comes back by itself, before the second look.
  defp restart(queue, limit, state) do
    if queue in state.missing do
      Logger.warning(
        "The queue #{queue} was stopped by a signal: it is started again, but paused; " <>
          "`bin/badge-forge resume #{queue}` continues it"
      )

      options = [queue: queue, limit: limit, paused: true, local_only: true]
      :ok = Oban.start_queue(state.name, options)
      %{state | missing: List.delete(state.missing, queue)}
    else
      %{state | missing: [queue | state.missing]}
    end
  end

  defp report(nil, _state), do: nil

  defp report(info, state), do: Statements.report_producer(inspect(state.name), info)

  # As a signal to this producer alone: `Oban.pause_queue/2` would send it by way of the database.
  defp act(action, queue, info, state) when action in ["pause", "resume"] do
    if info.paused != (action == "pause") do
      signal = %{"action" => action, "queue" => queue}
      send(producer(queue, state), {:notification, :signal, signal})
    end
  end

  defp act(_nothing_requested, _queue, _info, _state), do: nil

  # --- the notifier ---

  defp subscribe(%{notifier: ref} = state) when is_reference(ref), do: state

  defp subscribe(state) do
    case Oban.Registry.whereis(state.name, Oban.Notifier) do
      nil -> state
      pid -> subscribe(pid, state)
    end
  end

  defp subscribe(pid, state) do
    ref = Process.monitor(pid)
    if state.notifier == :down, do: catch_up(state)
    %{state | notifier: ref}
  catch
    # It ended again: `ref` is DOWN soon, but the next look is sooner.
    :exit, _reason -> state
  end

  defp catch_up(state) do
    :ok = Oban.Notifier.listen(state.name, [:insert, :signal])

    for {queue, _limit} <- state.queues, pid = producer(queue, state) do
      send(pid, {:notification, :insert, %{"queue" => queue}})
    end
  end

  defp producers(state) do
    for {queue, _limit} <- state.queues, pid = producer(queue, state), do: pid
  end

  defp producer(queue, state), do: Oban.Registry.whereis(state.name, {:producer, queue})

  # The reason contains the payload, which is untrusted.
  defp kind({%module{}, _stack}), do: inspect(module)
  defp kind(reason) when is_atom(reason), do: inspect(reason)
  defp kind(_reason), do: "crashed"
end
