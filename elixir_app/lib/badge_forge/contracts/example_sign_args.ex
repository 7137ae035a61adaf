# Generated from db/contracts/example_sign.schema.json by `make contracts`.
defmodule BadgeForge.Contracts.ExampleSignArgs do
  @moduledoc """
  The args of the example in examples/own_queue that Elixir enqueues for Python. Queue: signs.

    * `:room` - The room, which also names the file.
    * `:text` - What the sign says.
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

  @doc "Return the args of a job, without the fields that are `nil`."
  @spec to_args(t) :: %{optional(String.t()) => term}
  def to_args(%__MODULE__{} = struct) do
    for {key, value} <- [
          {"room", struct.room},
          {"text", struct.text}
        ],
        value != nil,
        into: %{},
        do: {key, value}
  end
end
