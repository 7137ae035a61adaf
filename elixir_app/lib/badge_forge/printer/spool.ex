defmodule BadgeForge.Printer.Spool do
  @moduledoc """
  A printer that writes each badge into a folder, as `<id>.pdf`, for whatever prints that folder.

      config :badge_forge, printer: {BadgeForge.Printer.Spool, folder: "/srv/hot-folder"}

  Options:

    * `:folder` - where to write (default: the setting `:spool_dir`, which is `SPOOL_DIR`)

  A badge is written once for as long as its file exists: the PDF gets its name when it is complete, by a hard
  link that never replaces a file. If badges are removed from the folder, one whose job runs again is written
  again. A badge that the operator prints again is written as `<id>-<copy>.pdf`.

  A badge whose list was changed and imported again is written as `<id>-v<version>.pdf`. Then the files of its
  earlier versions are removed, which were printed, or are wrong.

  The folder is created for its owner only. A badge is readable by those who can read the folder.

  Nothing in the folder is trusted: anything but a regular file under a badge's name, a symlink for example, is
  an error.
  """

  @behaviour BadgeForge.Printer

  import Bitwise, only: [&&&: 2]

  alias BadgeForge.Options

  require Logger

  # Also removes the temporary files of an app that was killed. If another app that shares the folder is writing
  # a badge at that moment, its print fails and is tried again.
  @impl BadgeForge.Printer
  def init(opts) do
    Options.check!(opts, [:folder])
    folder = opts[:folder] || Application.get_env(:badge_forge, :spool_dir)

    if not is_binary(folder) do
      raise ArgumentError, "folder must be a path, got: #{inspect(folder)}"
    end

    with {:ok, names} <- File.ls(folder) do
      for name <- names, name =~ ~r/\.pdf\.[0-9a-f]+\.tmp\z/, do: File.rm(Path.join(folder, name))
    end

    folder
  end

  @impl BadgeForge.Printer
  def print(%{pdf: pdf} = badge, folder) do
    spooled = Path.join(folder, file_name(badge))

    with :ok <- make(folder),
         {:error, :enoent} <- look(spooled),
         {:error, :eexist} <- write(pdf, spooled, temporary(spooled)),
         # Another process was faster.
         :ok <- look(spooled) do
      remove_earlier(badge, folder)
    else
      :ok -> remove_earlier(badge, folder)
      {:error, reason} -> {:error, "#{spooled}: #{message(reason)}"}
    end
  end

  # One that can't be removed stays. The names in a folder with many files are read for a later version only.
  defp remove_earlier(%{id: id, version: version}, folder) when version > 1 do
    with {:ok, names} <- File.ls(folder) do
      for name <- names, earlier?(name, id, version), do: File.rm(Path.join(folder, name))
    end

    :ok
  end

  defp remove_earlier(_badge, _folder), do: :ok

  defp earlier?(name, id, version) do
    case Regex.run(~r/\A#{id}(?:-v([1-9][0-9]{0,8}))?(?:-[0-9]+)?\.pdf\z/, name) do
      [_name] -> true
      [_name, of] -> String.to_integer(of) < version
      nil -> false
    end
  end

  # A new folder is for its owner only.
  defp make(folder) do
    if File.dir?(folder),
      do: :ok,
      else: with(:ok <- File.mkdir_p(folder), do: File.chmod(folder, 0o700))
  end

  defp file_name(%{id: id, version: version, copy: copy}) do
    "#{id}#{if version > 1, do: "-v#{version}"}#{if copy, do: "-#{copy}"}.pdf"
  end

  # The content is on the disk before the file has its name, so that a power cut leaves no torn badge.
  # `exclusive` neither follows nor overwrites a file that has the temporary name.
  @doc false
  @spec write(binary, Path.t(), Path.t()) :: :ok | {:error, :file.posix()}
  def write(pdf, spooled, temporary) do
    with {:ok, file} <- :file.open(temporary, [:write, :exclusive, :raw, :binary]) do
      try do
        with :ok <- make_readable(temporary),
             :ok <- write_and_close(file, pdf),
             :ok <- File.ln(temporary, spooled),
             do: sync_folder(Path.dirname(spooled))
      after
        File.rm(temporary)
      end
    end
  end

  # By those who can read the folder, whatever the umask.
  defp make_readable(file) do
    with {:ok, %{mode: mode}} <- File.stat(Path.dirname(file)),
         do: File.chmod(file, mode &&& 0o666)
  end

  defp write_and_close(file, pdf) do
    with :ok <- :file.write(file, pdf), do: :file.sync(file)
  after
    :file.close(file)
  end

  # The name is on the disk before the job is recorded as completed.
  defp sync_folder(folder) do
    with {:ok, opened} <- :file.open(folder, [:read, :raw, :directory]) do
      try do
        :file.sync(opened)
      after
        :file.close(opened)
      end
    end
  end

  # Random, so that no other process can take the name first.
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
