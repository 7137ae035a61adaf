defmodule BadgeForge.Demo.People do
  @moduledoc """
  Invents people to print badges for.

  Their names come from many countries, with given and family names that go together, and have every accent that a
  badge has to get right. The data is in `priv/demo/people.json`, read when this module is compiled. No person and
  no company in it is real.
  """

  @data_file Path.expand("../../../priv/demo/people.json", __DIR__)
  @external_resource @data_file

  %{"countries" => countries, "companies" => companies, "titles" => titles} =
    @data_file |> File.read!() |> Oban.JSON.decode!()

  # Those of the shipped designs.
  @types ~w(attendee speaker sponsor organizer)
  @companies companies
  @titles titles
  @countries Enum.map(countries, & &1["country"])

  # For each country whether the family name comes first, then given and family names for each gender.
  @names Enum.map(countries, fn country ->
           {country["order"] == "family_first",
            %{
              women: {country["women"], country["family_of_women"] || country["family"]},
              men: {country["men"], country["family_of_men"] || country["family"]}
            }}
         end)

  # Some people do not give their pronouns.
  @pronouns %{
    women: ["she/her", "she/her", "she/her", "she/they", "they/them", nil, nil, nil],
    men: ["he/him", "he/him", "he/him", "he/they", "they/them", nil, nil, nil]
  }

  @type t :: %{
          required(:name) => String.t(),
          required(:company) => String.t(),
          required(:type) => String.t(),
          required(:title) => String.t(),
          optional(:pronouns) => String.t()
        }

  @doc """
  Invent a person, with a title, and in most cases pronouns.

  Invented people have no e-mail address and no URL, since a QR code shows them to everyone.

  ## Examples

      iex> BadgeForge.Demo.People.invent()
      %{
        name: "Guðrún Ólafsdóttir",
        company: "Teapot Protocols",
        type: "speaker",
        title: "Staff Engineer",
        pronouns: "she/her"
      }
  """
  @spec invent() :: t
  def invent do
    gender = Enum.random([:women, :men])

    person = %{
      name: name(gender),
      company: Enum.random(@companies),
      type: Enum.random(@types),
      title: Enum.random(@titles)
    }

    case Enum.random(@pronouns[gender]) do
      nil -> person
      pronouns -> Map.put(person, :pronouns, pronouns)
    end
  end

  @doc "Invent people without end."
  @spec stream() :: Enumerable.t()
  def stream, do: Stream.repeatedly(&invent/0)

  @doc "List the countries that the names come from."
  @spec countries() :: [String.t()]
  def countries, do: @countries

  defp name(gender) do
    {family_first?, %{^gender => {given_names, family_names}}} = Enum.random(@names)
    given = Enum.random(given_names)
    family = Enum.random(family_names)

    if family_first?, do: "#{family} #{given}", else: "#{given} #{family}"
  end
end
