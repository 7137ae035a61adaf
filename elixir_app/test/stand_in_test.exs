defmodule StandInTest do
  @moduledoc "What is true for the stand-in for Oban only."

  use BadgeForge.Case, async: false

  @reason (cond do
             Code.ensure_loaded?(Postgrex) ->
               "Oban from Hex uses no odbc"

             match?({:error, _}, :gen_tcp.listen(0, bind_to_device: "lo")) ->
               "this system does not let a user bind to an interface"

             true ->
               false
           end)
  @moduletag skip: @reason

  test "other machines cannot reach the ports on which OTP's odbc waits for its program" do
    :erlang.trace_pattern({:inet, :listen_options, 2}, [{:_, [], [{:return_trace}]}], [:global])

    :erlang.trace(:new_processes, true, [:call])
    connection = start_supervised!({Ecto.Repo.Connection, Repo})
    assert {:ok, _rows} = GenServer.call(connection, {:query, "SELECT 1", []})
    :erlang.trace(:new_processes, false, [:call])

    # The attempt whether it is allowed, and three of odbc.
    assert [_allowed, _, _, _] = listened = listened()
    assert Enum.all?(listened, &(inspect(&1) =~ ~s(bind_to_device: "lo")))
    assert Application.get_env(:kernel, :inet_default_listen_options) == []
  end

  defp listened do
    receive do
      {:trace, _pid, :return_from, {:inet, :listen_options, 2}, {:ok, options}} ->
        [options | listened()]

      {:trace, _pid, :call, _call} ->
        listened()
    after
      0 -> []
    end
  end
end
