# Generated from db/contracts/printers.schema.json by `make contracts`.
defmodule BadgeForge.Contracts.PrintersArgs do
  @moduledoc """
  The args of a question about printers, or of sheets to print. Queue: printers.

    * `:ask` - What is asked: printers answers with the state of all printers, print prints a file.
    * `:printer` - optional. The printer's name in the configuration of the print center, to print a file.
    * `:id` - optional. Identifies the file, which is printed once.
    * `:file` - optional. The name of the PDF in the sheets folder, which ends with the id.
    * `:sha256` - optional. The SHA-256 of the PDF in hex digits. A file with another digest is not printed.
  """

  @enforce_keys [:ask]
  defstruct [
    :ask,
    :printer,
    :id,
    :file,
    :sha256
  ]

  @type t :: %__MODULE__{
          ask: String.t(),
          printer: String.t() | nil,
          id: String.t() | nil,
          file: String.t() | nil,
          sha256: String.t() | nil
        }

  @doc "Build the struct from the args of a job, which `BadgeForge.Contract.check/2` has accepted."
  @spec from_args(%{optional(String.t()) => term}) :: t
  def from_args(args) do
    %__MODULE__{
      ask: args["ask"],
      printer: args["printer"],
      id: args["id"],
      file: args["file"],
      sha256: args["sha256"]
    }
  end
end
