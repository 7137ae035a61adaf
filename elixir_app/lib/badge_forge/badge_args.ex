defmodule BadgeForge.BadgeArgs do
  @moduledoc """
  Builds and checks the args of a badge, as `db/contracts/generate_badge.schema.json` defines them.

  The Python worker checks them again and cancels the job if they break the contract. Checking them here tells
  the caller before a job exists. Only the Python worker knows which designs, events and types there are.
  """

  alias BadgeForge.{Contract, ContractError}
  alias BadgeForge.Contracts.GenerateBadgeArgs

  @type t :: %{required(String.t()) => String.t()}

  @doc """
  Build the args of an attendee's badge from a `BadgeForge.Contracts.GenerateBadgeArgs`, or from a map whose keys
  are the contract's fields, as atoms or strings.

  Fields that the attendee lacks are taken from `defaults`. The id is random unless one is given.

  ## Examples

      iex> id = "7bfb7c39-c354-4cce-ad5b-f1be2814b17e"
      iex> attendee = %{id: id, name: "Ada Lovelace", company: "", type: "speaker"}
      iex> BadgeForge.BadgeArgs.new(attendee, %{"design" => "a6"})
      {:ok, %{"id" => id, "name" => "Ada Lovelace", "company" => "", "type" => "speaker", "design" => "a6"}}
      iex> BadgeForge.BadgeArgs.new(%{attendee | type: "Countess"})
      {:error,
       %BadgeForge.ContractError{
         field: "type",
         reason: "must be of a-z, 0-9 and single hyphens",
         value: "Countess"
       }}
  """
  @spec new(term, %{optional(String.t()) => String.t()}) :: {:ok, t} | {:error, ContractError.t()}
  def new(attendee, defaults \\ %{})

  def new(%GenerateBadgeArgs{} = attendee, defaults) do
    attendee |> GenerateBadgeArgs.to_args() |> new(defaults)
  end

  def new(attendee, defaults) when is_map(attendee) do
    args =
      for {field, value} <- Map.to_list(attendee),
          into: defaults,
          do: {to_field(field), to_value(value)}

    args = Map.put_new_lazy(args, "id", &Ecto.UUID.generate/0)
    with :ok <- Contract.check(:generate_badge, args), do: {:ok, args}
  end

  def new(attendee, _defaults) do
    reason = "must be a map of a badge's fields"
    {:error, %ContractError{field: "attendee", reason: reason, value: attendee}}
  end

  @doc """
  Check what the badges of a batch share, given as the options `:design`, `:event`, `:event_slug` and `:qr`.

  ## Examples

      iex> BadgeForge.BadgeArgs.shared(design: "a6", qr: nil)
      {:ok, %{"design" => "a6"}}
  """
  @spec shared(keyword) ::
          {:ok, %{optional(String.t()) => String.t()}} | {:error, ContractError.t()}
  def shared(opts) do
    given = for {key, value} <- opts, value != nil, into: %{}, do: {Atom.to_string(key), value}

    Enum.find_value(given, {:ok, given}, fn {field, value} ->
      with :ok <- Contract.check_field(:generate_badge, field, value), do: nil
    end)
  end

  # The keys of `fields` may be atoms, too.
  defp to_value(value) when is_map(value) and not is_struct(value),
    do: Map.new(value, fn {key, text} -> {to_field(key), text} end)

  defp to_value(value), do: value

  defp to_field(key) when is_atom(key), do: Atom.to_string(key)
  defp to_field(key), do: key
end
