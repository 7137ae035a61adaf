defmodule BadgeForge.Printer.IPP.MessageTest do
  use ExUnit.Case, async: true

  alias BadgeForge.Printer.IPP.Message

  test "a request has its groups and its values in order, as RFC 8010 shows" do
    groups = [
      operation: [{"attributes-charset", :charset, ["utf-8"]}],
      job: [{"copies", :integer, [2]}, {"media", :keyword, ["iso_a6_105x148mm", "na_x"]}]
    ]

    assert Message.encode(0x0002, 7, groups) ==
             <<2, 0, 0x0002::16, 7::32>> <>
               <<1, 0x47, 18::16, "attributes-charset", 5::16, "utf-8">> <>
               <<2, 0x21, 6::16, "copies", 4::16, 2::32>> <>
               <<0x44, 5::16, "media", 16::16, "iso_a6_105x148mm">> <>
               <<0x44, 0::16, 4::16, "na_x">> <> <<3>>
  end

  test "a response is read with all values of an attribute, and without its collections" do
    nested =
      attribute(0x34, "media-col-default", "") <>
        attribute(0x4A, "", "media-size") <>
        attribute(0x34, "", "") <> attribute(0x37, "", "") <> attribute(0x37, "", "")

    bytes =
      <<2, 0, 0::16, 7::32, 1>> <>
        attribute(0x47, "attributes-charset", "utf-8") <>
        <<4>> <>
        attribute(0x44, "media-supported", "a") <>
        attribute(0x44, "", "b") <>
        nested <>
        attribute(0x32, "printer-resolution-supported", <<600::32, 300::32, 3>>) <>
        attribute(0x36, "printer-name", <<2::16, "en", 6::16, "Desk 1">>) <>
        attribute(0x33, "copies-supported", <<1::32, 99::32>>) <>
        attribute(0x13, "time-at-completed", "") <> <<3, "a document">>

    assert {:ok, %{status: 0, groups: groups}} = Message.decode(bytes)
    assert [operation: %{"attributes-charset" => ["utf-8"]}, printer: printer] = groups

    assert printer == %{
             "media-supported" => ["a", "b"],
             "media-col-default" => [nil],
             "printer-resolution-supported" => [{600, 300, :dpi}],
             "printer-name" => ["Desk 1"],
             "copies-supported" => [{1, 99}],
             "time-at-completed" => [nil]
           }
  end

  test "what ends too early is refused, wherever it ends" do
    whole =
      <<2, 0, 0::16, 7::32, 2>> <>
        attribute(0x34, "media-col", "") <>
        attribute(0x21, "job-id", <<7::32>>) <> attribute(0x37, "", "") <> <<3>>

    assert {:ok, _response} = Message.decode(whole)

    for length <- 0..(byte_size(whole) - 1) do
      assert {:error, "the answer is not" <> _} = Message.decode(binary_part(whole, 0, length))
    end
  end

  defp attribute(tag, name, value),
    do: <<tag, byte_size(name)::16, name::binary, byte_size(value)::16, value::binary>>
end
