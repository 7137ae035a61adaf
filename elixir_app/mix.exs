defmodule BadgeForge.MixProject do
  use Mix.Project

  # The one place that chooses Oban: the real one from Hex, or the stand-in in without_hex/ for where Hex can't be
  # reached. The choice is OBAN, or what bin/setup wrote into var/oban, or else Hex. Each choice has its own build
  # folder, and only Hex uses mix.lock.
  @oban_file Path.expand("../var/oban", __DIR__)

  def project do
    oban = oban()

    [
      app: :badge_forge,
      version: "0.1.0",
      elixir: "~> 1.14",
      elixirc_paths: elixirc_paths(Mix.env()),
      start_permanent: Mix.env() == :prod,
      build_path: "_build/#{oban}",
      lockfile: lockfile(oban),
      deps: deps(oban),
      aliases: aliases(oban),
      releases: [badge_forge: [include_executables_for: [:unix]]],
      # These tools are available with Hex only.
      dialyzer: [plt_add_apps: [:mix, :ex_unit], plt_local_path: "_build/#{oban}/plts"],
      docs: [main: "BadgeForge", output: "_build/#{oban}/doc", formatters: ["html"]]
    ]
  end

  def cli, do: [preferred_envs: ["test.ci": :test]]

  def application do
    [
      mod: {BadgeForge.Application, []},
      extra_applications: [:crypto, :inets, :logger, :public_key, :ssl]
    ]
  end

  defp oban do
    choice =
      with nil <- System.get_env("OBAN"),
           {:error, _no_file} <- File.read(@oban_file) do
        "hex"
      else
        {:ok, written} -> String.trim(written)
        from_env -> from_env
      end

    if choice not in ["hex", "stand-in"] do
      # Mix.raise/1 would print a stack trace here.
      Mix.shell().error(~s(OBAN must be "hex" or "stand-in", got: #{inspect(choice)}))
      System.halt(1)
    end

    choice
  end

  defp deps("hex") do
    [
      # Not 2.24: BadgeForge.Notifier uses private parts of Oban.Notifiers.Postgres.
      {:oban, "~> 2.23.1"},
      # Oban Web sees this app's node, queue and running jobs by it.
      {:oban_met, "~> 1.1"},
      {:ecto_sql, "~> 3.14"},
      {:postgrex, "~> 0.22"},
      {:telemetry, "~> 1.3"},
      {:credo, "~> 1.7", only: [:dev, :test], runtime: false},
      {:dialyxir, "~> 1.4", only: [:dev, :test], runtime: false},
      {:ex_doc, "~> 0.40", only: [:dev, :test], runtime: false},
      {:jason, "~> 1.4"}
    ]
  end

  defp deps("stand-in"), do: [{:oban, path: "without_hex"}]

  # CI runs this on Oban from Hex.
  defp aliases("hex") do
    [
      "test.ci": [
        "format --check-formatted",
        "deps.unlock --check-unused",
        "compile --warnings-as-errors",
        "credo --strict",
        "docs --warnings-as-errors",
        "dialyzer",
        "test"
      ]
    ]
  end

  defp aliases("stand-in"), do: []

  defp lockfile("hex"), do: "mix.lock"
  defp lockfile("stand-in"), do: "_build/stand-in/mix.lock"

  defp elixirc_paths(:test), do: ["lib", "test/support"]
  defp elixirc_paths(_env), do: ["lib"]
end
