defmodule BadgeForge.Printer.IPP.Watch do
  @moduledoc """
  Notices that a CUPS was restarted, however quickly: an idle connection to it ends with it.

  CUPS tells by no attribute since when it runs. A queue that is reached by TLS is not watched, since CUPS waits for
  the handshake.
  """

  @connect_ms 5_000

  @type t :: :gen_tcp.socket() | nil

  @doc "Connect to a queue, before a job is sent to it. The connection ends with the calling process."
  @spec open(map) :: t
  def open(%{url: "http:" <> _ = url}) do
    %URI{host: host, port: port} = URI.parse(url)

    case :gen_tcp.connect(String.to_charlist(host), port, [:binary, active: false], @connect_ms) do
      {:ok, socket} -> socket
      {:error, _reason} -> nil
    end
  end

  def open(_printer), do: nil

  @doc "Tell whether the connection has ended."
  @spec broken?(t) :: boolean
  def broken?(nil), do: false
  def broken?(socket), do: :gen_tcp.recv(socket, 0, 0) != {:error, :timeout}

  @doc "End the connection."
  @spec close(t) :: :ok
  def close(nil), do: :ok
  def close(socket), do: :gen_tcp.close(socket)
end
