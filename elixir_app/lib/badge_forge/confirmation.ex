defmodule BadgeForge.Confirmation do
  @moduledoc """
  The args of `BadgeForge.PrintCenter`: the Python worker's message that a badge's PDF exists.

  `db/contracts/print_center.schema.json` defines them.
  """

  alias BadgeForge.{Contract, ContractError}
  alias BadgeForge.Contracts.PrintCenterArgs

  @typedoc """
  `file` is always set: the name of the PDF in the badges folder.
  """
  @type t :: PrintCenterArgs.t()

  @doc "Turn a job's args into a confirmation."
  @spec parse(term) :: {:ok, t} | {:error, ContractError.t()}
  def parse(args) when is_map(args) do
    with :ok <- Contract.check(:print_center, args),
         do: {:ok, args |> PrintCenterArgs.from_args() |> with_file()}
  end

  def parse(args) do
    {:error, %ContractError{field: "args", reason: "must be an object", value: args}}
  end

  # Version 0.1 of the Python worker sent an absolute path.
  defp with_file(%{file: nil, path: path} = args), do: %{args | file: Path.basename(path)}
  defp with_file(args), do: args
end
