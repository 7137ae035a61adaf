defmodule Ecto.UUID do
  @moduledoc "Random (version 4) UUIDs, and their canonical form."

  def generate do
    <<a::48, _::4, b::12, _::2, c::62>> = :crypto.strong_rand_bytes(16)
    hex = Base.encode16(<<a::48, 4::4, b::12, 2::2, c::62>>, case: :lower)
    Regex.replace(~r/^(.{8})(.{4})(.{4})(.{4})/, hex, "\\1-\\2-\\3-\\4-")
  end

  def cast(text) do
    uuid = if is_binary(text), do: String.downcase(text), else: ""
    if uuid =~ ~r/\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z/, do: {:ok, uuid}, else: :error
  end
end
