defmodule BadgeForge.BadgeFile do
  @moduledoc """
  Reads the PDF of a confirmation from the badges folder.

  Neither the name nor the folder's content is trusted: any role that can insert a job can write any name into
  it, and any process that can write to the folder can replace a file at any moment. So the name has no folder
  and ends with the badge's id. The file is read once, in bounded time, and only bytes with the confirmed SHA-256
  are returned.
  """

  alias BadgeForge.{BoundedRead, ContractError}

  # A badge takes some hundred kilobytes.
  @max_bytes 20_000_000

  # Reading takes milliseconds, and longer from a network file system.
  @limit_ms :timer.seconds(30)

  @doc """
  Read the PDF of a confirmation from `folder`.

  Returns `{:ok, pdf}`, or

    * `{:refused, error}` if it can never be printed
    * `{:missing, reason}` if there is no such file
    * `{:unreadable, reason}` if it may become readable later
  """
  @spec read(%{:id => term, :file => term, :sha256 => term, optional(atom) => term}, Path.t()) ::
          {:ok, binary}
          | {:refused, ContractError.t()}
          | {:missing, reason :: String.t()}
          | {:unreadable, reason :: String.t()}
  def read(%{id: id, file: file, sha256: sha256}, folder) do
    entry = Path.join(folder, file)

    with :ok <- named_after(id, file),
         {:ok, stat} <- regular(entry),
         {:ok, pdf} <- read_entry(entry, stat, sha256),
         :ok <- pdf(pdf) do
      {:ok, pdf}
    else
      {:wrong_file, reason} -> refused("file", reason, file)
      {:wrong_sha256, reason} -> refused("sha256", reason, sha256)
      {:error, :enametoolong} -> refused("file", "is too long a name", file)
      {:error, :enoent} -> missing(folder)
      {:error, reason} -> {:unreadable, to_string(:file.format_error(reason))}
      {:unreadable, reason} -> {:unreadable, reason}
    end
  end

  # The file may have been replaced since `stat` was taken, by a pipe or a symlink for example, or may change while it
  # is read. Only the confirmed bytes are returned.
  @doc false
  @spec read_entry(Path.t(), File.Stat.t(), String.t(), limit_ms :: pos_integer) ::
          {:ok, binary}
          | {:wrong_file | :wrong_sha256, String.t()}
          | {:unreadable, String.t()}
  def read_entry(entry, stat, sha256, limit_ms \\ @limit_ms)

  def read_entry(_entry, %{size: size}, _sha256, _limit_ms) when size > @max_bytes,
    do: {:wrong_file, "has more than #{div(@max_bytes, 1_000_000)} MB"}

  def read_entry(entry, %{size: size} = stat, sha256, limit_ms) do
    # One byte more than the size, to notice a file that has grown.
    case BoundedRead.read(entry, size + 1, limit_ms) do
      {:ok, pdf} when byte_size(pdf) == size -> confirmed(pdf, sha256, entry, stat)
      {:ok, _shorter_or_longer} -> {:unreadable, "can't be read, or changed while it was read"}
      :timeout -> {:unreadable, "was not read within #{limit_ms / 1_000} s"}
    end
  end

  defp confirmed(pdf, sha256, entry, stat) do
    cond do
      Base.encode16(:crypto.hash(:sha256, pdf), case: :lower) == sha256 ->
        {:ok, pdf}

      unchanged?(entry, stat) ->
        {:wrong_sha256, "is not that of the file: it was changed or replaced"}

      true ->
        {:unreadable, "was replaced while it was read"}
    end
  end

  # Reading a file changes its atime only.
  defp unchanged?(entry, stat) do
    case File.lstat(entry) do
      {:ok, now} -> %{now | atime: nil} == %{stat | atime: nil}
      {:error, _gone} -> false
    end
  end

  defp named_after(id, file) do
    cond do
      Path.basename(file) != file -> {:wrong_file, "must be a name without a folder"}
      String.ends_with?(file, "-#{id}.pdf") -> :ok
      true -> {:wrong_file, "must end in -<id>.pdf, with the badge's id"}
    end
  end

  defp regular(entry) do
    case File.lstat(entry) do
      {:ok, %File.Stat{type: :regular} = stat} -> {:ok, stat}
      {:ok, %File.Stat{type: :other}} -> {:wrong_file, "is a pipe or socket, not a file"}
      {:ok, %File.Stat{type: type}} -> {:wrong_file, "is a #{type}, not a file"}
      {:error, reason} -> {:error, reason}
    end
  end

  defp pdf("%PDF-" <> _rest), do: :ok
  defp pdf(_other), do: {:wrong_file, "is not a PDF"}

  defp refused(field, reason, value) do
    {:refused, %ContractError{field: field, reason: reason, value: value}}
  end

  # If the folder is missing too, its disk may be mounted later.
  defp missing(folder) do
    if File.dir?(folder),
      do: {:missing, "no such file"},
      else: {:unreadable, "there is no badges folder #{folder}"}
  end
end
