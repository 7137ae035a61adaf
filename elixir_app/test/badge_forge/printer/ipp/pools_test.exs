defmodule BadgeForge.Printer.IPP.PoolsTest do
  use ExUnit.Case, async: true

  alias BadgeForge.Printer.IPP.Pools

  @uri "ipp://desk.example/ipp/print"

  defp parse(config), do: config |> Oban.JSON.encode!() |> Pools.parse!()

  test "a printer has defaults, and the port of its scheme" do
    for {uri, url} <- [
          {@uri, "http://desk.example:631/ipp/print"},
          {"ipps://desk.example/ipp/print", "https://desk.example:631/ipp/print"},
          {"ipp://desk.example:8631/printers/a", "http://desk.example:8631/printers/a"},
          {"https://desk.example/ipp/print", "https://desk.example/ipp/print"}
        ] do
      assert %{printers: %{"a" => printer}} = parse(%{"printers" => %{"a" => %{"uri" => uri}}})

      assert printer == %{
               name: "a",
               uri: uri,
               url: url,
               media: nil,
               sides: nil,
               copies: 1,
               verify: true
             }
    end
  end

  test "a desk's pool is in its order, and a job without a desk has the default's or all" do
    printers = Map.new(~w(b a c), &{&1, %{"uri" => @uri}})
    pools = parse(%{"printers" => printers, "desks" => %{"welcome" => ["c", "a"]}})
    names = fn pools, desk -> pools |> Pools.pool(desk) |> elem(1) |> Enum.map(& &1.name) end

    assert names.(pools, "welcome") == ["c", "a"]
    assert names.(pools, nil) == ["a", "b", "c"]
    assert {:error, "desk: expected one of welcome, got: 7"} = Pools.pool(pools, 7)

    default = parse(%{"printers" => printers, "desks" => %{"default" => ["b"]}})
    assert names.(default, nil) == ["b"]
  end

  test "what is wrong is said in one line, without the URI" do
    for {config, line} <- [
          {[], "must be a JSON object, got: []"},
          {%{}, "printers must be an object, got: nil"},
          {%{"printers" => %{}}, "printers must name a printer"},
          {%{"printrs" => %{}}, ~s(unknown key "printrs", did you mean "printers"?)},
          {printer(%{"uri" => "ftp://h/x"}),
           "printers: a: uri must look like ipp://host/ipp/print"},
          {printer(%{"uri" => "ipp:///x"}),
           "printers: a: uri must look like ipp://host/ipp/print"},
          {printer(%{"uri" => @uri <> "\r\nHost: x"}), "printers: a: uri must look like ipp://"},
          {printer(%{"uri" => "ipp://me:secret@h/x"}),
           "printers: a: uri must have no user and no"},
          {printer(%{"meda" => "x"}), ~s(printers: a: unknown key "meda", did you mean "media"?)},
          {printer(%{"media" => "A6 paper"}), "printers: a: media must be a name like iso_a6"},
          {printer(%{"sides" => "two"}), ~s(printers: a: sides expected one of "one-sided")},
          {printer(%{"copies" => 0}), "printers: a: copies must be a whole number from 1 to 99"},
          {printer(%{"verify" => "no"}), "printers: a: verify must be true or false"},
          {Map.put(printer(%{}), "desks", %{"d" => ["b"]}), ~s(desks: d: no printer "b", )},
          {Map.put(printer(%{}), "desks", %{"d" => []}), "desks: d must be a list of printers"}
        ] do
      error = assert_raise ArgumentError, fn -> parse(config) end
      assert String.starts_with?(error.message, "PRINTERS: " <> line), error.message
      refute error.message =~ "secret"
    end

    assert_raise ArgumentError, "PRINTERS: must be JSON", fn -> Pools.parse!("{secret") end
  end

  defp printer(options), do: %{"printers" => %{"a" => Map.put_new(options, "uri", @uri)}}
end
