defmodule BadgeForge.Confirmation do
  @moduledoc """
  The args of `BadgeForge.PrintCenter`: the Python worker's message that a badge's PDF exists.

  `db/contracts/print_center.schema.json` defines them.
  """

  alias BadgeForge.{Contract, ContractError}

  @enforce_keys [:id, :name, :path, :sha256]
  defstruct [:id, :name, :path, :sha256]

  @typedoc "`sha256` is the SHA-256 of the PDF at `path`, in lower-case hex digits."
  @type t :: %__MODULE__{id: String.t(), name: String.t(), path: Path.t(), sha256: String.t()}

  @doc "Turn a job's args into a confirmation."
  @spec parse(term) :: {:ok, t} | {:error, ContractError.t()}
  def parse(args) when is_map(args) do
    with :ok <- Contract.check(:print_center, args) do
      %{"id" => id, "name" => name, "path" => path, "sha256" => sha256} = args
      {:ok, %__MODULE__{id: id, name: name, path: path, sha256: sha256}}
    end
  end

  def parse(args) do
    {:error, %ContractError{field: "args", reason: "must be an object", value: args}}
  end
end
