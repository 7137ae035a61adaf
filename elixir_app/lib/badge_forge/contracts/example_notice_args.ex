# Generated from db/contracts/example_notice.schema.json by `make contracts`.
defmodule BadgeForge.Contracts.ExampleNoticeArgs do
  @moduledoc """
  The args of the example in examples/own_queue that Python enqueues for Elixir. Queue: notices.

    * `:room` - The room, which also names the file.
    * `:text` - What the notice says.
  """

  @enforce_keys [:room, :text]
  defstruct [
    :room,
    :text
  ]

  @type t :: %__MODULE__{
          room: String.t(),
          text: String.t()
        }

  @doc "Build the struct from the args of a job, which `BadgeForge.Contract.check/2` has accepted."
  @spec from_args(%{optional(String.t()) => term}) :: t
  def from_args(args) do
    %__MODULE__{
      room: args["room"],
      text: args["text"]
    }
  end
end
