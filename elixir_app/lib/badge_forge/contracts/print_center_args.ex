# Generated from db/contracts/print_center.schema.json by `make contracts`.
defmodule BadgeForge.Contracts.PrintCenterArgs do
  @moduledoc """
  The args of a print job, which confirms that the PDF of a badge exists. Queue: printing.

    * `:id` - Identifies the badge, as in generate_badge.schema.json.
    * `:name` - The attendee's name, for the log line.
    * `:file` - optional. The name of the PDF, <slug>-<id>.pdf. Each application finds it in its own badges folder.
    * `:path` - optional. Instead of file, as version 0.1 wrote it: an absolute path. Only its last part counts.
    * `:sha256` - The SHA-256 of the PDF in hex digits. A file with another digest is not printed.
  """

  @enforce_keys [:id, :name, :sha256]
  defstruct [
    :id,
    :name,
    :file,
    :path,
    :sha256
  ]

  @type t :: %__MODULE__{
          id: String.t(),
          name: String.t(),
          file: String.t() | nil,
          path: String.t() | nil,
          sha256: String.t()
        }

  @doc "Build the struct from the args of a job, which `BadgeForge.Contract.check/2` has accepted."
  @spec from_args(%{optional(String.t()) => term}) :: t
  def from_args(args) do
    %__MODULE__{
      id: args["id"],
      name: args["name"],
      file: args["file"],
      path: args["path"],
      sha256: args["sha256"]
    }
  end
end
