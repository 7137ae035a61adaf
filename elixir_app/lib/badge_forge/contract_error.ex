defmodule BadgeForge.ContractError do
  @moduledoc """
  Job args that break their contract (see `BadgeForge.Contract`).

    * `:field` - the field at fault, `"attendee"` or `"args"` if the whole is not a map
    * `:reason` - what is wrong with it, for example `"must not be blank"`
    * `:value` - its value; `nil` if the field is missing

  `Exception.message/1` puts them into one line. It shows an excerpt of the value, so the line is short and
  safe to log, but may contain personal data.

      iex> error = %BadgeForge.ContractError{field: "name", reason: "must not be blank", value: " "}
      iex> Exception.message(error)
      ~s(name: must not be blank, got: " ")
  """

  alias BadgeForge.SafeText

  @type t :: %__MODULE__{field: String.t(), reason: String.t(), value: term}

  @enforce_keys [:field, :reason]
  defexception [:field, :reason, :value]

  @missing "is missing"

  @doc "Build the error for a required field that is missing."
  @spec missing(String.t()) :: t
  def missing(field), do: %__MODULE__{field: field, reason: @missing}

  @impl Exception
  def message(%__MODULE__{field: field, reason: @missing}), do: "#{field}: #{@missing}"

  def message(%__MODULE__{field: field, reason: reason, value: value}) do
    "#{field}: #{reason}, got: #{SafeText.excerpt(value)}"
  end
end
