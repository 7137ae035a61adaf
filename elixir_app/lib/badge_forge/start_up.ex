defmodule BadgeForge.StartUp do
  @moduledoc """
  Checks what the app needs, before its supervision tree starts.

  If something is wrong, the program prints one line and ends with exit code 1. An error returned by
  `Application.start/2` would do the same with a report around it, several lines in a release.
  """

  alias BadgeForge.{Plugins, Schema, Settings}

  @doc "Check the configuration and the database: `:ok`, or one line that says what is wrong."
  @spec check() :: :ok | {:error, String.t()}
  def check do
    with :ok <- Settings.load(),
         :ok <- Plugins.check(Application.fetch_env!(:badge_forge, Oban)),
         do: Schema.check_before_start()
  end

  @doc "Print a line and end the program with exit code 1."
  @spec refuse(String.t()) :: no_return
  def refuse(line) do
    IO.puts(:stderr, line)
    # This stops the applications that already run, in order, while this process waits.
    System.stop(1)
    Process.sleep(:infinity)
  end
end
