defmodule BadgeForge.History.Text do
  @moduledoc "Tells the history of a badge in plain words, one screen at most, in local times."

  alias BadgeForge.{History, SafeText}
  alias BadgeForge.History.{Event, Job}

  # Events that are shown: the first, and the newest others.
  @most_events 16

  @longest 300

  @states %{
    waiting: "waiting to be rendered",
    rendering: "being rendered",
    retrying: "not rendered yet, to be tried again",
    rendered: "rendered, waiting to be printed",
    printing: "being printed",
    printed: "printed",
    failed: "failed"
  }

  @words %{
    enqueued: "enqueued",
    confirmed: "sent to print",
    retried: "retried",
    settled: "settled",
    rescued: "rescued",
    snoozed: "put off",
    rendered: "rendered",
    printed: "printed"
  }

  @words_by_queue %{
    {:started, "badges"} => "rendering began",
    {:started, "printing"} => "printing began",
    {:failed, "badges"} => "rendering failed",
    {:failed, "printing"} => "printing failed",
    {:cancelled, "badges"} => "cancelled",
    {:cancelled, "printing"} => "print cancelled",
    {:discarded, "badges"} => "given up",
    {:discarded, "printing"} => "print given up"
  }

  @problems [:failed, :rescued, :cancelled, :discarded]

  @doc "Return the lines that tell what `BadgeForge.History.fetch/1` returned for `name_or_id`."
  @spec lines({:ok, History.t()} | {:error, term}, String.t()) :: [String.t()]
  def lines({:ok, history}, _name_or_id) do
    about =
      for text <- [history.name, history.type, history.company],
          text not in [nil, ""],
          do: safe(text)

    events = history.events |> Enum.chunk_by(&same_failure/1) |> shorten()

    [Enum.join(about, " · "), ""] ++
      Enum.flat_map(events, &event/1) ++ [""] ++ conclusion(history)
  end

  def lines({:error, :not_found}, name_or_id) do
    [
      "No badge has #{SafeText.excerpt(name_or_id)} in its name, or an id that begins so: check the spelling. " <>
        "Finished badges are forgotten after some days."
    ]
  end

  def lines({:error, {:several, found}}, name_or_id) do
    listed =
      for badge <- found do
        [badge.id, badge.name, badge.company]
        |> Enum.map_join("  ", &safe/1)
        |> Kernel.<>("  #{badge.state}")
      end

    [
      "#{length(found)} badges match #{SafeText.excerpt(name_or_id)}: BadgeForge.why(\"ID\") tells one"
      | listed
    ]
  end

  @doc """
  Return a duration in words.

      iex> Enum.map([0.25, 12.3, 185, 7_800], &BadgeForge.History.Text.duration/1)
      ["0.25 s", "12 s", "3 min 5 s", "2 h 10 min"]
  """
  @spec duration(number) :: String.t()
  def duration(seconds) when seconds < 10, do: "#{Float.round(seconds / 1, 2)} s"
  def duration(seconds) when seconds < 60, do: "#{round(seconds)} s"

  def duration(seconds) when seconds < 3_600,
    do: "#{div(round(seconds), 60)} min #{rem(round(seconds), 60)} s"

  def duration(seconds) do
    minutes = div(round(seconds), 60)
    "#{div(minutes, 60)} h #{rem(minutes, 60)} min"
  end

  # Equal failures in a row are one group.
  defp same_failure(%Event{what: what} = event) when what in [:failed, :rescued],
    do: {what, event.job_id, event.detail}

  defp same_failure(event), do: event

  defp shorten(groups) when length(groups) <= @most_events, do: groups

  defp shorten([first | others]) do
    left_out = length(others) - (@most_events - 1)
    [first, left_out | Enum.drop(others, left_out)]
  end

  defp event(left_out) when is_integer(left_out),
    do: ["…  #{left_out} events more: BadgeForge.History.fetch/1"]

  defp event(group) do
    event = List.last(group)
    times = if length(group) > 1, do: ", #{length(group)} times"
    words = @words[event.what] || @words_by_queue[{event.what, event.queue}]
    ["#{local(event.at)}  #{String.pad_trailing("#{words}#{times}", 16)}  #{details(event)}"]
  end

  defp details(event), do: event |> parts() |> Enum.reject(&(&1 in [nil, ""])) |> Enum.join(", ")

  defp parts(%Event{what: :started} = event) do
    [
      event.node && "on #{safe(event.node)}",
      (event.attempt > 1 && "attempt #{event.attempt}") || nil,
      event.seconds && "after waiting #{duration(event.seconds)}"
    ]
  end

  defp parts(%Event{what: what} = event) when what in [:rendered, :printed],
    do: [event.node && "by #{safe(event.node)}", event.seconds && "in #{duration(event.seconds)}"]

  defp parts(%Event{what: what} = event) when what in [:enqueued, :confirmed],
    do: ["job #{event.job_id}", safe(event.detail)]

  defp parts(%Event{what: what} = event) when what in @problems do
    attempt = if what == :failed and is_integer(event.attempt), do: "attempt #{event.attempt}"
    detail = String.replace_prefix(event.detail, "rescued: ", "")
    [attempt, event.seconds && "after #{duration(event.seconds)}", safe(detail)]
  end

  defp parts(event), do: [safe(event.detail)]

  defp conclusion(history) do
    (["State:  #{@states[history.state]}"] ++
       next(history) ++
       fix(history) ++
       [
         history.file && "File:   #{history.file}",
         history.spooled && "Spool:  #{history.spooled}",
         "Badge:  #{history.id}",
         history.batch_id && "Batch:  #{safe(history.batch_id)}",
         "Times:  local, UTC#{offset(List.last(history.events).at)}"
       ])
    |> Enum.reject(&is_nil/1)
  end

  defp next(history) do
    for %Job{state: state} = job <- history.jobs, state in ~w(retryable scheduled) do
      "Next:   attempt #{job.attempt + 1} at #{local(job.scheduled_at)}"
    end
  end

  defp fix(history) do
    case List.last(history.jobs) do
      %Job{state: state, id: id} when state in ~w(cancelled discarded retryable) ->
        ["Fix:    the cause above, then run bin/badge-forge retry #{id}"]

      _not_failed ->
        []
    end
  end

  defp local(time) do
    {date, clock} = time |> DateTime.to_naive() |> NaiveDateTime.to_erl() |> to_local()
    "#{Date.from_erl!(date)} #{Time.from_erl!(clock)}"
  end

  defp offset(time) do
    utc = time |> DateTime.to_naive() |> NaiveDateTime.to_erl()

    seconds =
      :calendar.datetime_to_gregorian_seconds(to_local(utc)) -
        :calendar.datetime_to_gregorian_seconds(utc)

    sign = if seconds < 0, do: "-", else: "+"
    minutes = div(abs(seconds), 60)
    pad = &String.pad_leading("#{&1}", 2, "0")
    "#{sign}#{pad.(div(minutes, 60))}:#{pad.(rem(minutes, 60))}"
  end

  defp to_local(utc), do: :calendar.universal_time_to_local_time(utc)

  defp safe(nil), do: "-"
  defp safe(text), do: text |> String.slice(0, @longest) |> SafeText.line()
end
