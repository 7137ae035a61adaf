defmodule BadgeForge.Attendee do
  @moduledoc """
  Invents people to print badges for: names from many countries, given and family names that go together,
  with every accent that a badge has to get right.

  Nobody here exists, and no company either; a likeness is chance.
  """

  @types ~w(attendee speaker sponsor organizer)

  # Country, the order in which a name is written, given names of women and of men, and family names: two
  # lists where they have a form for women and one for men.
  @countries [
    {"Argentina", :given_first, {~w(Martina Valentina), ~w(Joaquín Lautaro)},
     ~w(Giménez Bianchi Ocampo Peralta)},
    {"Armenia", :given_first, {~w(Anahit Lusine), ~w(Tigran Aram)},
     ~w(Petrosyan Hakobyan Sargsyan Melikyan)},
    {"Australia", :given_first, {~w(Matilda Imogen), ~w(Lachlan Darcy)},
     ~w(Whitlock Barraclough Tully Hargraves)},
    {"Austria", :given_first, {~w(Magdalena Annelies), ~w(Leopold Xaver)},
     ~w(Moosbrugger Grünwald Höllerer Zöchling)},
    {"Bangladesh", :given_first, {~w(Nusrat Farhana), ~w(Tanvir Rafiq)},
     ~w(Chowdhury Rahman Sarker Talukder)},
    {"Brazil", :given_first, {~w(Conceição Thaís), ~w(João Antônio)},
     ~w(Guimarães Falcão Simões Araújo)},
    {"Canada", :given_first, {~w(Noémie Océane), ~w(Étienne Théo)},
     ~w(Bélanger Gagné Lévesque Desrosiers)},
    {"Chile", :given_first, {~w(Camila Antonella), ~w(Benjamín Matías)},
     ~w(Núñez Riquelme Sepúlveda Yáñez)},
    {"China", :family_first, {~w(Xiǎoyàn Měilíng), ~w(Jùnhào Zhìqiáng)}, ~w(Lǐ Zhào Chén Lǚ)},
    {"Croatia", :given_first, {~w(Željka Nikolina), ~w(Krešimir Šime)},
     ~w(Kovačić Božić Jurišić Đurđević)},
    {"Czechia", :given_first,
     {~w(Ludmila Zdeňka Růžena Kateřina), ~w(Jiří Ondřej Vítězslav Matěj)},
     {~w(Dvořáková Černá Křížová Říhová), ~w(Dvořák Černý Kříž Říha)}},
    {"Denmark", :given_first, {~w(Kirsten Åse), ~w(Søren Jørgen)},
     ~w(Østergaard Nørgaard Kjær Bjerregård)},
    {"Egypt", :given_first, {~w(Nadia Mariam), ~w(Youssef Tarek)},
     ~w(Mansour El-Sayed Fahmy Soliman)},
    {"Estonia", :given_first, {~w(Õie Ülle), ~w(Märt Jürgen)}, ~w(Põldmäe Kõiv Jõgi Väljas)},
    {"Ethiopia", :given_first, {~w(Tigist Selam), ~w(Abebe Dawit)},
     ~w(Bekele Tadesse Haile Alemu)},
    {"Finland", :given_first, {~w(Päivi Aino), ~w(Väinö Yrjö)},
     ~w(Hämäläinen Mäkelä Öhman Kärkkäinen)},
    {"France", :given_first, {~w(Anaïs Zoé), ~w(François Loïc)},
     ~w(Lefèvre Garçon Bézier d’Aubigné)},
    {"Georgia", :given_first, {~w(Nino Ketevan), ~w(Giorgi Levan)},
     ~w(Kapanadze Beridze Lomidze Tsiklauri)},
    {"Germany", :given_first, {~w(Käthe), ~w(Jörg Günther Sören)},
     ~w(Weiß Schäfer Müßiggang Kröger)},
    {"Ghana", :given_first, {~w(Akosua Abena), ~w(Kwame Kofi)}, ~w(Mensah Owusu Boateng Asante)},
    {"Greece", :given_first, {~w(Eleni Ioanna), ~w(Stavros Petros)},
     ~w(Dimitriou Georgiou Nikolaou Vasileiou)},
    {"Hungary", :family_first, {~w(Zsófia Ágnes), ~w(Győző Jenő)},
     ~w(Szűcs Kőszegi Nagy-Tóth Gyürki)},
    {"Iceland", :given_first,
     {~w(Þórdís Æsa Guðrún Sólveig), ~w(Þorsteinn Ægir Guðmundur Ásgeir)},
     {~w(Jónsdóttir Þórsdóttir Ólafsdóttir Sigurðardóttir),
      ~w(Jónsson Þórsson Ólafsson Sigurðsson)}},
    {"India", :given_first, {~w(Priya Lakshmi), ~w(Arjun Vikram)},
     ~w(Venkataraman Iyer Bhattacharya Deshpande)},
    {"Indonesia", :given_first, {~w(Dewi Sari), ~w(Budi Agus)},
     ~w(Wijaya Santoso Kusumawati Hartono)},
    {"Iran", :given_first, {~w(Shirin Parisa), ~w(Dariush Kaveh)},
     ~w(Rostami Jahangiri Farrokhzadeh Tehrani)},
    {"Ireland", :given_first, {~w(Síle Gráinne Róisín Bríd), ~w(Pádraig Oisín Séamus Tadhg)},
     {["Ní Bhriain", "Ní Chonaill", "Ní Dhónaill", "Ní Shúilleabháin"],
      ["Ó Briain", "Ó Conaill", "Ó Dónaill", "Ó Súilleabháin"]}},
    {"Italy", :given_first, {~w(Beatrice Ginevra), ~w(Niccolò Nicolò)},
     ~w(Dell’Acqua Forlì Cantù D’Angelo)},
    {"Japan", :given_first, {~w(Yūko Haruka), ~w(Shōta Kōji)}, ~w(Satō Ōno Endō Fujiwara)},
    {"Kenya", :given_first, {~w(Wanjiku Achieng), ~w(Otieno Kamau)},
     ~w(Mwangi Odhiambo Njoroge Wekesa)},
    {"Korea", :family_first, {~w(Min-seo Seo-yeon), ~w(Ji-hoon Dong-hyun)},
     ~w(Kim Park Choi Jeong)},
    {"Latvia", :given_first, {~w(Līga Dzintra Ērika Žanete), ~w(Jānis Ģirts Kārlis Ēriks)},
     {~w(Bērziņa Kalniņa Ozoliņa Krūmiņa), ~w(Bērziņš Kalniņš Ozoliņš Krūmiņš)}},
    {"Lithuania", :given_first,
     {~w(Rūta Živilė Gintarė Eglė), ~w(Žygimantas Šarūnas Jokūbas Vytautas)},
     {~w(Kazlauskienė Žukauskaitė Petrauskienė Šimkutė),
      ~w(Kazlauskas Žukauskas Petrauskas Šimkus)}},
    {"Mexico", :given_first, {~w(Xóchitl Guadalupe), ~w(Cuauhtémoc Ramón)},
     ~w(Ibáñez Zúñiga Villaseñor Peña)},
    {"Morocco", :given_first, {~w(Hanane Ghita), ~w(Youness Anouar)},
     ~w(Benjelloun El-Fassi Bennani Ouazzani)},
    {"Netherlands", :given_first, {~w(Zoë Noëlle), ~w(Daniël Joris)},
     ["van der Meijden", "IJsselstein", "Coëlho", "de Graaff"]},
    {"New Zealand", :given_first, {~w(Aroha Mārama), ~w(Tāne Rangi)},
     ~w(Parāone Tūhoe Ngāpō Waititi)},
    {"Nigeria", :given_first, {~w(Chinwe Adaeze), ~w(Emeka Tunde)},
     ~w(Okonkwo Adeyemi Nwosu Balogun)},
    {"Norway", :given_first, {~w(Åshild Solbjørg), ~w(Øystein Bjørn)},
     ~w(Bjørnstad Sæther Ødegård Aasgård)},
    {"Pakistan", :given_first, {~w(Ayesha Zainab), ~w(Bilal Hamza)},
     ~w(Qureshi Malik Siddiqui Khattak)},
    {"Peru", :given_first, {~w(Illari Ñusta), ~w(Martín Rumi)},
     ~w(Quispe Mamani Huamán Ccahuana)},
    {"Philippines", :given_first, {~w(Maricel Ligaya), ~w(Jose Bayani)},
     ["Dela Cruz", "Magsaysay", "Macaraeg", "Dimaculangan"]},
    {"Poland", :given_first,
     {~w(Małgorzata Żaneta Bożena Łucja), ~w(Stanisław Grzegorz Łukasz Świętosław)},
     {~w(Wiśniewska Dąbrowska Zielińska Błażejewska),
      ~w(Wiśniewski Dąbrowski Zieliński Błażejewski)}},
    {"Portugal", :given_first, {~w(Inês Leonor), ~w(Gonçalo Simão)},
     ~w(Magalhães Conceição Brandão Galvão)},
    {"Romania", :given_first, {~w(Ștefania Ioana), ~w(Răzvan Mădălin)},
     ~w(Ionescu Țăranu Brâncuș Pătrașcu)},
    {"Samoa", :given_first, {~w(Sina Leilani), ~w(Tavita Ioane)},
     ~w(Faleolo Tuilagi Leota Fa’amausili)},
    {"Scotland", :given_first, {~w(Catrìona Mòrag), ~w(Alasdair Ruairidh)},
     ~w(Fraser MacAskill Drummond Urquhart)},
    {"Senegal", :given_first, {~w(Aminata Fatou), ~w(Ousmane Cheikh)},
     ~w(Diop Ndiaye Sène Guèye)},
    {"Serbia", :given_first, {~w(Jelena Snežana), ~w(Đorđe Živojin)},
     ~w(Petrović Đukić Živković Šarčević)},
    {"Slovakia", :given_first, {~w(Ľubica Žofia Táňa Oľga), ~w(Ľuboš Žigmund Štefan Dušan)},
     {~w(Kováčová Šťastná Ďuricová Hôrková), ~w(Kováč Šťastný Ďurica Hôrka)}},
    {"South Africa", :given_first, {~w(Thandiwe Nomvula), ~w(Sipho Riaan)},
     ~w(Nkosi Dlamini Botha Zulu)},
    {"Spain", :given_first, {~w(Begoña Nuria), ~w(Íñigo Ángel)},
     ~w(Muñoz Echevarría Güell Ordóñez)},
    {"Sweden", :given_first, {~w(Åsa Märta), ~w(Göran Björn)},
     ~w(Sjöström Åkerblom Lindqvist Häggström)},
    {"Türkiye", :given_first, {~w(Şebnem Gülşen), ~w(İsmail Çağrı)},
     ~w(Yıldırım Öztürk Güneş Işık)},
    {"Ukraine", :given_first, {~w(Oksana Lesya), ~w(Taras Bohdan)},
     ~w(Kovalenko Shevchuk Bondarenko Melnyk)},
    {"Vietnam", :family_first, {["Thị Ánh", "Bảo Ngọc"], ["Văn Dũng", "Hữu Phước"]},
     ~w(Nguyễn Trần Đặng Phạm)},
    {"Wales", :given_first, {~w(Siân Angharad), ~w(Llŷr Gwilym)},
     ["ap Rhys", "Prydderch", "Llewelyn", "Cadwaladr"]}
  ]

  @companies [
    "Bramble & Byte",
    "Teapot Protocols",
    "The Unlikely Lighthouse",
    "Marmalade Compute",
    "Quiet Walrus Systems",
    "Third Sock Recovery",
    "Nebula Haberdashery",
    "Patient Otter Labs",
    "Umlaut Überwerke",
    "Crumpet Dynamics",
    "Slow Comet Courier",
    "Half a Lemon GmbH",
    "Mostly Harmless Ledgers",
    "Pocket Glacier",
    "Left-handed Ladders Ltd.",
    "Øresund Thimble Works",
    "Café Null Pointer",
    "Moss, Moss & Daughters",
    "Improbable Kettles",
    "Semicolon Rescue Society",
    "Wandering Cursor Co-op",
    "Ampersand & Sons & Ampersand",
    "Thunder Biscuit Research",
    "Gently Used Satellites",
    "Institute of Lost Umbrellas",
    "Polite Volcano",
    "Turnip Cryptography",
    "Señor Cache & Partners",
    "Snoozing Badger Analytics",
    "Blue Moon Backups",
    "Feathers by the Kilobyte",
    "Grand Duchy of Yak Shaving"
  ]

  @titles [
    "Staff Engineer",
    "Backend Developer",
    "Frontend Developer",
    "Database Administrator",
    "Site Reliability Engineer",
    "Engineering Manager",
    "Product Manager",
    "Technical Writer",
    "Developer Advocate",
    "Data Scientist",
    "Security Researcher",
    "Accessibility Consultant",
    "Head of Infrastructure",
    "Principal Engineer, Developer Experience",
    "Chief Technology Officer",
    "Co-founder",
    "Test Lead",
    "Open Source Maintainer",
    "Freelance Designer",
    "Systems Librarian",
    "Apprentice Programmer",
    "Computer Science Student",
    "Professor of Distributed Systems",
    "Vice President of Platform Engineering"
  ]

  # Of women and of men. Not everyone tells theirs.
  @pronouns {
    ["she/her", "she/her", "she/her", "she/they", "they/them", nil, nil, nil],
    ["he/him", "he/him", "he/him", "he/they", "they/them", nil, nil, nil]
  }

  @doc """
  Invent somebody: a name, a company, a type out of attendee, speaker, sponsor and organizer, a title, and
  for most people pronouns.

  Nobody gets an e-mail address or a URL: a QR code tells them to everyone who passes by.

  ## Examples

      iex> BadgeForge.Attendee.invent()
      %{
        name: "Guðrún Ólafsdóttir",
        company: "Teapot Protocols",
        type: "speaker",
        title: "Staff Engineer",
        pronouns: "she/her"
      }
  """
  @spec invent() :: %{
          required(:name) => String.t(),
          required(:company) => String.t(),
          required(:type) => String.t(),
          required(:title) => String.t(),
          optional(:pronouns) => String.t()
        }
  def invent do
    gender = Enum.random([0, 1])

    attendee = %{
      name: name(gender),
      company: Enum.random(@companies),
      type: Enum.random(@types),
      title: Enum.random(@titles)
    }

    case @pronouns |> elem(gender) |> Enum.random() do
      nil -> attendee
      pronouns -> Map.put(attendee, :pronouns, pronouns)
    end
  end

  @doc "The countries that names come from."
  @spec countries() :: [String.t()]
  def countries do
    Enum.map(@countries, fn {country, _order, _given_names, _family_names} -> country end)
  end

  defp name(gender) do
    {_country, order, given_names, family_names} = Enum.random(@countries)
    family_names = if is_tuple(family_names), do: elem(family_names, gender), else: family_names

    arrange(order, given_names |> elem(gender) |> Enum.random(), Enum.random(family_names))
  end

  defp arrange(:given_first, given, family), do: "#{given} #{family}"
  defp arrange(:family_first, given, family), do: "#{family} #{given}"
end
