defmodule BadgeForge.Printer.IPP.ClientTest do
  use ExUnit.Case, async: true

  alias BadgeForge.Printer.IPP.Client

  @ipp <<2, 0, 0::16, 1::32, 3>>

  setup do
    {:ok, listener} = :gen_tcp.listen(0, [:binary, active: false, ip: {127, 0, 0, 1}])
    {:ok, port} = :inet.port(listener)
    :ok = Client.start()
    %{listener: listener, url: "http://127.0.0.1:#{port}/ipp/print"}
  end

  # Answer each connection with `answer`, and tell this process about each request.
  defp serve(listener, answer) do
    test = self()
    spawn_link(fn -> serve(listener, answer, test) end)
  end

  defp serve(listener, answer, test) do
    with {:ok, socket} <- :gen_tcp.accept(listener) do
      {:ok, request} = :gen_tcp.recv(socket, 0)
      send(test, {:request, request})
      answer.(socket)
      :gen_tcp.close(socket)
      serve(listener, answer, test)
    end
  end

  defp post(url, opts \\ []),
    do: Client.post(url, "request", "document", Keyword.put_new(opts, :timeout_ms, 5_000))

  defp http(status, body, more \\ ""),
    do: "HTTP/1.1 #{status}\r\n#{more}content-length: #{byte_size(body)}\r\n\r\n" <> body

  test "a request and its document arrive as one body, once", context do
    serve(context.listener, &:gen_tcp.send(&1, http("200 OK", @ipp)))
    assert {:ok, %{status: 0}} = post(context.url)
    assert_receive {:request, request}
    assert request =~ "POST /ipp/print HTTP/1.1\r\n"
    assert request =~ ~r"content-type: ?application/ipp"i
    refute_received {:request, _second}
  end

  test "a redirect is not followed", context do
    {:ok, other} = :gen_tcp.listen(0, [:binary, active: false, ip: {127, 0, 0, 1}])
    {:ok, port} = :inet.port(other)
    redirect = http("307 Temporary Redirect", "", "location: http://127.0.0.1:#{port}/\r\n")
    serve(context.listener, &:gen_tcp.send(&1, redirect))

    assert post(context.url) == {:error, {:unreached, "HTTP status 307"}}
    assert :gen_tcp.accept(other, 50) == {:error, :timeout}
  end

  test "an endless answer is read up to a megabyte", context do
    serve(context.listener, fn socket ->
      :gen_tcp.send(socket, "HTTP/1.1 200 OK\r\n\r\n")
      part = String.duplicate("x", 65_536)
      Stream.repeatedly(fn -> :gen_tcp.send(socket, part) end) |> Enum.find(&(&1 != :ok))
    end)

    assert {:error, {:unanswered, "the answer is larger than 1048576 bytes"}} = post(context.url)
  end

  test "an answer that does not come, is cut, or is not IPP leaves the request in doubt",
       context do
    for {answer, reason} <- [
          {fn _socket -> Process.sleep(500) end, "no answer"},
          {fn _socket -> :ok end, "the connection was closed"},
          {&:gen_tcp.send(&1, http("200 OK", "<html>")), "the answer is not IPP"},
          {&:gen_tcp.send(&1, http("500 Error", "")), "HTTP status 500"}
        ] do
      {:ok, listener} = :gen_tcp.listen(0, [:binary, active: false, ip: {127, 0, 0, 1}])
      {:ok, port} = :inet.port(listener)
      serve(listener, answer)
      url = "http://127.0.0.1:#{port}#{URI.parse(context.url).path}"
      assert post(url, timeout_ms: 200) == {:error, {:unanswered, reason}}
    end
  end

  test "a printer that refuses the connection has not received the request", context do
    :gen_tcp.close(context.listener)
    assert {:error, {:unreached, "connection refused"}} = post(context.url)
  end
end
