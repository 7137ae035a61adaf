defmodule BadgeForge.Printer.IPP.Client do
  @moduledoc """
  Sends IPP requests over HTTP, by OTP's `:httpc`.

  It follows no redirect, uses no proxy, and reads at most #{div(1_048_576, 1024)} KiB of the body of an answer with status
  200. `:httpc` has no limit for headers and other bodies but the time (docs/known-gaps.md). Each request has its own
  connection, because `:httpc` repeats a request by itself if a connection that it kept was closed.
  """

  alias BadgeForge.Printer.IPP.Message

  @profile :badge_forge_printers

  @connect_ms 5_000
  @max_bytes 1_048_576

  @typedoc """
  Why there is no response.

  `:unreached` means that the printer has not received the request. `:unanswered` means that it may have.
  """
  @type failure :: {:unreached | :unanswered, reason :: String.t()}

  @doc """
  Start OTP's HTTP client with settings that only printers use. It can be called again.
  """
  @spec start() :: :ok
  def start do
    {:ok, _apps} = Application.ensure_all_started(:inets)
    {:ok, _apps} = Application.ensure_all_started(:ssl)

    case :inets.start(:httpc, profile: @profile) do
      {:ok, _pid} -> :httpc.set_options([cookies: :disabled], @profile)
      {:error, {:already_started, _pid}} -> :ok
    end
  end

  @doc """
  Send an encoded request, followed by a document, to `url`, and return the decoded response.

  `url` has the scheme `http` or `https`. `timeout_ms` is the time until the whole answer has arrived.
  """
  @spec post(String.t(), binary, binary, timeout_ms: pos_integer, verify: boolean) ::
          {:ok, Message.response()} | {:error, failure}
  def post(url, request, document, opts) do
    headers = [{~c"connection", ~c"close"}, {~c"accept", ~c"application/ipp"}]
    http = {String.to_charlist(url), headers, ~c"application/ipp", request <> document}
    timeout_ms = Keyword.fetch!(opts, :timeout_ms)

    http_options =
      [timeout: timeout_ms, connect_timeout: @connect_ms, autoredirect: false] ++
        tls(url, Keyword.get(opts, :verify, true))

    # The answer arrives in parts, so that a large one can be refused.
    options = [sync: false, stream: {:self, :once}, body_format: :binary]

    case :httpc.request(:post, http, http_options, options, @profile) do
      {:ok, id} -> id |> receive_answer(timeout_ms + @connect_ms) |> decode()
      {:error, reason} -> {:error, failure(reason)}
    end
  end

  defp receive_answer(id, timeout_ms) do
    deadline = now() + timeout_ms

    receive do
      {:http, {^id, :stream_start, _headers, pid}} -> stream(id, pid, "", deadline)
      {:http, {^id, {{_version, status, _reason}, _headers, _body}}} -> {:status, status}
      {:http, {^id, {:error, reason}}} -> {:error, failure(reason)}
    after
      timeout_ms -> stop(id, "no answer")
    end
  end

  defp stream(id, pid, read, deadline) do
    :httpc.stream_next(pid)

    receive do
      {:http, {^id, :stream, part}} when byte_size(read) + byte_size(part) > @max_bytes ->
        stop(id, "the answer is larger than #{@max_bytes} bytes")

      {:http, {^id, :stream, part}} ->
        stream(id, pid, read <> part, deadline)

      {:http, {^id, :stream_end, _headers}} ->
        {:ok, read}

      {:http, {^id, {:error, reason}}} ->
        {:error, failure(reason)}
    after
      max(deadline - now(), 0) -> stop(id, "no answer")
    end
  end

  defp stop(id, reason) do
    :httpc.cancel_request(id, @profile)
    discard(id)
    {:error, {:unanswered, reason}}
  end

  defp discard(id) do
    receive do
      {:http, message} when elem(message, 0) == id -> discard(id)
    after
      0 -> :ok
    end
  end

  defp decode({:ok, body}) do
    with {:error, reason} <- Message.decode(body), do: {:error, {:unanswered, reason}}
  end

  # A server that could not handle the request may have begun to.
  defp decode({:status, status}) when status in 500..599,
    do: {:error, {:unanswered, "HTTP status #{status}"}}

  defp decode({:status, status}), do: {:error, {:unreached, "HTTP status #{status}"}}
  defp decode({:error, failure}), do: {:error, failure}

  defp failure({:failed_connect, details}), do: {:unreached, connect_reason(details)}
  defp failure(:timeout), do: {:unanswered, "no answer"}
  defp failure(_closed), do: {:unanswered, "the connection was closed"}

  defp connect_reason(details) do
    reasons = for {family, _options, reason} <- details, family in [:inet, :inet6], do: reason

    case reasons do
      [reason | _] when is_atom(reason) -> "#{:inet.format_error(reason)}"
      [{:tls_alert, {alert, _text}} | _] -> "TLS: #{alert}"
      _other -> "can't connect"
    end
  end

  defp tls("https:" <> _, false), do: [ssl: [verify: :verify_none]]

  defp tls("https:" <> _, true) do
    match = :public_key.pkix_verify_hostname_match_fun(:https)

    [
      ssl:
        [verify: :verify_peer, depth: 5, customize_hostname_check: [match_fun: match]] ++
          authorities()
    ]
  end

  defp tls(_url, _verify), do: []

  # OTP 24 does not know the system's certificates.
  @compile {:no_warn_undefined, {:public_key, :cacerts_get, 0}}

  defp authorities do
    if function_exported?(:public_key, :cacerts_get, 0),
      do: [cacerts: :public_key.cacerts_get()],
      else: [cacertfile: ~c"/etc/ssl/certs/ca-certificates.crt"]
  end

  defp now, do: System.monotonic_time(:millisecond)
end
