# The printer of the fault tests, unless they have virtual ones: the spool, with the fault that CHAOS_PRINTER names. It writes a line to
# PRINTED_LOG for each printed badge.
defmodule Chaos.Printer do
  @behaviour BadgeForge.Printer

  alias BadgeForge.Printer.Spool

  @impl true
  def init(opts), do: Spool.init(opts)

  @impl true
  def print(badge, folder) do
    with :ok <- trouble(System.get_env("CHAOS_PRINTER", "none"), badge),
         :ok <- Spool.print(badge, folder) do
      File.write!(System.fetch_env!("PRINTED_LOG"), badge.id <> "\n", [:append])
    end
  end

  defp trouble("none", _badge), do: :ok
  defp trouble("slow", _badge), do: Process.sleep(:rand.uniform(600))
  defp trouble("failing", _badge), do: Enum.random([:ok, {:error, "out of paper"}])
  defp trouble("takes " <> seconds, _badge), do: Process.sleep(1000 * String.to_integer(seconds))

  # The first print of one badge in ten hangs.
  defp trouble("blocking", badge) do
    mark = System.fetch_env!("PRINTED_LOG") <> "." <> badge.id

    if :erlang.phash2(badge.id, 10) == 0 and not File.exists?(mark) do
      File.touch!(mark)
      Process.sleep(:infinity)
    end

    :ok
  end
end

# With PRINTERS, the app prints on virtual printers.
if System.get_env("PRINTERS") == nil,
  do: Application.put_env(:badge_forge, :printer, Chaos.Printer)

{:ok, _apps} = Application.ensure_all_started(:badge_forge)
