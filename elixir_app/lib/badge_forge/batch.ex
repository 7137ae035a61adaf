defmodule BadgeForge.Batch do
  @moduledoc "The options of `BadgeForge.enqueue_batch/2`, validated: the batch's id and what its badges share."

  alias BadgeForge.{BadgeArgs, Options}

  @enforce_keys [:id, :defaults]
  defstruct [:id, :defaults, invented: false]

  @typedoc "`defaults` are the args of each badge whose attendee does not have its own. `invented`: of its people."
  @type t :: %__MODULE__{
          id: String.t(),
          defaults: %{optional(String.t()) => String.t()},
          invented: boolean
        }

  @shared [:design, :event, :event_slug, :qr]

  @doc "Validate the options of a batch: `{:ok, batch}`, or one line that says what is wrong."
  @spec new(keyword) :: {:ok, t} | {:error, String.t()}
  def new(opts) do
    with :ok <- Options.check(opts, [:batch_id | @shared]),
         {:ok, id} <- id(opts[:batch_id] || Ecto.UUID.generate()),
         {:ok, defaults} <- BadgeArgs.shared(Keyword.take(opts, @shared)) do
      {:ok, %__MODULE__{id: id, defaults: defaults}}
    else
      {:error, error} when is_exception(error) -> {:error, Exception.message(error)}
      {:error, line} -> {:error, line}
    end
  end

  @doc "As `new/1`, for invented people, who have no URL for their QR codes."
  @spec of_invented_people(keyword) :: {:ok, t} | {:error, String.t()}
  def of_invented_people(opts) do
    case new(opts) do
      {:ok, %{defaults: %{"qr" => "url"}}} ->
        {:error, ~s(qr must not be "url": invented people have no URL)}

      {:ok, batch} ->
        {:ok, %{batch | invented: true}}

      error ->
        error
    end
  end

  @doc """
  Return the `meta` of the batch's jobs: its id, and whether its people are invented.

  ## Examples

      iex> BadgeForge.Batch.meta(%BadgeForge.Batch{id: "0b7ad3a4", defaults: %{}, invented: true})
      %{batch_id: "0b7ad3a4", invented: true}
  """
  @spec meta(t) :: map
  def meta(%__MODULE__{id: id, invented: true}), do: %{batch_id: id, invented: true}
  def meta(%__MODULE__{id: id}), do: %{batch_id: id}

  @doc "Validate the id of a batch: a UUID."
  @spec id(term) :: {:ok, String.t()} | {:error, String.t()}
  def id(id) do
    with :error <- Ecto.UUID.cast(id),
         do: {:error, "batch_id must be a UUID, got: #{inspect(id)}"}
  end
end
