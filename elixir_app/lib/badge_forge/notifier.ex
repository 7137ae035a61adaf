defmodule BadgeForge.Notifier do
  @moduledoc """
  Oban's PostgreSQL notifier, which ignores notifications that it cannot read.

  Any role that may connect to the database may `NOTIFY`. Oban 2.23 decodes a payload in the notifier's
  process and raises on a malformed one. The restarted notifier has forgotten its listeners, and a few
  restarts in a row stop Oban (oban issue 1499).

  `Postgrex.SimpleConnection` calls back into this module, which leaves everything but the decoding to
  `Oban.Notifiers.Postgres`.
  """

  @behaviour Oban.Notifier

  # The stand-in for Oban has neither: it polls, and starts no notifier.
  @compile {:no_warn_undefined, [Oban.Notifiers.Postgres, Oban.Repo, Postgrex.SimpleConnection]}

  alias Oban.Notifiers.Postgres
  alias Postgrex.SimpleConnection

  require Logger

  @log_interval_ms :timer.seconds(10)

  @impl Oban.Notifier
  def start_link(opts) do
    conf = Keyword.fetch!(opts, :conf)

    options =
      conf
      |> Oban.Repo.config()
      |> Keyword.merge(name: Keyword.fetch!(opts, :name), auto_reconnect: true)
      |> Keyword.merge(sync_connect: false)

    SimpleConnection.start_link(__MODULE__, struct!(Postgres, conf: conf), options)
  end

  @impl Oban.Notifier
  defdelegate listen(server, channels), to: Postgres

  @impl Oban.Notifier
  defdelegate unlisten(server, channels), to: Postgres

  @doc """
  As `Oban.Notifier` calls it, send `payload` to a channel; as `Postgrex.SimpleConnection` calls it, hand
  a notification on to the listeners.
  """
  @impl Oban.Notifier
  def notify(channel, payload, state) when is_binary(channel) do
    Postgres.notify(channel, payload, state)
  rescue
    # Not base64, not gzip, not JSON, not text: the exception depends on Oban's and OTP's version.
    error -> log_ignored(channel, error)
  end

  def notify(server, channel, payload), do: Postgres.notify(server, channel, payload)

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

  # A flood of them is logged once in a while.
  defp log_ignored(channel, error) do
    now = System.monotonic_time(:millisecond)

    if now - Process.get(:ignored_logged_at, now - @log_interval_ms) >= @log_interval_ms do
      Process.put(:ignored_logged_at, now)

      Logger.warning(
        "Ignored a malformed notification on the channel #{channel}: #{inspect(error.__struct__)}"
      )
    end

    :ok
  end
end
