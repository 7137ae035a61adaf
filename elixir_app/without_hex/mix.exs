defmodule Oban.WithoutHex.MixProject do
  use Mix.Project

  def project do
    [app: :oban, version: "0.0.0", elixir: "~> 1.14", deps: []]
  end

  def application do
    # Elixir has a JSON module from 1.18 on. Before, Debian's erlang-jiffy is used.
    json = if Code.ensure_loaded?(JSON), do: [], else: [:jiffy]

    [extra_applications: [:logger, :crypto, :odbc] ++ json]
  end
end
