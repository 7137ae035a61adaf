defmodule BadgeForge.BadgeFile do
  @moduledoc """
  Reads the PDF of a confirmation from the badges folder.

  Neither the name nor the folder's content is trusted: any role that can insert a job can write any name into
  it, and any process that can write to the folder can replace a file at any moment. So the name has no folder
  and ends with the badge's id. The file is opened once and read once, and only bytes with the confirmed SHA-256
  are returned.
  """

  alias BadgeForge.{Confirmation, ContractError}

  # A badge takes some hundred kilobytes.
  @max_bytes 20_000_000

  @doc """
  Read the PDF of a confirmation from `folder`.

  Returns `{:ok, pdf}`, or

    * `{:refused, error}` if it can never be printed
    * `{:missing, reason}` if there is no such file
    * `{:unreadable, reason}` if it may become readable later
  """
  @spec read(Confirmation.t(), Path.t()) ::
          {:ok, binary}
          | {:refused, ContractError.t()}
          | {:missing, reason :: String.t()}
          | {:unreadable, reason :: String.t()}
  def read(%{id: id, file: file, sha256: sha256}, folder) do
    entry = Path.join(folder, file)

    with :ok <- named_after(id, file),
         {:ok, stat} <- regular(entry),
         {:ok, pdf} <- read_entry(entry, stat),
         :ok <- confirmed(pdf, sha256),
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

  # Opening follows a symlink, and the file may have been replaced since `stat` was taken. So what was opened is
  # compared with `stat`.
  @doc false
  @spec read_entry(Path.t(), File.Stat.t()) ::
          {:ok, binary}
          | {:error, term}
          | {:wrong_file, String.t()}
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

      opened.size > @max_bytes ->
        {:wrong_file, "has more than #{div(@max_bytes, 1_000_000)} MB"}

      true ->
        read_bytes(file, opened.size)
    end
  end

  # Read one byte more than the size, so that a file that has grown has another SHA-256.
  defp read_bytes(file, size) do
    with :eof <- :file.read(file, size + 1), do: {:ok, ""}
  end

  defp named_after(id, file) do
    cond do
      Path.basename(file) != file -> {:wrong_file, "must be a name without a folder"}
      String.ends_with?(file, "-#{id}.pdf") -> :ok
      true -> {:wrong_file, "must end in -<id>.pdf, with the badge's id"}
    end
  end

  # Only a regular file is opened: opening a pipe would block.
  defp regular(entry) do
    case File.lstat(entry) do
      {:ok, %File.Stat{type: :regular} = stat} -> {:ok, stat}
      {:ok, %File.Stat{type: :other}} -> {:wrong_file, "is a pipe or socket, not a file"}
      {:ok, %File.Stat{type: type}} -> {:wrong_file, "is a #{type}, not a file"}
      {:error, reason} -> {:error, reason}
    end
  end

  defp confirmed(pdf, sha256) do
    if Base.encode16(:crypto.hash(:sha256, pdf), case: :lower) == sha256,
      do: :ok,
      else: {:wrong_sha256, "is not that of the file: it was changed or replaced"}
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
