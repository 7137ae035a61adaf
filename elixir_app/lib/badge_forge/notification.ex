defmodule BadgeForge.Notification do
  @moduledoc """
  Decides which of PostgreSQL's notifications reach Oban's processes.

  Any role that may connect to the database may `NOTIFY`, and some payloads end processes of Oban 2.23: a
  `scale` without a number ends the producer and its jobs, a `start` without a queue starts all queues again,
  also paused ones.
  """

  @max_limit 1_000

  @doc """
  Check a decoded payload from `channel`, such as `"public.oban_signal"`, for an app that runs `queues`.

    * `{:ok, payload}` - to be passed on
    * `{:pause, payload}` - a `stop` of one of `queues`, turned into a `pause`. A stopped queue is gone until the
      next start of the app; a paused one can be seen and resumed.
    * `:ignore` - of no use to this app
    * `:malformed` - not what Oban sends
  """
  @spec check(String.t(), term, [String.t()]) :: {:ok | :pause, map} | :ignore | :malformed
  def check(channel, payload, queues) when is_map(payload) do
    case channel |> String.split(".oban_") |> List.last() do
      "signal" -> signal(payload, queues)
      "insert" -> pass_if(is_binary(payload["queue"]), payload)
      "leader" -> pass_if(is_binary(payload["down"]), payload)
      "sonar" -> sonar(payload)
      _metrics_for_oban_web -> :ignore
    end
  end

  def check(_channel, _payload, _queues), do: :malformed

  defp signal(%{"action" => action, "queue" => queue} = signal, _queues)
       when action in ["pause", "resume"],
       do: pass_if(is_binary(queue), signal)

  defp signal(%{"action" => "pkill", "job_id" => job_id} = signal, _queues),
    do: pass_if(is_integer(job_id), signal)

  defp signal(%{"action" => action, "queue" => queue} = signal, queues)
       when action in ["start", "stop", "scale"] do
    cond do
      not is_binary(queue) -> :malformed
      queue not in queues -> :ignore
      action == "stop" -> {:pause, %{signal | "action" => "pause"}}
      true -> pass_if(start_or_scale?(signal), signal)
    end
  end

  defp signal(_signal, _queues), do: :malformed

  defp start_or_scale?(%{"action" => action, "limit" => limit} = signal) do
    known = if action == "start", do: ~w(local_only paused), else: []

    limit in 1..@max_limit and is_boolean(Map.get(signal, "paused", false)) and
      Map.keys(signal) -- (~w(action ident queue limit) ++ known) == []
  end

  defp start_or_scale?(_signal), do: false

  defp sonar(%{"node" => node} = sonar),
    do: pass_if(is_binary(node) and is_integer(Map.get(sonar, "time", 0)), sonar)

  defp sonar(_sonar), do: :malformed

  defp pass_if(true, payload), do: {:ok, payload}
  defp pass_if(false, _payload), do: :malformed
end
