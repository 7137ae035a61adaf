defmodule BadgeForge.BadgeArgsTest do
  use ExUnit.Case, async: true

  alias BadgeForge.BadgeArgs

  doctest BadgeArgs

  @contracts Path.expand("../../../db/contracts", __DIR__)
  @examples Path.join(@contracts, "examples/generate_badge")

  describe "the contract:" do
    for file <- Path.wildcard(@examples <> "/valid/*.json") do
      @file_ file
      test "#{Path.basename(file, ".json")} is fine" do
        assert @file_ |> decode() |> BadgeArgs.check() == :ok
      end
    end

    for file <- Path.wildcard(@examples <> "/invalid/*.json") do
      @file_ file
      test "#{Path.basename(file, ".json")} is refused, and the field named" do
        %{"field" => field, "args" => args} = decode(@file_)

        assert {:error, message} = BadgeArgs.check(args)
        assert String.starts_with?(message, field <> ": ")
        assert String.length(message) < 160
      end
    end

    test "examples are there" do
      assert length(Path.wildcard(@examples <> "/valid/*.json")) >= 9
      assert length(Path.wildcard(@examples <> "/invalid/*.json")) >= 36
    end

    test "every field of it is known, with each value that it lists" do
      for {field, rule} <- properties() do
        assert {:error, message} = BadgeArgs.check(args(%{field => 7}))
        assert message =~ ~r/\A#{field}: must be/

        for value <- rule["enum"] || [] do
          assert BadgeArgs.check(args(%{field => value})) == :ok
        end
      end
    end

    test "texts may be as long as it says, and not one character longer" do
      for {field, %{"maxLength" => longest}} <- properties(), field != "id" do
        assert BadgeArgs.check(args(%{field => text(field, longest)})) == :ok

        assert {:error, message} = BadgeArgs.check(args(%{field => text(field, longest + 1)}))
        assert message =~ "#{field}: must have #{longest} characters or fewer"
      end
    end

    test "patterns hold from the first character to the last" do
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
        assert {:error, message} = BadgeArgs.check(args(%{field => value}))
        assert String.starts_with?(message, field <> ": must ")
      end
    end
  end

  defp args(changes),
    do: @examples |> Path.join("valid/every-field.json") |> decode() |> Map.merge(changes)

  defp properties do
    @contracts |> Path.join("generate_badge.schema.json") |> decode() |> Map.fetch!("properties")
  end

  defp text("email", length), do: "a@" <> String.duplicate("x", length - 2)
  defp text("url", length), do: "https://" <> String.duplicate("x", length - 8)
  defp text("design", length), do: String.duplicate("x", length)
  # Two bytes, one character.
  defp text(_field, length), do: String.duplicate("é", length)

  defp decode(file), do: file |> File.read!() |> Oban.JSON.decode!()
end
