defmodule Oban.Queue do
  @moduledoc false
  # Fetches the jobs of one queue, up to its limit, and runs each in a task. It polls: every stage_interval
  # while the queue is empty, more often while jobs arrive, and at once when a job has ended and the last fetch
  # left others waiting.

  use GenServer
  alias Oban.{Executor, Job}
  require Logger

  @fastest_poll_ms 50

  def child_spec({conf, queue, opts}) do
    queue = to_string(queue)
    name = Oban.Registry.name(conf.name, {:producer, queue})
    start = {GenServer, :start_link, [__MODULE__, {conf, queue, opts}, [name: name]]}
    %{id: {__MODULE__, queue}, start: start, shutdown: conf.shutdown_grace_period + 1_000}
  end

  @impl true
  def init({conf, queue, opts}) do
    Process.flag(:trap_exit, true)
    send(self(), :poll)
    paused = Keyword.get(opts, :paused, false)
    state = %{conf: conf, queue: queue, limit: Keyword.fetch!(opts, :limit), paused: paused}
    {:ok, Map.merge(state, %{uuid: Ecto.UUID.generate(), running: %{}, poll_ms: 0, more?: false})}
  end

  @impl true
  def handle_call(:check, _from, state) do
    running = for {_ref, {job, _function}} <- state.running, do: job.id
    check = %{node: state.conf.node, running: running}
    {:reply, state |> Map.take([:queue, :limit, :paused, :uuid]) |> Map.merge(check), state}
  end

  @impl true
  def handle_info(:poll, %{conf: conf} = before) do
    Job.stage(conf.repo, before.queue)
    state = fetch(before)
    poll_ms = if state.running == before.running, do: state.poll_ms * 2, else: 0
    poll_ms = poll_ms |> max(@fastest_poll_ms) |> min(conf.stage_interval)
    Process.send_after(self(), :poll, poll_ms)
    {:noreply, %{state | poll_ms: poll_ms}}
  end

  def handle_info({:notification, :signal, %{"action" => action, "queue" => queue}}, state)
      when action in ["pause", "resume"] and queue == state.queue,
      do: {:noreply, %{state | paused: action == "pause"}}

  def handle_info(message, state) do
    state = settle(message, state)
    {:noreply, if(state.more?, do: fetch(state), else: state)}
  end

  # The supervisor stops it: fetch no more jobs, and wait for those that run.
  @impl true
  def terminate(_reason, state), do: drain(state, now() + state.conf.shutdown_grace_period)

  defp fetch(%{paused: true} = state), do: %{state | more?: false}
  defp fetch(%{running: running, limit: limit} = state) when map_size(running) >= limit, do: state

  defp fetch(%{conf: conf, queue: queue} = state) do
    demand = state.limit - map_size(state.running)

    case Job.fetch(conf.repo, queue, demand, conf.node, state.uuid) do
      {:ok, jobs} ->
        state = %{state | more?: length(jobs) == demand}
        Enum.reduce(jobs, state, &run(&2, &1, :call, [conf, &1]))

      {:error, error} ->
        Logger.warning("Oban: queue #{queue} can't fetch jobs: #{Exception.message(error)}")
        %{state | more?: false}
    end
  end

  defp run(state, job, function, args) do
    opts = [shutdown: :brutal_kill]
    task = Task.Supervisor.async_nolink(state.conf.foreman, Executor, function, args, opts)
    put_in(state.running[task.ref], {job, function})
  end

  # The process of a job answers when it has recorded the outcome. If it is DOWN before, it has not.
  defp settle({ref, _recorded}, state) when is_map_key(state.running, ref) do
    Process.demonitor(ref, [:flush])
    %{state | running: Map.delete(state.running, ref)}
  end

  defp settle({:DOWN, ref, :process, _pid, reason}, state) when is_map_key(state.running, ref) do
    {{job, function}, running} = Map.pop!(state.running, ref)
    state = %{state | running: running}
    if function == :call, do: run(state, job, :bury, [state.conf, job, reason]), else: state
  end

  defp settle(_message, state), do: state

  defp drain(%{running: running}, _deadline) when running == %{}, do: :ok

  # Jobs that still run at the deadline die with the task supervisor.
  defp drain(%{running: running} = state, deadline) do
    receive do
      message -> message |> settle(state) |> drain(deadline)
    after
      max(deadline - now(), 0) ->
        Logger.warning(
          "Oban: kills #{map_size(running)} jobs that still run after the grace period"
        )
    end
  end

  defp now, do: System.monotonic_time(:millisecond)
end
