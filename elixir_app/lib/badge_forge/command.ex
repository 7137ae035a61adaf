defmodule BadgeForge.Command do
  @moduledoc "Names the commands of the Python side in messages."

  @doc """
  Return the command line that runs `badge-forge` with `arguments`, in backquotes. A checkout has it in `bin/`.

  ## Examples

      iex> BadgeForge.Command.line("db migrate")
      "`bin/badge-forge db migrate`"
  """
  @spec line(String.t()) :: String.t()
  def line(arguments) do
    folder = if System.get_env("RELEASE_ROOT"), do: "", else: "bin/"
    "`#{folder}badge-forge #{arguments}`"
  end
end
