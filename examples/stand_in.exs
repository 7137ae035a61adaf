# The project of an example, in whose folder mix runs, with the stand-in for Oban where Hex can't be reached.
# checkout.mk chooses it, so that the example's own mix.exs names nothing but Oban.
Code.require_file(Path.expand("mix.exs"))
example = Mix.Project.get!()
Mix.Project.pop()

defmodule StandIn.MixProject do
  @example example
  use Mix.Project

  def project do
    Keyword.merge(@example.project(),
      deps: [{:oban, path: Path.expand("../elixir_app/without_hex", __DIR__)}],
      elixirc_options: [warnings_as_errors: true],
      build_path: "_build/stand-in",
      lockfile: "_build/stand-in/mix.lock"
    )
  end

  defdelegate application, to: @example
end
