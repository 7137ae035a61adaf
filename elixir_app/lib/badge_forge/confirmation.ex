defmodule BadgeForge.Confirmation do
  @moduledoc """
  The args of `BadgeForge.PrintCenter`, checked as `db/contracts/print_center.schema.json` states them.
  """

  @longest_name 200
  @longest_path 4096
  @shown 60
  @keys ~w(id name path sha256)

  @typedoc "A badge that is said to be there. `sha256` is that of its PDF, in lower-case hex digits."
  @type t :: %{id: String.t(), name: String.t(), path: Path.t(), sha256: String.t()}

  @doc "Turn args into a confirmation, or cancel with the field at fault, what is wrong, and its value."
  @spec parse(term) :: {:ok, t} | {:cancel, String.t()}
  def parse(args) when not is_map(args) do
    {:cancel, "args: must be an object, got: #{cut(args)}"}
  end

  def parse(args) do
    with :ok <- known_keys(args),
         {:ok, id} <- field(args, "id", &id/1),
         {:ok, name} <- field(args, "name", &name/1),
         {:ok, path} <- field(args, "path", &path/1),
         {:ok, sha256} <- field(args, "sha256", &sha256/1) do
      {:ok, %{id: id, name: name, path: path, sha256: sha256}}
    end
  end

  @doc """
  Show a value in a message: as Elixir writes it, and not more than #{@shown} characters of it, without those
  that Elixir writes as they are though nobody sees them, or that turn the order of what is around them.
  """
  @spec cut(term) :: String.t()
  def cut(value) do
    shown = inspect(value, printable_limit: 4 * @shown, limit: @shown)
    shown = String.replace(shown, ~r/[\p{C}\x{2028}\x{2029}]/u, "\uFFFD")
    if String.length(shown) > @shown, do: String.slice(shown, 0, @shown - 1) <> "…", else: shown
  end

  @doc "Show a key in a message. It may hold anything: only a plain one is shown as it is."
  @spec shown_key(term) :: String.t()
  def shown_key(key) do
    if is_binary(key) and key =~ ~r/\A\w{1,60}\z/, do: key, else: cut(key)
  end

  @doc "Is a text longer than `limit`, in code points, as JSON Schema counts?"
  @spec longer?(String.t(), non_neg_integer) :: boolean
  def longer?(text, limit), do: length(String.codepoints(text)) > limit

  defp known_keys(args) do
    case args |> Map.keys() |> Enum.sort() |> Enum.reject(&(&1 in @keys)) do
      [] ->
        :ok

      [key | _] ->
        {:cancel, "#{shown_key(key)}: is not known, expected only #{Enum.join(@keys, ", ")}"}
    end
  end

  defp field(args, key, check) do
    with {:ok, value} when is_binary(value) <- Map.fetch(args, key),
         :ok <- check.(value) do
      {:ok, value}
    else
      :error -> {:cancel, "#{key}: is missing"}
      {:ok, value} -> {:cancel, "#{key}: must be text, got: #{cut(value)}"}
      wrong -> {:cancel, "#{key}: #{wrong}, got: #{cut(args[key])}"}
    end
  end

  defp id(id) do
    if id =~ ~r/\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z/,
      do: :ok,
      else: "must be a UUID in lower case"
  end

  defp name(name) do
    cond do
      String.trim(name) == "" -> "must not be blank"
      longer?(name, @longest_name) -> "must have #{@longest_name} characters or fewer"
      true -> :ok
    end
  end

  defp path(path) do
    cond do
      longer?(path, @longest_path) -> "must have #{@longest_path} characters or fewer"
      path =~ ~r/\A\/[^\n\r\x{2028}\x{2029}\0]*\.pdf\z/u -> :ok
      true -> "must be absolute and end in .pdf"
    end
  end

  defp sha256(sha256) do
    if sha256 =~ ~r/\A[0-9a-f]{64}\z/, do: :ok, else: "must be 64 hex digits in lower case"
  end
end
