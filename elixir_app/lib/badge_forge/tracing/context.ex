defmodule BadgeForge.Tracing.Context do
  @moduledoc """
  A position in a trace, as W3C Trace Context writes it into `traceparent` and `tracestate`.

  Rows are untrusted: `parse/1` returns nil for a context that is not valid.
  """

  @enforce_keys [:trace_id, :span_id]
  defstruct [:trace_id, :span_id, sampled: true, state: nil]

  @typedoc "The ids are lower-case hex digits: 32 and 16. `state` is a `tracestate`."
  @type t :: %__MODULE__{
          trace_id: String.t(),
          span_id: String.t(),
          sampled: boolean,
          state: String.t() | nil
        }

  @zero_trace_id String.duplicate("0", 32)
  @zero_span_id String.duplicate("0", 16)

  # The specification asks to pass on at least this many characters.
  @max_state 512
  @max_members 32
  @member ~r/\A[ \t]*(?:[a-z][a-z0-9_*\/-]{0,255}|[a-z0-9][a-z0-9_*\/-]{0,240}@[a-z][a-z0-9_*\/-]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e][ \t]*\z/

  @doc """
  Return the context in the `meta` of a job, nil if there is none or it is not valid.

  ## Examples

      iex> meta = %{"traceparent" => "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
      iex> BadgeForge.Tracing.Context.parse(meta).span_id
      "b7ad6b7169203331"
      iex> BadgeForge.Tracing.Context.parse(%{"traceparent" => "00-0af7-b7ad-01"})
      nil
  """
  @spec parse(term) :: t | nil
  def parse(
        %{
          "traceparent" =>
            <<"00-", trace_id::binary-32, "-", span_id::binary-16, "-", flags::binary-2>>
        } = meta
      )
      when trace_id != @zero_trace_id and span_id != @zero_span_id do
    if hex?(trace_id) and hex?(span_id) and hex?(flags) do
      sampled = flags |> String.to_integer(16) |> rem(2) == 1
      state = if valid_state?(meta["tracestate"]), do: meta["tracestate"]
      %__MODULE__{trace_id: trace_id, span_id: span_id, sampled: sampled, state: state}
    end
  end

  def parse(_meta), do: nil

  @doc "Return the context for the `meta` of a job."
  @spec to_meta(t) :: %{required(String.t()) => String.t()}
  def to_meta(%__MODULE__{trace_id: trace_id, span_id: span_id} = context) do
    flags = if context.sampled, do: "01", else: "00"
    meta = %{"traceparent" => "00-#{trace_id}-#{span_id}-#{flags}"}
    if context.state, do: Map.put(meta, "tracestate", context.state), else: meta
  end

  @doc "Return a new position in the trace of `parent`, or in a new trace."
  @spec child(t | nil) :: t
  def child(nil), do: %__MODULE__{trace_id: random(16), span_id: random(8)}
  def child(%__MODULE__{} = parent), do: %{parent | span_id: random(8)}

  # An id of zeros only is not valid.
  defp random(bytes) do
    id = :crypto.strong_rand_bytes(bytes)
    if id == <<0::size(bytes)-unit(8)>>, do: random(bytes), else: Base.encode16(id, case: :lower)
  end

  defp hex?(text), do: text =~ ~r/\A[0-9a-f]+\z/

  defp valid_state?(state) when is_binary(state) and byte_size(state) <= @max_state do
    members = String.split(state, ",")
    length(members) <= @max_members and Enum.all?(members, &(&1 =~ @member))
  end

  defp valid_state?(_state), do: false
end
