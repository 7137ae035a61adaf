defmodule BadgeForge.Printer.IPP do
  @moduledoc """
  A printer that speaks IPP: the printers themselves, or queues of CUPS.

      config :badge_forge, printer: {BadgeForge.Printer.IPP, printers: json}

  The environment variable `PRINTERS` does the same. Options:

    * `:printers` - the printers and the desks, see `BadgeForge.Printer.IPP.Pools`
    * `:patience_ms` - how long a print waits at a printer that is blocked or away, before its job is tried again
      later (default: 15,000)
    * `:poll_ms` - the time between two questions about a job (default: 1,000)
    * `:retry_s` - seconds until a job is tried again that waits for a printer (default: 10)

  Each badge is a Print-Job with the badge's id as its name, at the size of its PDF. It is followed to its end. The
  job's row says where it is (`BadgeForge.Printer.IPP.Record`), so that a print that is tried again first asks that
  printer. What no printer can tell ends as `unknown: check the tray`, and a person decides.
  """

  @behaviour BadgeForge.Printer

  alias BadgeForge.{Options, Settings}
  alias BadgeForge.Printer.IPP.{Client, Following, Pools, Record, Requests, Sending, Watch}

  # Between two offers to a printer that has enough to do, in milliseconds, and at most as much again.
  @busy_ms 1_000

  # The job's own time limit comes later.
  @follow_share 0.8

  @impl BadgeForge.Printer
  def init(opts) do
    Options.check!(opts, [:printers, :patience_ms, :poll_ms, :retry_s])
    pools = Pools.parse!(opts[:printers])
    :ok = Client.start()

    %{
      pools: pools,
      patience_ms: Keyword.get(opts, :patience_ms, 15_000),
      poll_ms: Keyword.get(opts, :poll_ms, 1_000),
      retry_s: Keyword.get(opts, :retry_s, 10)
    }
  end

  @impl BadgeForge.Printer
  def print(%{job: job} = badge, state) do
    case Pools.pool(state.pools, job.meta["desk"]) do
      {:ok, pool} -> print_in(pool, badge, state)
      {:error, reason} -> {:cancel, reason}
    end
  end

  @doc "As `print/2`, on one printer of the configuration."
  @spec print_on(map, String.t(), map) :: BadgeForge.Printer.result()
  def print_on(document, name, state),
    do: print_in([Map.fetch!(state.pools.printers, name)], document, state)

  defp print_in(pool, badge, state) do
    follow_ms = round(@follow_share * 1_000 * Settings.get().print_timeout_s)

    print = %{
      job: badge.job,
      name: if(badge.copy, do: "#{badge.id}-#{badge.copy}", else: badge.id),
      pdf: badge.pdf,
      options: Map.put(state, :follow_ms, follow_ms)
    }

    print |> resume(pool) |> result(print)
  end

  # First the printer that may have the badge.
  defp resume(print, pool) do
    record = Record.fetch(print.job.meta, print.name)
    printer = print.options.pools.printers[record["printer"]]

    cond do
      record == %{} -> begin(print, pool)
      printer == nil -> {:unknown, "printer", "it is no longer in the configuration"}
      record["job-uri"] -> follow(printer, record, resumed(print, printer), pool)
      true -> find(printer, record, print, pool)
    end
  end

  # The row of a badge that is printed again is a copy, and may say why the first one waited.
  defp begin(print, pool) do
    if Map.has_key?(print.job.meta, "held_up"),
      do: Record.write(print.job, %{"held_up" => nil})

    try_pool(print, pool, [])
  end

  defp find(printer, record, print, pool) do
    print = resumed(print, printer)

    case Sending.find(printer, print, record["job-sent-at"] || 0) do
      {:waiting, reason} -> {:waiting, printer.name, reason}
      outcome -> sent(outcome, printer, print, pool, [])
    end
  end

  # Offer the badge to each printer of the pool in turn. `reasons` are those of the printers before.
  defp try_pool(print, pool, reasons), do: try_pool(print, pool, pool, reasons)

  defp try_pool(print, pool, [printer | others], reasons) do
    print = watched(print, printer)

    try do
      printer
      |> Sending.send(print)
      |> told(printer)
      |> sent(printer, print, pool, reasons, others)
    after
      Watch.close(print.watch)
    end
  end

  defp try_pool(_print, _pool, [], reasons), do: {:none, Enum.reverse(reasons)}

  defp sent(outcome, printer, print, pool, reasons, others \\ :all)

  defp sent({:accepted, job}, printer, print, pool, _reasons, _others) do
    record = %{"printer" => printer.name, "job-uri" => job.uri, "job-uuid" => job.uuid}
    follow(printer, record, print, pool)
  end

  defp sent(:lost, _printer, _print, _pool, _reasons, _others), do: :lost

  defp sent({:unknown, why}, printer, _print, _pool, _reasons, _others),
    do: {:unknown, printer.name, why}

  defp sent({:waiting, why}, printer, _print, _pool, _reasons, _others),
    do: {:waiting, printer.name, why}

  defp sent(_not_accepted, _printer, print, pool, _reasons, :all), do: try_pool(print, pool, [])

  # It can print, and its turn comes: another printer would be at another place.
  defp sent({:busy, _reason}, printer, print, pool, reasons, others) do
    print = Map.put_new(print, :busy_until, now() + print.options.patience_ms)

    if now() > print.busy_until do
      :busy
    else
      Process.sleep(@busy_ms + :rand.uniform(@busy_ms))
      try_pool(print, pool, [printer | others], reasons)
    end
  end

  defp sent({kind, reason}, printer, print, pool, reasons, others),
    do: try_pool(print, pool, others, [{printer.name, kind, reason} | reasons])

  defp follow(printer, record, print, pool) do
    print = Map.merge(print, %{cups: cups?(printer), alternative: alternative?(printer, pool)})

    case printer |> Following.follow(record, print) |> told(printer) do
      :printed -> :ok
      :lost -> :lost
      {:elsewhere, reason} -> elsewhere(reason, printer, print, pool)
      {:aborted, reason} -> aborted(reason, printer, print, pool)
      {outcome, reason} -> {outcome, printer.name, reason}
    end
  end

  # An accepted job has its outcome later, and a lost one elsewhere.
  defp told({:accepted, _job} = outcome, _printer), do: outcome
  defp told(:lost, _printer), do: :lost

  defp told(outcome, printer) do
    {kind, reason} = with :printed <- outcome, do: {:printed, nil}
    metadata = %{printer: printer.name, outcome: kind, reason: reason}
    :telemetry.execute([:badge_forge, :printer, :job], %{count: 1}, metadata)
    outcome
  end

  defp elsewhere(reason, printer, print, pool) do
    with :ok <- Record.write(print.job, Record.forgotten()) do
      others = Enum.reject(pool, &(&1.name == printer.name))
      try_pool(print, pool, others, [{printer.name, :blocked, reason}])
    end
  end

  defp aborted(reason, printer, print, pool) do
    with :ok <- Record.write(print.job, Record.forgotten()) do
      others = Enum.reject(pool, &(&1.name == printer.name))
      try_pool(print, pool, others, [{printer.name, :refused, reason}])
    end
  end

  defp resumed(print, printer), do: print |> watched(printer) |> Map.put(:resumed, true)

  defp watched(print, printer) do
    watch = if cups?(printer), do: Watch.open(printer)
    Map.merge(print, %{watch: watch, resumed: false})
  end

  # CUPS answers at the path of its queues.
  defp cups?(printer), do: URI.parse(printer.uri).path =~ ~r"\A/(printers|classes)/"

  # Another printer of the pool that can print now.
  defp alternative?(printer, pool) do
    pool
    |> Enum.reject(&(&1.name == printer.name))
    |> Enum.any?(&match?({:ok, %{blocked: nil}}, Requests.printer(&1)))
  end

  defp result(:ok, _print), do: :ok
  defp result(:busy, _print), do: {:snooze, 1}
  defp result(:lost, _print), do: {:error, "the job no longer belongs to this attempt"}

  defp result({:unknown, name, why}, _print),
    do: {:cancel, "unknown: check the tray: #{name}: #{why}"}

  defp result({:cancelled, name, why}, _print), do: {:cancel, "#{name}: #{why}"}

  defp result({:waiting, name, why}, print),
    do: {:snooze, print.options.retry_s, "#{name}: #{why}"}

  # A printer that refuses the badge would do so again. What blocks a printer ends.
  defp result({:none, reasons}, print) do
    words = Enum.map_join(reasons, "; ", fn {name, _kind, reason} -> "#{name}: #{reason}" end)

    if Enum.all?(reasons, &match?({_name, :refused, _reason}, &1)),
      do: {:error, words},
      else: {:snooze, print.options.retry_s, words}
  end

  defp now, do: System.monotonic_time(:millisecond)
end
