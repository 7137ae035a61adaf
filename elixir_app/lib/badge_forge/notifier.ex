defmodule BadgeForge.Notifier do
  @moduledoc """
  Oban's PostgreSQL notifier, which passes on only what `BadgeForge.Notification` lets through.

  Oban 2.23 decodes a payload in the notifier's process and raises on a malformed one. The restarted notifier
  has forgotten its listeners, and a few restarts in a row stop Oban (oban issue 1499).

  `Postgrex.SimpleConnection` calls back into this module, which leaves the rest to `Oban.Notifiers.Postgres`.
  """

  @behaviour Oban.Notifier

  # The stand-in for Oban has none of these: it polls, and starts no notifier.
  if not Code.ensure_loaded?(Oban.Notifiers.Postgres) do
    @compile {:no_warn_undefined,
              [
                {Oban.Config, :match_ident?, 2},
                {Oban.Notifier, :decode, 1},
                {Oban.Notifier, :encode, 1},
                {Oban.Notifier, :status, 1},
                Oban.Notifiers.Postgres,
                Oban.Repo,
                Postgrex.SimpleConnection
              ]}
  end

  alias BadgeForge.{Command, Notification}
  alias Oban.Notifiers.Postgres
  alias Postgrex.SimpleConnection

  require Logger

  # Oban Web's own Oban, among others. Its role may be allowed to fetch, and it would fail each job.
  @starts_everywhere "Oban.start_queue would start the queue in every Oban on this database, also in those that lack " <>
                       "its workers: add local_only: true"

  @log_interval_ms :timer.seconds(10)

  @impl Oban.Notifier
  def start_link(opts) do
    conf = Keyword.fetch!(opts, :conf)

    options =
      conf
      |> Oban.Repo.config()
      |> around_pooler(Application.get_env(:badge_forge, __MODULE__, []))
      |> Keyword.merge(name: Keyword.fetch!(opts, :name), auto_reconnect: true)
      |> Keyword.merge(sync_connect: false)

    SimpleConnection.start_link(__MODULE__, struct!(Postgres, conf: conf), options)
  end

  # LISTEN_DATABASE_URL, which replaces the whole place.
  defp around_pooler(options, []), do: options

  defp around_pooler(options, listen),
    do: options |> Keyword.drop([:hostname, :socket_dir, :ssl]) |> Keyword.merge(listen)

  @impl Oban.Notifier
  defdelegate listen(server, channels), to: Postgres

  @impl Oban.Notifier
  defdelegate unlisten(server, channels), to: Postgres

  @doc "Subscribe another process, `listener`, to `channels`. Subscribing it again changes nothing."
  @spec subscribe(GenServer.server(), pid, [atom]) :: :ok
  def subscribe(server, listener, channels),
    do: SimpleConnection.call(server, {:listen, listener, channels})

  @doc "Tell whether notifications do not arrive: the Oban `name` does not hear even itself."
  @spec isolated?(Oban.name()) :: boolean
  def isolated?(name), do: Oban.Notifier.status(name) == :isolated

  @doc """
  As `Oban.Notifier` calls it, send `payload` to a channel, unless it would start a queue on all nodes. As
  `Postgrex.SimpleConnection` calls it, pass a notification on to the listeners.
  """
  @impl Oban.Notifier
  def notify(channel, payload, state) when is_binary(channel) do
    queues = for {queue, _opts} <- state.conf.queues, do: to_string(queue)

    case Notification.check(channel, Oban.Notifier.decode(payload), queues) do
      {:ok, _payload} -> Postgres.notify(channel, payload, state)
      {:pause, signal} -> pause(channel, signal, state)
      :ignore -> :ok
      :malformed -> log_malformed(channel, "unexpected content")
    end
  rescue
    # Not base64, not gzip, not JSON, not text: the exception depends on the versions of Oban and OTP.
    error -> log_malformed(channel, inspect(error.__struct__))
  end

  def notify(server, channel, payload) do
    if channel == :signal and Enum.any?(payload, &starts_everywhere?/1),
      do: {:error, %ArgumentError{message: @starts_everywhere}},
      else: Postgres.notify(server, channel, payload)
  end

  @doc false
  defdelegate init(state), to: Postgres

  @doc false
  defdelegate handle_connect(state), to: Postgres

  @doc false
  defdelegate handle_disconnect(state), to: Postgres

  @doc false
  defdelegate handle_call(message, from, state), to: Postgres

  @doc false
  defdelegate handle_info(message, state), to: Postgres

  @doc false
  defdelegate handle_result(results, state), to: Postgres

  defp starts_everywhere?(payload),
    do: match?(%{"action" => "start", "ident" => "any"}, Oban.Notifier.decode(payload))

  defp pause(channel, %{"queue" => queue} = signal, state) do
    ident = Map.get(signal, "ident", "any")

    if ident == "any" or Oban.Config.match_ident?(state.conf, ident) do
      Logger.warning(
        "A signal to stop the queue #{queue} arrived: it is paused instead, " <>
          "run #{Command.line("resume #{queue}")} to continue"
      )

      Postgres.notify(channel, Oban.Notifier.encode(signal), state)
    else
      :ok
    end
  end

  # A flood of them is logged once in a while.
  defp log_malformed(channel, why) do
    now = System.monotonic_time(:millisecond)

    if now - Process.get(:malformed_logged_at, now - @log_interval_ms) >= @log_interval_ms do
      Process.put(:malformed_logged_at, now)
      Logger.warning("Ignored a malformed notification on the channel #{channel}: #{why}")
    end

    :ok
  end
end
