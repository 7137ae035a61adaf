defmodule BadgeForge.MixProject do
  use Mix.Project

  # The one place that chooses Oban: the real one from Hex, or without_hex/, which stands in for it
  # where Hex can't be reached. OBAN decides, else what set-up wrote into var/oban, else it is Hex.
  # Each has its own build folder, and the stand-in leaves mix.lock alone.
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
      deps: deps(oban)
    ]
  end

  def application do
    [mod: {BadgeForge.Application, []}, extra_applications: [:crypto, :logger]]
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
      # One line: Mix.raise/1 prints a stack trace while the project is loaded.
      Mix.shell().error(~s(OBAN must be "hex" or "stand-in", got: #{inspect(choice)}))
      System.halt(1)
    end

    choice
  end

  defp deps("hex") do
    [
      {:oban, "~> 2.23 and >= 2.23.1"},
      # Oban Web sees this app's node, queue and running jobs by it.
      {:oban_met, "~> 1.1"},
      {:ecto_sql, "~> 3.14"},
      {:postgrex, "~> 0.22"},
      {:telemetry, "~> 1.3"},
      {:jason, "~> 1.4"}
    ]
  end

  defp deps("stand-in"), do: [{:oban, path: "without_hex"}]

  defp lockfile("hex"), do: "mix.lock"
  defp lockfile("stand-in"), do: "_build/stand-in/mix.lock"

  defp elixirc_paths(:test), do: ["lib", "test/support"]
  defp elixirc_paths(_env), do: ["lib"]
end
