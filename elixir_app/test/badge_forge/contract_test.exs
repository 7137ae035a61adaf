defmodule BadgeForge.ContractTest do
  use ExUnit.Case, async: true

  alias BadgeForge.{Contract, ContractError}

  doctest Contract
  doctest ContractError

  @contracts Path.expand("../../../db/contracts", __DIR__)
  @examples Path.join(@contracts, "examples/generate_badge")

  describe "the contract:" do
    for file <- Path.wildcard(@examples <> "/valid/*.json") do
      @file_ file
      test "#{Path.basename(file, ".json")} is accepted" do
        assert check(decode(@file_)) == :ok
      end
    end

    for file <- Path.wildcard(@examples <> "/invalid/*.json") do
      @file_ file
      test "#{Path.basename(file, ".json")} is refused, with the field at fault" do
        %{"field" => field, "args" => args} = decode(@file_)

        assert {:error, %ContractError{field: ^field} = error} = check(args)
        assert error.value == args[field]
        assert String.length(Exception.message(error)) < 180
      end
    end

    test "there are examples" do
      assert length(Path.wildcard(@examples <> "/valid/*.json")) >= 9
      assert length(Path.wildcard(@examples <> "/invalid/*.json")) >= 36
    end

    test "every field of it is checked, and every value in its lists is accepted" do
      for {field, rule} <- properties() do
        assert {:error, %ContractError{field: ^field, value: 7, reason: "must be" <> _}} =
                 check(args(%{field => 7}))

        for value <- rule["enum"] || [] do
          assert check(args(%{field => value})) == :ok
        end
      end
    end

    test "texts may be as long as it says, and not longer" do
      for {field, %{"maxLength" => longest}} <- properties(), field != "id" do
        assert check(args(%{field => text(field, longest)})) == :ok

        assert {:error, error} = check(args(%{field => text(field, longest + 1)}))
        assert {error.field, error.reason} == {field, "must have #{longest} characters or fewer"}
      end
    end

    test "patterns apply from the first character to the last" do
      for {field, values} <- %{
            "id" => [
              "7bfb7c39-c354-4cce-ad5b-f1be2814b17ex",
              "x7bfb7c39-c354-4cce-ad5b-f1be2814b1"
            ],
            "email" => ["ada@b.example\n", " ada@b.example", "ada@b@c"],
            "url" => ["ftp://ada.example", "https://", "https://a b", "https://a\n", " https://a"],
            "design" => ["a6\n", "a6/x", "/a6", "a6-", "-a6", "a--6", ""]
          },
          value <- values do
        assert {:error, %ContractError{field: ^field, reason: "must " <> _}} =
                 check(args(%{field => value}))
      end
    end

    test "its fields and values can be listed, the required fields first" do
      assert ["id", "name", "company", "type" | _optional] =
               fields = Contract.fields(:generate_badge)

      assert Enum.sort(fields) == Map.keys(properties())
      assert Contract.values(:generate_badge, "qr") == ~w(id vcard url none)
      assert Contract.values(:generate_badge, "name") == nil
    end
  end

  describe "a JavaScript pattern means the same here:" do
    test "\\u200b is a character, `.` does not match a line break, `$` is the end" do
      blank = "\u200B\u00AD\uFEFF \u2028"
      assert {:error, %{field: "name"}} = check(args(%{"name" => blank}))
      assert check(args(%{"name" => blank <> "x"})) == :ok

      for path <- ["/a\nb.pdf", "/a\u2028b.pdf", "/a.pdf\n", "/a.pdfx", "/apdf", "a.pdf"] do
        assert {:error, %ContractError{reason: "must be absolute and end in .pdf"}} =
                 Contract.check_field(:print_center, "path", path)
      end

      assert Contract.check_field(:print_center, "path", "/ü/a b.x.pdf") == :ok

      for file <- ["/a.pdf", "a.pdf\n", "A.pdf", "a.pdfx", "ü.pdf", ".pdf", "a/b.pdf", "..pdf"] do
        assert {:error, %ContractError{reason: "must be a file's name" <> _}} =
                 Contract.check_field(:print_center, "file", file)
      end
    end
  end

  describe "the message of an error" do
    test "has no value for a field that is missing" do
      {:error, error} = check(%{})
      assert {error.field, error.reason, error.value} == {"id", "is missing", nil}
      assert Exception.message(error) == "id: is missing"
    end

    test "is one short line whatever the field and its value contain" do
      for args <- [%{"name" => String.duplicate("x", 100_000)}, %{"a\nb\u202E" => "c\nd"}] do
        {:error, error} = check(args(args))
        message = Exception.message(error)
        assert String.length(message) < 250
        refute message =~ ~r/[\p{C}\x{2028}\x{2029}]/u
      end
    end
  end

  defp check(args), do: Contract.check(:generate_badge, args)

  defp args(changes),
    do: @examples |> Path.join("valid/every-field.json") |> decode() |> Map.merge(changes)

  defp properties do
    @contracts |> Path.join("generate_badge.schema.json") |> decode() |> Map.fetch!("properties")
  end

  defp text("email", length), do: "a@" <> String.duplicate("x", length - 2)
  defp text("url", length), do: "https://" <> String.duplicate("x", length - 8)

  defp text(slug, length) when slug in ~w(design event_slug type),
    do: String.duplicate("x", length)

  # Two bytes, one character.
  defp text(_field, length), do: String.duplicate("é", length)

  defp decode(file), do: file |> File.read!() |> Oban.JSON.decode!()
end
