defmodule BadgeForge.StartUp do
  @moduledoc "What is checked when the app starts: it goes on, or ends with one line and exit code 1."

  @doc "The child that calls `module.require!/0` in its turn, and is no process."
  @spec child_spec_of(module) :: Supervisor.child_spec()
  def child_spec_of(module), do: %{id: module, start: {module, :require!, []}}

  @doc "Return `:ignore` (there is no process to supervise), or end the program with the line."
  @spec require!(:ok | {:error, String.t()}) :: :ignore
  def require!(:ok), do: :ignore

  def require!({:error, line}) do
    IO.puts(:stderr, line)
    System.halt(1)
  end
end
