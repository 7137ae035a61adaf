defmodule BadgeForge.NotificationTest do
  use ExUnit.Case, async: true

  alias BadgeForge.Notification

  defp signal(payload), do: Notification.check("public.oban_signal", payload, ["printing"])

  test "signals of Oban and of the Python worker are passed on" do
    for signal <- [
          %{"action" => "pause", "queue" => "printing", "ident" => "any"},
          %{"action" => "resume", "queue" => "*"},
          %{"action" => "pkill", "job_id" => 7, "ident" => "any"},
          %{"action" => "scale", "queue" => "printing", "limit" => 3},
          %{"action" => "start", "queue" => "printing", "limit" => 3, "paused" => true}
        ] do
      assert signal(signal) == {:ok, signal}
    end
  end

  test "a stop of a queue of this app becomes a pause" do
    stop = %{"action" => "stop", "queue" => "printing", "ident" => "Oban.host"}
    assert signal(stop) == {:pause, %{stop | "action" => "pause"}}
  end

  test "other queues are neither started, stopped nor scaled" do
    for action <- ~w(start stop scale) do
      assert signal(%{"action" => action, "queue" => "badges", "limit" => 3}) == :ignore
    end
  end

  test "a signal that Oban cannot handle is malformed" do
    for signal <- [
          [1],
          nil,
          "pause",
          %{},
          %{"action" => "start"},
          %{"action" => "stop"},
          %{"action" => "stop", "queue" => 1},
          %{"action" => "pkill"},
          %{"action" => "pkill", "job_id" => "7"},
          %{"action" => "scale", "queue" => "printing"},
          %{"action" => "scale", "queue" => "printing", "limit" => "x"},
          %{"action" => "scale", "queue" => "printing", "limit" => 0},
          %{"action" => "scale", "queue" => "printing", "limit" => 1.0e300},
          %{"action" => "scale", "queue" => "printing", "limit" => 3, "extra" => 1},
          %{"action" => "start", "queue" => "printing", "limit" => 3, "paused" => "no"}
        ] do
      assert signal(signal) == :malformed, inspect(signal)
    end
  end

  test "other channels pass with what their listeners read, and no more" do
    for {channel, good, bad} <- [
          {"insert", %{"queue" => "printing"}, %{"queue" => 1}},
          {"leader", %{"down" => "Oban"}, %{"up" => "Oban"}},
          {"sonar", %{"node" => "host", "ping" => true}, %{"node" => "host", "time" => "now"}}
        ] do
      assert Notification.check("public.oban_" <> channel, good, []) == {:ok, good}
      assert Notification.check("public.oban_" <> channel, bad, []) == :malformed
    end

    assert Notification.check("public.oban_gossip", %{"checks" => []}, []) == :ignore
  end
end
