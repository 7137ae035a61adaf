defmodule BadgeForge.Attendee do
  @moduledoc """
  Invents people to print badges for: names from many countries, given and family names that go together,
  with every accent that a badge has to get right.

  Nobody here exists, and no company either; a likeness is chance.
  """

  @types ~w(attendee speaker sponsor organizer)

  # Country, the order in which a name is written, and groups of given and family names: two where a
  # family name has a form for women and one for men.
  @countries [
    {"Argentina", :given_first,
     [{~w(Martina Joaquín Valentina Lautaro), ~w(Giménez Bianchi Ocampo Peralta)}]},
    {"Armenia", :given_first,
     [{~w(Anahit Tigran Lusine Aram), ~w(Petrosyan Hakobyan Sargsyan Melikyan)}]},
    {"Australia", :given_first,
     [{~w(Matilda Lachlan Imogen Darcy), ~w(Whitlock Barraclough Tully Hargraves)}]},
    {"Austria", :given_first,
     [{~w(Leopold Magdalena Xaver Annelies), ~w(Moosbrugger Grünwald Höllerer Zöchling)}]},
    {"Bangladesh", :given_first,
     [{~w(Nusrat Tanvir Farhana Rafiq), ~w(Chowdhury Rahman Sarker Talukder)}]},
    {"Brazil", :given_first,
     [{~w(João Conceição Thaís Antônio), ~w(Guimarães Falcão Simões Araújo)}]},
    {"Canada", :given_first,
     [{~w(Noémie Étienne Océane Théo), ~w(Bélanger Gagné Lévesque Desrosiers)}]},
    {"Chile", :given_first,
     [{~w(Camila Benjamín Antonella Matías), ~w(Núñez Riquelme Sepúlveda Yáñez)}]},
    {"China", :family_first, [{~w(Xiǎoyàn Jùnhào Měilíng Zhìqiáng), ~w(Lǐ Zhào Chén Lǚ)}]},
    {"Croatia", :given_first,
     [{~w(Željka Krešimir Nikolina Šime), ~w(Kovačić Božić Jurišić Đurđević)}]},
    {"Czechia", :given_first,
     [
       {~w(Ludmila Zdeňka Růžena Kateřina), ~w(Dvořáková Černá Křížová Říhová)},
       {~w(Jiří Ondřej Vítězslav Matěj), ~w(Dvořák Černý Kříž Říha)}
     ]},
    {"Denmark", :given_first,
     [{~w(Søren Kirsten Jørgen Åse), ~w(Østergaard Nørgaard Kjær Bjerregård)}]},
    {"Egypt", :given_first,
     [{~w(Nadia Youssef Mariam Tarek), ~w(Mansour El-Sayed Fahmy Soliman)}]},
    {"Estonia", :given_first, [{~w(Õie Ülle Märt Jürgen), ~w(Põldmäe Kõiv Jõgi Väljas)}]},
    {"Ethiopia", :given_first, [{~w(Tigist Abebe Selam Dawit), ~w(Bekele Tadesse Haile Alemu)}]},
    {"Finland", :given_first,
     [{~w(Päivi Väinö Aino Yrjö), ~w(Hämäläinen Mäkelä Öhman Kärkkäinen)}]},
    {"France", :given_first,
     [{~w(Anaïs François Zoé Loïc), ~w(Lefèvre Garçon Bézier d’Aubigné)}]},
    {"Georgia", :given_first,
     [{~w(Nino Giorgi Ketevan Levan), ~w(Kapanadze Beridze Lomidze Tsiklauri)}]},
    {"Germany", :given_first,
     [{~w(Jörg Käthe Günther Sören), ~w(Weiß Schäfer Müßiggang Kröger)}]},
    {"Ghana", :given_first, [{~w(Akosua Kwame Abena Kofi), ~w(Mensah Owusu Boateng Asante)}]},
    {"Greece", :given_first,
     [{~w(Eleni Stavros Ioanna Petros), ~w(Dimitriou Georgiou Nikolaou Vasileiou)}]},
    {"Hungary", :family_first,
     [{~w(Zsófia Győző Ágnes Jenő), ~w(Szűcs Kőszegi Nagy-Tóth Gyürki)}]},
    {"Iceland", :given_first,
     [
       {~w(Þórdís Æsa Guðrún Sólveig), ~w(Jónsdóttir Þórsdóttir Ólafsdóttir Sigurðardóttir)},
       {~w(Þorsteinn Ægir Guðmundur Ásgeir), ~w(Jónsson Þórsson Ólafsson Sigurðsson)}
     ]},
    {"India", :given_first,
     [{~w(Priya Arjun Lakshmi Vikram), ~w(Venkataraman Iyer Bhattacharya Deshpande)}]},
    {"Indonesia", :given_first,
     [{~w(Dewi Budi Sari Agus), ~w(Wijaya Santoso Kusumawati Hartono)}]},
    {"Iran", :given_first,
     [{~w(Shirin Dariush Parisa Kaveh), ~w(Rostami Jahangiri Farrokhzadeh Tehrani)}]},
    {"Ireland", :given_first,
     [
       {~w(Síle Gráinne Róisín Bríd),
        ["Ní Bhriain", "Ní Chonaill", "Ní Dhónaill", "Ní Shúilleabháin"]},
       {~w(Pádraig Oisín Séamus Tadhg), ["Ó Briain", "Ó Conaill", "Ó Dónaill", "Ó Súilleabháin"]}
     ]},
    {"Italy", :given_first,
     [{~w(Niccolò Beatrice Nicolò Ginevra), ~w(Dell’Acqua Forlì Cantù D’Angelo)}]},
    {"Japan", :given_first, [{~w(Yūko Shōta Haruka Kōji), ~w(Satō Ōno Endō Fujiwara)}]},
    {"Kenya", :given_first,
     [{~w(Wanjiku Otieno Achieng Kamau), ~w(Mwangi Odhiambo Njoroge Wekesa)}]},
    {"Korea", :family_first, [{~w(Min-seo Ji-hoon Seo-yeon Dong-hyun), ~w(Kim Park Choi Jeong)}]},
    {"Latvia", :given_first,
     [
       {~w(Līga Dzintra Ērika Žanete), ~w(Bērziņa Kalniņa Ozoliņa Krūmiņa)},
       {~w(Jānis Ģirts Kārlis Ēriks), ~w(Bērziņš Kalniņš Ozoliņš Krūmiņš)}
     ]},
    {"Lithuania", :given_first,
     [
       {~w(Rūta Živilė Gintarė Eglė), ~w(Kazlauskienė Žukauskaitė Petrauskienė Šimkutė)},
       {~w(Žygimantas Šarūnas Jokūbas Vytautas), ~w(Kazlauskas Žukauskas Petrauskas Šimkus)}
     ]},
    {"Mexico", :given_first,
     [{~w(Xóchitl Cuauhtémoc Guadalupe Ramón), ~w(Ibáñez Zúñiga Villaseñor Peña)}]},
    {"Morocco", :given_first,
     [{~w(Hanane Youness Ghita Anouar), ~w(Benjelloun El-Fassi Bennani Ouazzani)}]},
    {"Netherlands", :given_first,
     [{~w(Zoë Daniël Noëlle Joris), ["van der Meijden", "IJsselstein", "Coëlho", "de Graaff"]}]},
    {"New Zealand", :given_first,
     [{~w(Aroha Tāne Mārama Rangi), ~w(Parāone Tūhoe Ngāpō Waititi)}]},
    {"Nigeria", :given_first,
     [{~w(Chinwe Emeka Adaeze Tunde), ~w(Okonkwo Adeyemi Nwosu Balogun)}]},
    {"Norway", :given_first,
     [{~w(Øystein Åshild Bjørn Solbjørg), ~w(Bjørnstad Sæther Ødegård Aasgård)}]},
    {"Pakistan", :given_first,
     [{~w(Ayesha Bilal Zainab Hamza), ~w(Qureshi Malik Siddiqui Khattak)}]},
    {"Peru", :given_first, [{~w(Illari Ñusta Martín Rumi), ~w(Quispe Mamani Huamán Ccahuana)}]},
    {"Philippines", :given_first,
     [{~w(Maricel Jose Ligaya Bayani), ["Dela Cruz", "Magsaysay", "Macaraeg", "Dimaculangan"]}]},
    {"Poland", :given_first,
     [
       {~w(Małgorzata Żaneta Bożena Łucja), ~w(Wiśniewska Dąbrowska Zielińska Błażejewska)},
       {~w(Stanisław Grzegorz Łukasz Świętosław), ~w(Wiśniewski Dąbrowski Zieliński Błażejewski)}
     ]},
    {"Portugal", :given_first,
     [{~w(Inês Gonçalo Leonor Simão), ~w(Magalhães Conceição Brandão Galvão)}]},
    {"Romania", :given_first,
     [{~w(Ștefania Răzvan Ioana Mădălin), ~w(Ionescu Țăranu Brâncuș Pătrașcu)}]},
    {"Samoa", :given_first,
     [{~w(Sina Tavita Leilani Ioane), ~w(Faleolo Tuilagi Leota Fa’amausili)}]},
    {"Scotland", :given_first,
     [{~w(Alasdair Catrìona Ruairidh Mòrag), ~w(Fraser MacAskill Drummond Urquhart)}]},
    {"Senegal", :given_first, [{~w(Aminata Ousmane Fatou Cheikh), ~w(Diop Ndiaye Sène Guèye)}]},
    {"Serbia", :given_first,
     [{~w(Đorđe Jelena Živojin Snežana), ~w(Petrović Đukić Živković Šarčević)}]},
    {"Slovakia", :given_first,
     [
       {~w(Ľubica Žofia Táňa Oľga), ~w(Kováčová Šťastná Ďuricová Hôrková)},
       {~w(Ľuboš Žigmund Štefan Dušan), ~w(Kováč Šťastný Ďurica Hôrka)}
     ]},
    {"South Africa", :given_first,
     [{~w(Thandiwe Sipho Nomvula Riaan), ~w(Nkosi Dlamini Botha Zulu)}]},
    {"Spain", :given_first, [{~w(Begoña Íñigo Nuria Ángel), ~w(Muñoz Echevarría Güell Ordóñez)}]},
    {"Sweden", :given_first,
     [{~w(Åsa Göran Märta Björn), ~w(Sjöström Åkerblom Lindqvist Häggström)}]},
    {"Türkiye", :given_first, [{~w(Şebnem İsmail Gülşen Çağrı), ~w(Yıldırım Öztürk Güneş Işık)}]},
    {"Ukraine", :given_first,
     [{~w(Oksana Taras Lesya Bohdan), ~w(Kovalenko Shevchuk Bondarenko Melnyk)}]},
    {"Vietnam", :family_first,
     [{["Thị Ánh", "Văn Dũng", "Hữu Phước", "Bảo Ngọc"], ~w(Nguyễn Trần Đặng Phạm)}]},
    {"Wales", :given_first,
     [{~w(Siân Llŷr Angharad Gwilym), ["ap Rhys", "Prydderch", "Llewelyn", "Cadwaladr"]}]}
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

  @doc """
  Invent somebody: a name, a company, and a type out of attendee, speaker, sponsor and organizer.

  ## Examples

      iex> BadgeForge.Attendee.invent()
      %{name: "Guðrún Ólafsdóttir", company: "Teapot Protocols", type: "speaker"}
  """
  @spec invent() :: %{name: String.t(), company: String.t(), type: String.t()}
  def invent do
    %{name: name(), company: Enum.random(@companies), type: Enum.random(@types)}
  end

  @doc "The countries that names come from."
  @spec countries() :: [String.t()]
  def countries, do: Enum.map(@countries, fn {country, _order, _groups} -> country end)

  defp name do
    {_country, order, groups} = Enum.random(@countries)
    {given_names, family_names} = Enum.random(groups)

    arrange(order, Enum.random(given_names), Enum.random(family_names))
  end

  defp arrange(:given_first, given, family), do: "#{given} #{family}"
  defp arrange(:family_first, given, family), do: "#{family} #{given}"
end
