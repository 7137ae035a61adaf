defmodule BadgeForge.AttendeeTest do
  use ExUnit.Case, async: true

  alias BadgeForge.Attendee

  setup_all do
    %{attendees: for(_one <- 1..5_000, do: Attendee.invent())}
  end

  test "has a name, a company and a type, and nothing else", %{attendees: attendees} do
    for attendee <- attendees do
      assert Enum.sort(Map.keys(attendee)) == [:company, :name, :type]
      assert attendee.type in ~w(attendee speaker sponsor organizer)
      assert String.length(attendee.name) in 3..60
      assert String.length(attendee.company) in 1..60
    end
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
    for %{name: name, company: company} <- attendees, text <- [name, company] do
      assert text == String.normalize(text, :nfc)
      assert text =~ ~r/\A[\p{Latin}\p{Common}]+\z/u
      refute text =~ ~r/\p{M}|\p{Cc}/u
      assert text == String.trim(text)
    end
  end
end
