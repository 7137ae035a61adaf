defmodule BadgeForge.BadgeFile do
  @moduledoc """
  Is this path a badge? Whoever can insert a job can write any path into it, so the file must lie inside
  the badges folder once every symlink and `..` is followed, and must begin as a PDF does.
  """

  @most_symlinks 40

  @doc """
  Check that `path` is a PDF inside `folder`.

  Returns its real path; `{:refused, reason}` for what can never be printed; or `{:unreadable, reason}` for
  what may be there or readable later.
  """
  @spec check(Path.t(), Path.t()) ::
          {:ok, Path.t()} | {:refused, String.t()} | {:unreadable, String.t()}
  def check(path, folder) do
    with {:ok, folder} <- real_path(folder),
         {:ok, path} <- real_path(path),
         :ok <- inside(path, folder),
         :ok <- regular(path),
         :ok <- pdf(path) do
      {:ok, path}
    else
      {:error, :eloop} -> {:refused, "has too many symlinks"}
      {:error, :enametoolong} -> {:refused, "has a name that is too long"}
      {:error, reason} -> {:unreadable, to_string(:file.format_error(reason))}
      refused -> refused
    end
  end

  defp inside(path, folder) do
    if List.starts_with?(Path.split(path), Path.split(folder)) and path != folder,
      do: :ok,
      else: {:refused, "lies outside the badges folder"}
  end

  defp regular(path) do
    case File.lstat(path) do
      {:ok, %File.Stat{type: :regular}} -> :ok
      {:ok, %File.Stat{type: type}} -> {:refused, "is a #{type}, not a file"}
      {:error, reason} -> {:error, reason}
    end
  end

  defp pdf(path) do
    with {:ok, start} <- File.open(path, [:read, :raw, :binary], &:file.read(&1, 5)) do
      case start do
        {:ok, "%PDF-"} -> :ok
        {:error, reason} -> {:error, reason}
        _other -> {:refused, "is not a PDF"}
      end
    end
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
