defmodule BadgeForge.BadgeFile do
  @moduledoc """
  Reads the PDF of a confirmation. Whoever can insert a job can write any path into it, and whoever can
  write into the badges folder can change what lies there at any moment. So the file must lie in that
  folder itself, under a name that ends with the badge's id; it is opened once and read once, and only
  bytes of the confirmed SHA-256 are handed on.
  """

  alias BadgeForge.Confirmation

  # A badge has some hundred kilobytes.
  @most_bytes 20_000_000
  @most_symlinks 40

  @doc """
  Read the PDF of a confirmation, in `folder`.

  Returns its bytes; `{:refused, field, reason}` for what can never be printed; `{:missing, reason}` if it
  isn't in the folder; or `{:unreadable, reason}` for what may be readable later.
  """
  @spec read(Confirmation.t(), Path.t()) ::
          {:ok, binary}
          | {:refused, field :: String.t(), reason :: String.t()}
          | {:missing, reason :: String.t()}
          | {:unreadable, reason :: String.t()}
  def read(%{id: id, path: path, sha256: sha256}, folder) do
    with {:ok, entry} <- entry(path, folder),
         :ok <- named(entry, id),
         {:ok, stat} <- regular(entry),
         {:ok, pdf} <- read_entry(entry, stat),
         :ok <- same(pdf, sha256),
         :ok <- pdf(pdf) do
      {:ok, pdf}
    else
      {:error, :eloop} -> refused("has too many symlinks")
      {:error, :enoent} -> absent(folder)
      {:error, :enametoolong} -> refused("has a name that is too long")
      {:error, reason} -> {:unreadable, to_string(:file.format_error(reason))}
      no_badge -> no_badge
    end
  end

  # What is opened must be what `stat` saw: a link is followed by open, and may have been put in its place
  # since then, or another file.
  @doc false
  @spec read_entry(Path.t(), File.Stat.t()) ::
          {:ok, binary}
          | {:error, term}
          | {:refused, String.t(), String.t()}
          | {:unreadable, String.t()}
  def read_entry(entry, stat) do
    with {:ok, file} <- :file.open(entry, [:read, :raw, :binary]) do
      try do
        with {:ok, opened} <- :file.read_file_info(file), do: read_file(file, opened, stat)
      after
        :file.close(file)
      end
    end
  end

  defp read_file(file, opened, stat) do
    opened = File.Stat.from_record(opened)

    cond do
      {opened.inode, opened.major_device} != {stat.inode, stat.major_device} ->
        {:unreadable, "was replaced while it was opened"}

      opened.size > @most_bytes ->
        refused("has more than #{div(@most_bytes, 1_000_000)} MB")

      true ->
        read_bytes(file, opened.size)
    end
  end

  # One byte more than it had, so that a file that grew since has another SHA-256.
  defp read_bytes(file, size) do
    with :eof <- :file.read(file, size + 1), do: {:ok, ""}
  end

  # Both through their symlinks: the two applications may know the folder by different paths.
  defp entry(path, folder) do
    with {:ok, folder} <- real_path(folder),
         {:ok, parent} <- path |> Path.dirname() |> real_path() do
      if parent == folder,
        do: {:ok, Path.join(folder, Path.basename(path))},
        else: refused("lies outside the badges folder")
    end
  end

  defp named(entry, id) do
    if String.ends_with?(entry, "-#{id}.pdf"),
      do: :ok,
      else: refused("must end in -<id>.pdf, with the id of the badge")
  end

  # Not opened unless it is a file: a pipe would block.
  defp regular(entry) do
    case File.lstat(entry) do
      {:ok, %File.Stat{type: :regular} = stat} -> {:ok, stat}
      {:ok, %File.Stat{type: :other}} -> refused("is a pipe or socket, not a file")
      {:ok, %File.Stat{type: type}} -> refused("is a #{type}, not a file")
      {:error, reason} -> {:error, reason}
    end
  end

  defp same(pdf, sha256) do
    if Base.encode16(:crypto.hash(:sha256, pdf), case: :lower) == sha256,
      do: :ok,
      else: {:refused, "sha256", "is not that of the file, which is another one or was changed"}
  end

  defp pdf("%PDF-" <> _rest), do: :ok
  defp pdf(_other), do: refused("is not a PDF")

  defp refused(why), do: {:refused, "path", why}

  # Without its folder no badge is gone: the disk may be mounted later.
  defp absent(folder) do
    if File.dir?(folder),
      do: {:missing, "no such file"},
      else: {:unreadable, "there is no badges folder #{folder}"}
  end

  # The path with every symlink and `..` resolved, component by component as the kernel does it. From the
  # first component that doesn't exist, the rest is taken by its words.
  defp real_path(path), do: path |> Path.split() |> follow("/", @most_symlinks)

  defp follow([], resolved, _left), do: {:ok, resolved}
  defp follow(["/" | rest], _resolved, left), do: follow(rest, "/", left)
  defp follow(["." | rest], resolved, left), do: follow(rest, resolved, left)
  defp follow([".." | rest], resolved, left), do: follow(rest, Path.dirname(resolved), left)

  defp follow([name | rest], resolved, left) do
    next = Path.join(resolved, name)

    case File.read_link(next) do
      {:ok, _target} when left == 0 -> {:error, :eloop}
      {:ok, target} -> follow(Path.split(target) ++ rest, resolved, left - 1)
      # No symlink (einval), or nothing at all.
      {:error, reason} when reason in [:einval, :enoent, :enotdir] -> follow(rest, next, left)
      {:error, reason} -> {:error, reason}
    end
  end
end
