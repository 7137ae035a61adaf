defmodule BadgeForge.Printer.Spool do
  @moduledoc """
  Lays each badge into the spool folder (`SPOOL_DIR`) as `<id>.pdf`, for whatever prints that folder.

  Once per badge, for as long as it lies there: the copy appears under its name whole, by a hard link that
  never replaces another, and a badge that lies there already is left as it is. Whoever takes badges out of
  the folder gets one again if its job runs again.
  """

  @behaviour BadgeForge.Printer

  require Logger

  @impl BadgeForge.Printer
  def print(%{id: id, path: path}) do
    folder = Application.fetch_env!(:badge_forge, :spool_dir)
    spooled = Path.join(folder, id <> ".pdf")

    with :ok <- File.mkdir_p(folder),
         :ok <- if(File.exists?(spooled), do: already(spooled), else: lay(path, spooled)) do
      :ok
    else
      {:error, reason} -> {:error, "#{spooled}: #{:file.format_error(reason)}"}
    end
  end

  defp lay(path, spooled) do
    temporary = "#{spooled}.#{System.pid()}-#{System.unique_integer([:positive])}.tmp"

    try do
      with :ok <- copy(path, temporary), do: link(temporary, spooled)
    after
      File.rm(temporary)
    end
  end

  # On the disk before it has its name: a power cut leaves no torn badge.
  defp copy(from, to) do
    with {:ok, file} <- :file.open(to, [:write, :exclusive, :raw, :binary]) do
      try do
        with {:ok, _bytes} <- :file.copy(from, file), do: :file.sync(file)
      after
        :file.close(file)
      end
    end
  end

  defp link(temporary, spooled) do
    with {:error, :eexist} <- File.ln(temporary, spooled), do: already(spooled)
  end

  defp already(spooled), do: Logger.debug("Already spooled: #{spooled}")
end
