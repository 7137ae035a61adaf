defmodule BadgeForge.Plugins do
  @moduledoc """
  Checks, before the app starts, that Oban does not rescue or prune.

  The Python worker rescues and prunes the jobs of both applications. Oban's Lifeline goes by the time at which a job
  began, not by its heartbeat, so a badge that takes long would be printed twice.
  """

  # Oban's own plugins, and others of the same names.
  @refused ~r/(Lifeline|Pruner)\z/

  # Options of Oban 2.24, which start the same plugins.
  @refused_options [:pruner, :lifeline]

  @doc "Check Oban's options: `:ok`, or one line that says which plugin or option to remove, and why."
  @spec check(keyword) :: :ok | {:error, String.t()}
  def check(config) do
    plugin = Enum.find(modules(config[:plugins] || []), &(inspect(&1) =~ @refused))
    option = Enum.find(@refused_options, &(config[&1] not in [nil, false]))

    cond do
      plugin -> refuse("the plugin #{inspect(plugin)}", "`plugins:`")
      option -> refuse("the option `#{option}:`", "the options")
      true -> :ok
    end
  end

  defp refuse(what, where) do
    {:error,
     "config :badge_forge, Oban has #{what}, but the Python worker prunes and rescues for both " <>
       "applications: remove it from #{where}"}
  end

  defp modules(plugins) do
    Enum.map(plugins, fn
      {module, _opts} -> module
      module -> module
    end)
  end
end
