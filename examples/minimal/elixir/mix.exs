defmodule Bridge.MixProject do
  use Mix.Project

  def project do
    [app: :bridge, version: "0.1.0", elixir: "~> 1.14", deps: deps()]
  end

  def application do
    [mod: {Bridge.Application, []}, extra_applications: [:logger]]
  end

  defp deps do
    [
      {:oban, "~> 2.23"},
      {:postgrex, "~> 0.22"},
      {:jason, "~> 1.4"}
    ]
  end
end
