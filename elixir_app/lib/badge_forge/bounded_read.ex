defmodule BadgeForge.BoundedRead do
  @moduledoc """
  Reads a file in bounded time, whatever takes its place.

  Opening a FIFO that has no writer blocks. In the BEAM it would block a thread, which nothing can end, not even
  SIGTERM; and a check before does not help, since the file can be replaced after it. So another program, `head`,
  opens the file. It is killed if it takes too long, and also if the calling process or the BEAM ends before.
  """

  # Its stdin ends with the port. `kill` ends the group of the port: this shell and `head`.
  @script ~S(head -c "$1" -- "$2" 2>/dev/null & exec >/dev/null; read -r _; kill -KILL "-$$")

  @doc "Read `path`, at most `max_bytes`. What cannot be read is empty. `:timeout` if it takes more than `limit_ms`."
  @spec read(Path.t(), pos_integer, limit_ms :: pos_integer) :: {:ok, binary} | :timeout
  def read(path, max_bytes, limit_ms) do
    args = ["-c", @script, "sh", Integer.to_string(max_bytes), path]
    port = Port.open({:spawn_executable, "/bin/sh"}, [:binary, :eof, args: args])

    try do
      collect(port, [], now() + limit_ms)
    after
      Port.close(port)
      discard(port)
    end
  end

  defp collect(port, read, deadline) do
    receive do
      {^port, {:data, more}} -> collect(port, [read | more], deadline)
      {^port, :eof} -> {:ok, IO.iodata_to_binary(read)}
    after
      max(deadline - now(), 0) -> :timeout
    end
  end

  # What the port sent before it was closed.
  defp discard(port) do
    receive do
      {^port, _message} -> discard(port)
    after
      0 -> :ok
    end
  end

  defp now, do: System.monotonic_time(:millisecond)
end
