defmodule BadgeForge.QueueWatch do
  @moduledoc """
  Keeps this app's queues running, listening, and visible in `oban_producers`.

  Every second, for each queue:

    * Its state is written into its row of `oban_producers`, where `bin/badge-forge pause` and others read it.
    * A pause or resume that is requested in that row is carried out. `NOTIFY` is not delivered through a
      connection pooler, nor to the stand-in for Oban.
    * A producer that crashed is paused again if it was paused before, and resumed if it was not. Its
      supervisor restarts it as the queue was when it started.
    * A pause that is remembered in `badge_forge_queues` is carried out once, if no request told of it.
    * A queue that is gone is started again as paused, so that no new jobs start until an operator resumes it.
    * The file `:health_file`, if there is one, is touched if the table could be written.
    * The producer is subscribed to Oban's notifier again. Producers subscribe only when they start, and a
      restarted notifier has forgotten them.
    * A warning says if notifications do not arrive, as behind a pooler in transaction mode.
  """

  use GenServer

  alias BadgeForge.{Command, Notifier, Statements}

  require Logger

  @interval_ms 1_000

  @isolated "Notifications do not arrive: jobs are found by polling, and a pause, resume or cancel takes seconds. " <>
              "If DATABASE_URL leads to a pooler in transaction mode, set LISTEN_DATABASE_URL to the database itself"

  @doc """
  Start the watch of an Oban instance. `opts` are that instance's: `:queues` (a keyword list of limits),
  `:name` (default: `Oban`), `:health_file` (default: none) and `:testing`, with which no queue runs and there is
  nothing to watch.
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
       health_file: opts[:health_file],
       queues: for({queue, limit} <- opts[:queues], do: {to_string(queue), limit}),
       notifier: nil,
       isolated: false,
       missing: [],
       reported: %{},
       remembered: %{},
       failing: false,
       held: true
     }}
  end

  @impl GenServer
  def handle_info(:look, state) do
    Process.send_after(self(), :look, @interval_ms)
    {:noreply, state |> look() |> subscribe()}
  end

  def handle_info(_message, state), do: {:noreply, state}

  @impl GenServer
  def terminate(_reason, state) do
    # If the database is away, the row stays until the leader of the Python workers deletes it.
    for {_queue, {uuid, _paused}} <- state.reported, do: Statements.delete_producer(uuid)
  end

  # --- the queues ---

  defp look(state) do
    state = Enum.reduce(state.queues, %{state | held: true}, &watch/2)
    if state.held and state.health_file, do: File.touch!(state.health_file)
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
    cond do
      producer(queue, state) == nil -> restart(queue, limit, %{state | held: false})
      info = Oban.check_queue(state.name, queue: queue) -> report(queue, info, state)
      # It waits for the database. Oban answers nil for a busy producer as for one that does not run.
      true -> %{state | held: false}
    end
  end

  # A queue that crashed comes back by itself, before the second look.
  defp restart(queue, limit, state) do
    if queue in state.missing do
      Logger.warning(
        "The queue #{queue} is gone: it is started again as paused, " <>
          "run #{Command.line("resume #{queue}")} to continue"
      )

      options = [queue: queue, limit: limit, paused: true, local_only: true]
      :ok = Oban.start_queue(state.name, options)
      {former, _paused} = Map.get(state.reported, queue, {nil, true})
      reported = Map.put(state.reported, queue, {former, true})
      %{state | missing: List.delete(state.missing, queue), reported: reported}
    else
      %{state | missing: [queue | state.missing]}
    end
  end

  defp report(queue, info, state) do
    {former, was_paused} = Map.get(state.reported, queue, {info.uuid, info.paused})
    if former not in [nil, info.uuid], do: Statements.delete_producer(former)

    {requested, paused_at} = Statements.report_producer(inspect(state.name), info)

    wanted =
      cond do
        requested == "pause" -> true
        requested == "resume" -> false
        # A signal that came later wins over a pause that was carried out.
        paused_at != state.remembered[queue] -> paused_at != nil
        former == info.uuid -> info.paused
        true -> was_paused
      end

    state = put_in(state.remembered[queue], paused_at)

    if wanted != info.paused do
      set_paused(queue, wanted, state)
      now = Oban.check_queue(state.name, queue: queue)
      if now, do: Statements.report_producer(inspect(state.name), now)
    end

    reported = Map.put(state.reported, queue, {info.uuid, wanted})
    %{state | missing: List.delete(state.missing, queue), reported: reported}
  end

  # As a signal to this producer alone: `Oban.pause_queue/2` would send it by way of the database.
  defp set_paused(queue, paused, state) do
    signal = %{"action" => if(paused, do: "pause", else: "resume"), "queue" => queue}
    if pid = producer(queue, state), do: send(pid, {:notification, :signal, signal})
  end

  # --- the notifier ---

  # The stand-in has no notifier. One that crashed is back at the next look.
  defp subscribe(state) do
    case Oban.Registry.whereis(state.name, Oban.Notifier) do
      nil -> state
      notifier -> notifier |> subscribe(state) |> notice_isolation()
    end
  catch
    :exit, _reason -> state
  end

  defp subscribe(notifier, state) do
    for {queue, _limit} <- state.queues, producer = producer(queue, state) do
      :ok = Notifier.subscribe(notifier, producer, [:insert, :signal])
      if notifier != state.notifier, do: catch_up(queue, producer)
    end

    if state.notifier not in [nil, notifier],
      do: Logger.warning("Oban's notifier was restarted: its queues listen again")

    %{state | notifier: notifier}
  end

  defp notice_isolation(state) do
    isolated = Notifier.isolated?(state.name)

    case {state.isolated, isolated} do
      {false, true} -> Logger.warning(@isolated)
      {true, false} -> Logger.info("Notifications arrive again")
      _unchanged -> :ok
    end

    %{state | isolated: isolated}
  end

  # A job may have been inserted meanwhile.
  defp catch_up(queue, producer),
    do: send(producer, {:notification, :insert, %{"queue" => queue}})

  defp producer(queue, state), do: Oban.Registry.whereis(state.name, {:producer, queue})
end
