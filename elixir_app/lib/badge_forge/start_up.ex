defmodule BadgeForge.StartUp do
  @moduledoc """
  Checks what the app needs, before its supervision tree starts. If something is wrong, the program ends with one
  line and exit code 1.
  """

  alias BadgeForge.{Plugins, Queues, SafeText, Schema, Settings}

  @doc "Check the configuration and the database: `:ok`, or one line that says what is wrong."
  @spec check() :: :ok | {:error, String.t()}
  def check do
    with :ok <- Settings.load(),
         :ok <- Queues.load(),
         :ok <- Plugins.check(Application.fetch_env!(:badge_forge, Oban)),
         do: Schema.check_before_start()
  end

  @doc """
  Print a line and end the program with exit code 1.

  Call it in `Application.start/2`, before there is anything of this app to stop. An error returned from there
  would be printed inside Mix's report, and a release's is several lines. `System.stop/1` makes Mix print that it was
  interrupted.
  """
  @spec refuse(String.t()) :: no_return
  def refuse(line) do
    IO.puts(:stderr, SafeText.line(line))
    System.halt(1)
  end
end
