defmodule BadgeForge.Printer.Spool do
  @moduledoc """
  Lays each badge into the spool folder (`SPOOL_DIR`) as `<id>.pdf`, for whatever prints that folder.

  Once per badge, for as long as it lies there: the PDF appears under its name whole, by a hard link that
  never replaces another, and a badge that lies there already is left as it is. Whoever takes badges out of
  the folder gets one again if its job runs again.

  Nothing in the folder is followed: what lies under a badge's name and is no file, as a symlink, is an
  error, not a badge.
  """

  @behaviour BadgeForge.Printer

  require Logger

  @doc false
  def child_spec(_opts), do: %{id: __MODULE__, start: {__MODULE__, :sweep, []}}

  @doc """
  Remove what a killed app has left half done; returns `:ignore`, since there is no process to supervise.

  If another app that shares the folder is laying a badge just then, that print fails, and is tried again.
  """
  @spec sweep() :: :ignore
  def sweep do
    folder = Application.fetch_env!(:badge_forge, :spool_dir)

    with {:ok, names} <- File.ls(folder) do
      for name <- names, name =~ ~r/\.pdf\.[0-9a-f]+\.tmp\z/, do: File.rm(Path.join(folder, name))
    end

    :ignore
  end

  @impl BadgeForge.Printer
  def print(%{id: id, pdf: pdf}) do
    folder = Application.fetch_env!(:badge_forge, :spool_dir)
    spooled = Path.join(folder, id <> ".pdf")

    with :ok <- File.mkdir_p(folder),
         {:error, :enoent} <- look(spooled),
         {:error, :eexist} <- lay(pdf, spooled, temporary(spooled)),
         # Somebody was faster.
         :ok <- look(spooled) do
      :ok
    else
      :ok -> :ok
      {:error, reason} -> {:error, "#{spooled}: #{message(reason)}"}
    end
  end

  # On the disk before it has its name: a power cut leaves no torn badge. `exclusive` neither follows nor
  # overwrites what lies under the temporary name.
  @doc false
  @spec lay(binary, Path.t(), Path.t()) :: :ok | {:error, :file.posix()}
  def lay(pdf, spooled, temporary) do
    with {:ok, file} <- :file.open(temporary, [:write, :exclusive, :raw, :binary]) do
      try do
        with :ok <- write(file, pdf),
             :ok <- File.ln(temporary, spooled),
             do: sync(Path.dirname(spooled))
      after
        File.rm(temporary)
      end
    end
  end

  defp write(file, pdf) do
    with :ok <- :file.write(file, pdf), do: :file.sync(file)
  after
    :file.close(file)
  end

  # Its name is on the disk too, before the job is recorded as done.
  defp sync(folder) do
    with {:ok, opened} <- :file.open(folder, [:read, :raw, :directory]) do
      try do
        :file.sync(opened)
      after
        :file.close(opened)
      end
    end
  end

  # Random, so that nobody can be there first.
  defp temporary(spooled) do
    "#{spooled}.#{Base.encode16(:crypto.strong_rand_bytes(8), case: :lower)}.tmp"
  end

  defp look(spooled) do
    case File.lstat(spooled) do
      {:ok, %File.Stat{type: :regular}} -> Logger.debug("Already spooled: #{spooled}")
      {:ok, %File.Stat{type: type}} -> {:error, "is a #{type}, not a badge: remove it"}
      {:error, reason} -> {:error, reason}
    end
  end

  defp message(reason) when is_atom(reason), do: :file.format_error(reason)
  defp message(reason), do: reason
end
