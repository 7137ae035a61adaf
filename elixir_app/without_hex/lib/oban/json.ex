defmodule Oban.JSON do
  @moduledoc "Encodes and decodes JSON: with Elixir's own module from 1.18 on, and before with `:jiffy`."

  if Code.ensure_loaded?(JSON) do
    defdelegate encode!(term), to: JSON
    defdelegate decode!(text), to: JSON
  else
    def encode!(term), do: IO.iodata_to_binary(:jiffy.encode(term, [:use_nil]))
    def decode!(text), do: :jiffy.decode(text, [:return_maps, :use_nil, :copy_strings])
  end
end
