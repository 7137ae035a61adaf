defmodule BadgeForge.Plugins do
  @moduledoc """
  Checks, when the app starts, that Oban is configured to leave rescuing and pruning alone: those act on the
  whole table, and the Python worker does both, for both applications. Oban's Lifeline goes by the time a
  job began, not by its heartbeat, so a long print would be printed twice.
  """

  # By its name's last part: Oban's own, and what others call so.
  @refused ~r/(Lifeline|Pruner)\z/

  # Options of Oban's next release, which start the same plugins.
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
