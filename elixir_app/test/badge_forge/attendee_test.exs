defmodule BadgeForge.AttendeeTest do
  use ExUnit.Case, async: true

  alias BadgeForge.Attendee

  setup_all do
    %{attendees: for(_one <- 1..5_000, do: Attendee.invent())}
  end

  test "has a name, a company, a type and a title, maybe pronouns, and nothing else", %{
    attendees: attendees
  } do
    for attendee <- attendees do
      assert Enum.sort(Map.keys(attendee) -- [:pronouns]) == [:company, :name, :title, :type]
      assert attendee.type in ~w(attendee speaker sponsor organizer)
      assert String.length(attendee.name) in 3..60
      assert String.length(attendee.company) in 1..60
      assert String.length(attendee.title) in 1..60
    end
  end

  test "most people have pronouns, not all, and they go with the name", %{attendees: attendees} do
    {told, untold} = Enum.split_with(attendees, &Map.has_key?(&1, :pronouns))
    assert length(told) > length(untold)
    assert length(untold) > 500

    for %{name: name, pronouns: pronouns} <- told do
      assert pronouns in ~w(she/her she/they he/him he/they they/them)
      if name =~ ~r/(dóttir|ová|wska)\z| Ní /u, do: refute(pronouns =~ ~r/\bhe\b/)
      if name =~ ~r/(sson|wski)\z| Ó /u, do: refute(pronouns =~ ~r/\bshe\b/)
    end
  end

  test "the same seed invents the same people" do
    people = fn ->
      :rand.seed(:exsss, {1, 2, 3})
      for _one <- 1..20, do: Attendee.invent()
    end

    assert people.() == people.()
  end

  test "all types come up", %{attendees: attendees} do
    assert attendees |> Enum.map(& &1.type) |> Enum.uniq() |> length() == 4
  end

  test "names come from many countries, and few are alike", %{attendees: attendees} do
    assert length(Attendee.countries()) >= 30
    assert Attendee.countries() == Enum.uniq(Attendee.countries())
    assert attendees |> Enum.map(& &1.name) |> Enum.uniq() |> length() > 500
  end

  test "names are in Latin script, each accent one character with its letter", %{
    attendees: attendees
  } do
    for attendee <- attendees, text <- [attendee.name, attendee.company, attendee.title] do
      assert text == String.normalize(text, :nfc)
      assert text =~ ~r/\A[\p{Latin}\p{Common}]+\z/u
      refute text =~ ~r/\p{M}|\p{Cc}/u
      assert text == String.trim(text)
    end
  end
end
