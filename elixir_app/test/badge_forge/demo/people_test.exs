defmodule BadgeForge.Demo.PeopleTest do
  use ExUnit.Case, async: true

  alias BadgeForge.{BadgeArgs, Demo.People}

  setup_all do
    %{people: Enum.take(People.stream(), 5_000)}
  end

  test "have a name, a company, a type and a title, maybe pronouns, and nothing else", %{
    people: people
  } do
    for person <- people do
      assert Enum.sort(Map.keys(person) -- [:pronouns]) == [:company, :name, :title, :type]
      assert String.length(person.name) in 3..60
      assert String.length(person.company) in 1..60
      assert String.length(person.title) in 1..60
    end
  end

  test "keep the contract", %{people: people} do
    for person <- people, do: assert({:ok, _args} = BadgeArgs.new(person))
  end

  test "have pronouns in most cases, which fit the name", %{people: people} do
    {with_pronouns, without} = Enum.split_with(people, &Map.has_key?(&1, :pronouns))
    assert length(with_pronouns) > length(without)
    assert length(without) > 500

    for %{name: name, pronouns: pronouns} <- with_pronouns do
      assert pronouns in ~w(she/her she/they he/him he/they they/them)
      if name =~ ~r/(dóttir|ová|wska)\z| Ní /u, do: refute(pronouns =~ ~r/\bhe\b/)
      if name =~ ~r/(sson|wski)\z| Ó /u, do: refute(pronouns =~ ~r/\bshe\b/)
    end
  end

  test "are the same for the same seed" do
    people = fn ->
      :rand.seed(:exsss, {1, 2, 3})
      Enum.take(People.stream(), 20)
    end

    assert people.() == people.()
  end

  test "are of every type", %{people: people} do
    assert people |> Enum.map(& &1.type) |> Enum.uniq() |> length() == 4
  end

  test "come from many countries and have many names", %{people: people} do
    assert length(People.countries()) >= 30
    assert People.countries() == Enum.uniq(People.countries())
    assert people |> Enum.map(& &1.name) |> Enum.uniq() |> length() > 500
  end

  test "have names in Latin script, each accent one character with its letter", %{people: people} do
    for person <- people, text <- [person.name, person.company, person.title] do
      assert text == String.normalize(text, :nfc)
      assert text =~ ~r/\A[\p{Latin}\p{Common}]+\z/u
      refute text =~ ~r/\p{M}|\p{Cc}/u
      assert text == String.trim(text)
    end
  end
end
