defmodule BadgeForge.Printer.IPPTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.{PrintCenter, VirtualPrinters}
  alias BadgeForge.Printer.IPP

  @missing VirtualPrinters.missing()
  if @missing do
    if System.get_env("CI"), do: raise("no virtual printers: #{@missing}")
    @moduletag skip: @missing
  end

  @media "na_index-4x6_4x6in"

  # A separate process: that of setup_all does not answer for the port.
  setup_all do
    if @missing do
      :ok
    else
      folder = Path.join(System.tmp_dir!(), "badge-forge-printers-#{System.pid()}")
      test = self()

      owner =
        spawn_link(fn ->
          printers = VirtualPrinters.start(folder, ["desk-1", "desk-2", "cups"])
          send(test, {:printers, printers})
          orders(printers)
        end)

      assert_receive {:printers, printers}, hang_ms()

      on_exit(fn ->
        monitor = Process.monitor(owner)
        send(owner, :stop)
        assert_receive {:DOWN, ^monitor, :process, _pid, _reason}, hang_ms()
        File.rm_rf!(folder)
      end)

      %{printers: Map.put(printers, :owner, owner)}
    end
  end

  defp orders(printers) do
    receive do
      :stop ->
        Port.close(printers.port)

      {from, name, order} ->
        VirtualPrinters.order(printers, name, order)
        send(from, :done)
        orders(printers)
    end
  end

  setup :folders

  setup %{printers: printers} do
    on_exit(fn ->
      order(printers, "desk-1", "none")

      for name <- ["desk-1", "desk-2", "behind-cups"] do
        VirtualPrinters.trouble(printers, name, nil)
        VirtualPrinters.seconds(printers, name, 0.1)
      end
    end)

    configure(printers)
  end

  # Printers at once, and all of the paper of badges.
  defp configure(printers, changes \\ %{}, opts \\ []) do
    uris =
      Map.new(printers.uris, fn {name, uri} -> {name, %{"uri" => uri, "media" => @media}} end)

    desks = %{"welcome" => ["desk-1", "desk-2"], "one" => ["desk-1"], "office" => ["cups"]}
    config = Map.merge(%{"printers" => uris, "desks" => desks}, changes)

    opts =
      Keyword.merge(
        [printers: Oban.JSON.encode!(config), patience_ms: 500, poll_ms: 100, retry_s: 1],
        opts
      )

    put_settings(printer: {IPP, opts})
  end

  defp order(printers, name, order) do
    send(printers.owner, {self(), name, order})
    assert_receive :done, hang_ms()
  end

  def forward(_event, %{count: 1}, metadata, test), do: send(test, {:event, metadata})

  defp print(badges, desk) do
    args = confirmation(badges)
    {:ok, %{id: id}} = args |> PrintCenter.new(meta: %{desk: desk}) |> Oban.insert()
    {id, args["id"]}
  end

  defp count(printers, badge), do: Enum.count(VirtualPrinters.sheets(printers), &(&1 == badge))

  defp last_error(id), do: List.last(job(id)["errors"])["error"]

  test "prints a badge on the paper of the configuration, and its row names the job", context do
    %{badges: badges, printers: printers} = context
    event = [:badge_forge, :printer, :job]
    :ok = :telemetry.attach(__MODULE__, event, &__MODULE__.forward/4, self())
    on_exit(fn -> :telemetry.detach(__MODULE__) end)
    {id, badge} = print(badges, "one")
    start_oban(queues: [printing: 1])

    meta = await_state(id, "completed")["meta"]
    assert_receive {:event, %{printer: "desk-1", outcome: :printed, reason: nil}}
    assert %{"printer" => "desk-1", "job-name" => ^badge, "job-uuid" => "urn:uuid:" <> _} = meta
    assert meta["job-uri"] =~ "/ipp/print/"

    assert VirtualPrinters.sheet(printers, badge) =~
             ~r"\Adesk-1: #{badge} media=#{@media} sides= copies=1 scaling= bytes=6009\z"
  end

  test "a job that runs twice prints once, and a copy that was asked for prints again", context do
    %{badges: badges, printers: printers} = context
    {id, badge} = print(badges, "one")
    start_oban(queues: [printing: 1])
    await_state(id, "completed")

    # As after an app that was killed before it recorded the outcome.
    change_job(id, "state = 'executing', attempt = 2")
    change_job(id, "state = 'retryable', scheduled_at = timezone('UTC', now())")
    await_state(id, "completed")
    assert count(printers, badge) == 1

    change_job(id, "state = 'available', completed_at = NULL, max_attempts = 30")
    await_state(id, "completed")
    copy = "#{badge}-#{job(id)["meta"]["print_again"]}"
    assert {count(printers, badge), count(printers, copy)} == {1, 1}
  end

  test "prints once if the printer's answer is lost", %{badges: badges, printers: printers} do
    order(printers, "desk-1", "lose the answer")
    {id, badge} = print(badges, "one")
    start_oban(queues: [printing: 1])

    meta = await_state(id, "completed")["meta"]
    order(printers, "desk-1", "none")
    assert meta["job-uri"] =~ "/ipp/print/"
    assert {count(printers, badge), job(id)["attempt"]} == {1, 1}
  end

  test "waits for a printer that does not answer, and says so", context do
    %{badges: badges, printers: printers} = context
    order(printers, "desk-1", "refuse")
    {id, badge} = print(badges, "one")
    start_oban(queues: [printing: 1])

    held_up = await("a reason", fn -> job(id)["meta"]["held_up"] end)
    assert held_up == "desk-1: the connection was closed"
    order(printers, "desk-1", "none")
    await_state(id, "completed")
    assert {count(printers, badge), job(id)["errors"]} == {1, []}
  end

  test "a jam holds a badge up in words, and ends by one act", context do
    %{badges: badges, printers: printers} = context
    VirtualPrinters.trouble(printers, "desk-1", "media-jam")
    {id, badge} = print(badges, "one")

    log =
      capture_log(fn ->
        start_oban(queues: [printing: 1])
        await("a reason", fn -> job(id)["meta"]["held_up"] == "desk-1: paper jam" end)
      end)

    assert log =~ "Not printed, snooze: desk-1: paper jam: job #{id} is tried again in 1 s"
    VirtualPrinters.trouble(printers, "desk-1", nil)
    await_state(id, "completed")
    assert {count(printers, badge), job(id)["errors"]} == {1, []}
  end

  test "the neighbour prints while a printer is jammed, and the jammed badge when it is cancelled",
       context do
    %{badges: badges, printers: printers} = context
    VirtualPrinters.trouble(printers, "desk-1", "media-jam")
    {first, jammed} = print(badges, "welcome")
    start_oban(queues: [printing: 2])
    await("the jam", fn -> job(first)["meta"]["job-cancel"] == "paper jam" end)

    {second, other} = print(badges, "welcome")
    await_state(second, "completed")
    assert VirtualPrinters.sheet(printers, other) =~ "desk-2: "
    assert count(printers, jammed) == 0

    VirtualPrinters.trouble(printers, "desk-1", nil)
    await_state(first, "completed")
    assert VirtualPrinters.sheet(printers, jammed) =~ "desk-2: "
  end

  test "a printer that was switched off with a badge leaves it unknown", context do
    %{badges: badges, printers: printers} = context
    VirtualPrinters.seconds(printers, "desk-1", 60)
    {id, badge} = print(badges, "one")
    start_oban(queues: [printing: 1])
    await("the job", fn -> job(id)["meta"]["job-uuid"] end)

    order(printers, "desk-1", "kill")
    VirtualPrinters.seconds(printers, "desk-1", 0.1)
    order(printers, "desk-1", "start")
    await_state(id, "cancelled")

    assert last_error(id) =~
             ~s(unknown: check the tray: desk-1: the printer has lost the job)

    assert count(printers, badge) == 0
  end

  test "paper that a printer does not have is refused in words, and the next printer is used",
       context do
    %{badges: badges, printers: printers} = context

    wrong = %{
      "desk-1" => %{"uri" => printers.uris["desk-1"], "media" => "iso_a5_148x210mm"},
      "desk-2" => %{"uri" => printers.uris["desk-2"]}
    }

    configure(printers, %{
      "printers" => wrong,
      "desks" => %{"one" => ["desk-1"], "welcome" => ["desk-1", "desk-2"]}
    })

    {first, _badge} = print(badges, "one")
    {second, badge} = print(badges, "welcome")
    start_oban(queues: [printing: 1])
    await_state(first, "retryable")
    assert last_error(first) =~ "desk-1: wrong paper or settings, it does not support media"
    await_state(second, "completed")
    assert VirtualPrinters.sheet(printers, badge) =~ "desk-2: "
  end

  test "a desk that is not configured cancels the job", %{badges: badges} do
    {id, _badge} = print(badges, "wellcome")
    start_oban(queues: [printing: 1])
    await_state(id, "cancelled")
    assert last_error(id) =~ ~S(desk: expected one of office, one, welcome, got: \"wellcome\")
  end

  test "a badge that a killed CUPS had is unknown, and the next one is printed", context do
    %{badges: badges, printers: printers} = context
    VirtualPrinters.seconds(printers, "behind-cups", 2)
    {id, badge} = print(badges, "office")
    start_oban(queues: [printing: 1])
    await("the job", fn -> job(id)["meta"]["job-processing"] end)

    order(printers, "cups", "kill")
    order(printers, "cups", "start")
    await_state(id, "cancelled")

    assert last_error(id) =~
             "unknown: check the tray: cups: CUPS was restarted while it had the job"

    VirtualPrinters.seconds(printers, "behind-cups", 0.1)
    {other, other_badge} = print(badges, "office")
    assert await_state(other, "completed")["meta"]["job-uri"] =~ "/jobs/"
    assert VirtualPrinters.sheet(printers, other_badge) =~ "behind-cups: "
    assert count(printers, badge) <= 1
  end

  test "a job-uri in a hostile row leads nowhere: another job of the printer is not this badge",
       context do
    %{badges: badges} = context
    {first, _badge} = print(badges, "one")
    start_oban(queues: [printing: 1])
    uri = await_state(first, "completed")["meta"]["job-uri"]

    args = confirmation(badges)
    meta = %{"printer" => "desk-1", "job-name" => args["id"], "desk" => "one"}

    for uri <- [uri, "ipp://192.0.2.1/ipp/print/1"] do
      meta = Map.put(meta, "job-uri", uri)
      {:ok, %{id: id}} = args |> PrintCenter.new(meta: meta) |> Oban.insert()
      await_state(id, "cancelled")
      assert last_error(id) =~ "unknown: check the tray: desk-1: the printer has lost the job"
    end
  end
end
