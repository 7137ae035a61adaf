defmodule BadgeForge.BadgeArgsTest do
  use ExUnit.Case, async: true

  alias BadgeForge.{BadgeArgs, ContractError}
  alias BadgeForge.Contracts.GenerateBadgeArgs

  doctest BadgeArgs

  @ada %{name: "Ada Lovelace", company: "", type: "speaker"}

  describe "new/2" do
    test "takes keys that are atoms or strings, and makes an id unless one is given" do
      assert {:ok, %{"id" => id, "name" => "Ada Lovelace"}} = BadgeArgs.new(@ada)
      assert Ecto.UUID.cast(id) == {:ok, id}

      assert {:ok, %{"id" => ^id}} = @ada |> Map.put("id", id) |> BadgeArgs.new()
    end

    test "takes the struct that is generated from the contract" do
      id = Ecto.UUID.generate()
      ada = %GenerateBadgeArgs{id: id, name: "Ada Lovelace", company: "", type: "speaker"}

      assert BadgeArgs.new(ada, %{"design" => "a6"}) ==
               {:ok,
                %{
                  "id" => id,
                  "name" => "Ada Lovelace",
                  "company" => "",
                  "type" => "speaker",
                  "design" => "a6"
                }}

      assert {:error, %ContractError{field: "type"}} = BadgeArgs.new(%{ada | type: "Countess"})
    end

    test "fills in defaults, which the attendee's own fields override" do
      defaults = %{"design" => "a6", "qr" => "none"}
      assert {:ok, %{"design" => "a6", "qr" => "none"}} = BadgeArgs.new(@ada, defaults)

      attendee = Map.put(@ada, :design, "fold-a5")
      assert {:ok, %{"design" => "fold-a5", "qr" => "none"}} = BadgeArgs.new(attendee, defaults)
    end

    test "refuses a default that the attendee can't have" do
      assert {:error, %ContractError{field: "qr", reason: "needs the field url", value: "url"}} =
               BadgeArgs.new(@ada, %{"qr" => "url"})
    end

    test "refuses what is not a map" do
      for attendee <- [[name: "Ada"], "Ada", nil, {:name, "Ada"}] do
        assert {:error, %ContractError{field: "attendee", value: ^attendee}} =
                 BadgeArgs.new(attendee)
      end
    end
  end

  describe "shared/1" do
    test "checks what a batch shares and leaves out what is nil" do
      assert BadgeArgs.shared(design: "a6", event: nil) == {:ok, %{"design" => "a6"}}
      assert {:error, %ContractError{field: "qr"}} = BadgeArgs.shared(design: "a6", qr: "name")
    end
  end
end
