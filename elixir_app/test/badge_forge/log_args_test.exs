defmodule BadgeForge.LogArgsTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.PrintCenter

  @name "Sentinella Canaria"

  setup :folders

  setup do
    put_settings(log_args: false)
  end

  # Every outcome of a job, with the name in every place where it can be.
  defp attacks(badges) do
    badge = confirmation(badges, %{"name" => @name})
    named = "sentinella-canaria-#{badge["id"]}.pdf"
    pdf = "%PDF-1.7\n"
    File.write!(Path.join(badges, named), pdf)

    %{
      "printed" => %{badge | "file" => named, "sha256" => sha256(pdf)},
      "no such file" => %{badge | "file" => "sentinella-canaria.pdf"},
      "outside" => %{badge | "file" => "/sentinella-canaria.pdf"},
      "no file" => %{badge | "file" => @name},
      "no id" => %{badge | "id" => @name},
      "no name" => %{badge | "name" => [@name]},
      "no field" => Map.put(badge, @name, @name),
      "no object" => [@name]
    }
  end

  test "with LOG_ARGS=false no job that prints or fails logs a name", %{
    badges: badges
  } do
    for {attack, args} <- attacks(badges) do
      log = capture_log(fn -> PrintCenter.perform(%Oban.Job{id: 12, args: args}) end)

      refute String.downcase(log) =~ ~r/sentinella|canaria/, attack
      assert log =~ ~r/Printing badge [0-9a-f]{8}\n|Not printed, (cancel|error): job 12\n/, attack
    end
  end

  test "with LOG_ARGS=false a queue logs no name either, and the rows have the whole reason", %{
    badges: badges
  } do
    log =
      capture_log(fn ->
        for {_attack, %{} = args} <- attacks(badges), do: Oban.insert(PrintCenter.new(args))
        start_oban(queues: [printing: 2])

        await_all(~w(completed cancelled retryable))
      end)

    refute String.downcase(log) =~ ~r/sentinella|canaria/
    errors = for job <- jobs(), %{"error" => error} <- job["errors"], do: error
    assert Enum.any?(errors, &(&1 =~ @name))
  end

  test "with LOG_ARGS=true the same job logs the name", %{badges: badges} do
    put_settings(log_args: true)
    %{"printed" => args} = attacks(badges)

    assert capture_log(fn -> PrintCenter.perform(%Oban.Job{id: 12, args: args}) end) =~ @name
  end

  describe "the setting" do
    # Read the setting as the app does when it starts.
    defp read(value) do
      before = System.get_env("LOG_ARGS")
      System.put_env("LOG_ARGS", value)

      try do
        Config.Reader.read!("config/runtime.exs", env: :test)[:badge_forge][:log_args]
      after
        if before, do: System.put_env("LOG_ARGS", before), else: System.delete_env("LOG_ARGS")
      end
    end

    test "is read as the Python worker reads it" do
      for value <- ["true", "1", "YES", "On", "t", "y", ""], do: assert(read(value) == true)
      for value <- ["false", "0", "NO", "Off", "f", "n"], do: assert(read(value) == false)
    end
  end
end
