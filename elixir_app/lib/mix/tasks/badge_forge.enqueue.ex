defmodule Mix.Tasks.BadgeForge.Enqueue do
  @shortdoc "Enqueues a batch of badges"

  @moduledoc """
  Enqueues a batch of badges for invented people, as `BadgeForge.enqueue_batch/2` does.

      mix badge_forge.enqueue [COUNT] [--batch-id UUID] [--design NAME] [--event NAME] [--qr KIND]
                              [--ids FILE] [--print]

      mix badge_forge.enqueue
      mix badge_forge.enqueue 10
      mix badge_forge.enqueue 5000 --batch-id 0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e
      mix badge_forge.enqueue 10 --design a6 --event "Oban Conf" --qr none

    * `--batch-id` - a UUID, see `BadgeForge.progress/1` (default: random)
    * `--design` - the design of each badge (default: the Python worker's)
    * `--event-slug` - the event of each badge, a file of the Python worker (default: the design's event)
    * `--event` - the event's name on each badge, if the event has no file (default: that of the event)
    * `--qr` - what each QR code contains: id, vcard or none (default: id)
    * `--ids` - a new file, into which the ids of the jobs are written, one per line
    * `--print` - also prints, as `mix run --no-halt` does, until it is stopped

  COUNT is 100 by default. The task needs the database, but no running worker. Exit codes: 0 enqueued, 1 the database
  failed, 2 a wrong argument.
  """

  use Mix.Task

  alias BadgeForge.{Batch, Demo, SafeText, Tracing}

  @switches [
    batch_id: :string,
    design: :string,
    event: :string,
    event_slug: :string,
    qr: :string,
    ids: :string,
    print: :boolean
  ]

  @usage "usage: mix badge_forge.enqueue [COUNT] [--batch-id UUID] [--design NAME] [--event NAME] " <>
           "[--event-slug SLUG] [--qr KIND] [--ids FILE] [--print]"

  @impl Mix.Task
  def run(argv) do
    {count, prints?, ids, opts} = parse(argv)

    Mix.Task.run("app.config")
    unless prints?, do: only_insert()
    {:ok, _apps} = Application.ensure_all_started(:badge_forge)

    try do
      enqueue(count, opts, ids)
    rescue
      error -> fail(1, "could not enqueue: #{Exception.message(error)}")
    end

    Tracing.stop()

    Mix.shell().info("Enqueued #{BadgeForge.Enqueue.badges(count)} as batch #{opts[:batch_id]}")
    if prints?, do: Process.sleep(:infinity)
  end

  defp enqueue(count, opts, nil), do: BadgeForge.enqueue_batch(count, opts)

  defp enqueue(count, opts, ids) do
    {:ok, batch} = Batch.of_invented_people(opts)

    File.open!(ids, [:write, :exclusive], fn file ->
      Demo.People.stream()
      |> Stream.take(count)
      |> BadgeForge.Enqueue.batch(batch, fn jobs ->
        IO.write(file, Enum.map(jobs, &"#{&1.id}\n"))
      end)
    end)
  end

  # This process then runs no queue, leads no cluster and stages no jobs.
  defp only_insert do
    Logger.configure(level: :warning)
    config = Application.fetch_env!(:badge_forge, Oban)
    nothing = [queues: [], plugins: [], peer: false, stage_interval: :infinity]
    Application.put_env(:badge_forge, Oban, Keyword.merge(config, nothing))
  end

  defp parse(argv) do
    {opts, args, invalid} = OptionParser.parse(argv, strict: @switches)
    {prints?, opts} = Keyword.pop(opts, :print, false)
    {ids, opts} = Keyword.pop(opts, :ids)

    count =
      case {args, invalid} do
        {[], []} -> 100
        {[text], []} -> count(text)
        {_args, [{option, _value} | _]} -> fail(2, "can't use #{option}; #{@usage}")
        {[_count, extra | _], []} -> fail(2, "can't use #{inspect(extra)}; #{@usage}")
      end

    case Batch.of_invented_people(opts) do
      {:ok, batch} -> {count, prints?, ids, Keyword.put(opts, :batch_id, batch.id)}
      {:error, line} -> fail(2, "#{line}; #{@usage}")
    end
  end

  defp count(text) do
    case Integer.parse(text) do
      {count, ""} when count >= 1 ->
        count

      _other ->
        fail(2, "COUNT must be a whole number from 1 up, got: #{inspect(text)}; #{@usage}")
    end
  end

  @spec fail(1 | 2, String.t()) :: no_return
  defp fail(code, message) do
    message |> String.split("\n") |> hd() |> SafeText.line() |> Mix.shell().error()
    exit({:shutdown, code})
  end
end
