defmodule MyApp.MixProject do
  use Mix.Project

  @folders ~w(answer app ask batch cancel cron deploy enqueue progress tracing)

  def project do
    [
      app: :my_app,
      version: "0.1.0",
      elixir: "~> 1.14",
      elixirc_paths: @folders,
      deps: deps()
    ]
  end

  def application do
    [mod: {MyApp.Application, []}, extra_applications: [:logger, :crypto]]
  end

  defp deps do
    [
      {:oban, "~> 2.23"},
      {:postgrex, "~> 0.22"},
      {:jason, "~> 1.4"}
    ]
  end
end
