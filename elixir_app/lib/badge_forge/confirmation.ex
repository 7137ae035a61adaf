defmodule BadgeForge.Confirmation do
  @moduledoc """
  The args of `BadgeForge.PrintCenter`: the Python worker's message that a badge's PDF exists.

  `db/contracts/print_center.schema.json` defines them.
  """

  alias BadgeForge.{Contract, ContractError}

  @enforce_keys [:id, :name, :file, :sha256]
  defstruct [:id, :name, :file, :sha256]

  @typedoc """
  `file` is the name of the PDF in the badges folder, and `sha256` its SHA-256 in lower-case hex digits.
  """
  @type t :: %__MODULE__{id: String.t(), name: String.t(), file: String.t(), sha256: String.t()}

  @doc "Turn a job's args into a confirmation."
  @spec parse(term) :: {:ok, t} | {:error, ContractError.t()}
  def parse(args) when is_map(args) do
    with :ok <- Contract.check(:print_center, args) do
      %{"id" => id, "name" => name, "sha256" => sha256} = args
      {:ok, %__MODULE__{id: id, name: name, file: file(args), sha256: sha256}}
    end
  end

  def parse(args) do
    {:error, %ContractError{field: "args", reason: "must be an object", value: args}}
  end

  defp file(%{"file" => file}), do: file
  # Version 0.1 of the Python worker sent an absolute path.
  defp file(%{"path" => path}), do: Path.basename(path)
end
