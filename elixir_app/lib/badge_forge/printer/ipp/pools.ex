defmodule BadgeForge.Printer.IPP.Pools do
  @moduledoc """
  The printers of the configuration, and the pool of each desk: the environment variable `PRINTERS`, as JSON.

      {
        "printers": {
          "desk-1": {"uri": "ipp://192.168.0.21/ipp/print", "media": "na_index-4x6_4x6in"},
          "office": {"uri": "ipp://localhost:631/printers/office", "sides": "one-sided"}
        },
        "desks": {"welcome": ["desk-1", "office"]}
      }

  Each printer has:

    * `uri` - ipp, ipps, http or https. Port 631 is the default of the first two
    * `media` - the paper's name of PWG 5101.1, `na_index-4x6_4x6in` for example (default: the printer's default)
    * `sides` - `one-sided`, `two-sided-long-edge` or `two-sided-short-edge` (default: the printer's default)
    * `copies` - sheets of each badge, from 1 to 99 (default: 1)
    * `verify` - whether the certificate of an ipps or https printer is verified (default: true)

  A desk is a list of printers, in order: the next one is used while those before it can't print. A job without a desk
  uses the desk `default`, or else all printers in the order of their names.
  """

  alias BadgeForge.{Options, SafeText}

  @enforce_keys [:printers, :desks]
  defstruct [:printers, :desks]

  @type printer :: %{
          name: String.t(),
          uri: String.t(),
          url: String.t(),
          media: String.t() | nil,
          sides: String.t() | nil,
          copies: 1..99,
          verify: boolean
        }
  @type t :: %__MODULE__{
          printers: %{String.t() => printer},
          desks: %{String.t() => [String.t()]}
        }

  @keys ~w(printers desks)
  @printer_keys ~w(uri media sides copies verify)
  @sides ~w(one-sided two-sided-long-edge two-sided-short-edge)
  @name ~r/\A[a-z0-9][a-z0-9_-]{0,39}\z/
  @keyword ~r/\A[a-z0-9][a-z0-9_.-]{0,126}\z/
  @default_desk "default"

  @doc "Read the JSON of the configuration, or raise an `ArgumentError` with one line that says what is wrong."
  @spec parse!(term) :: t
  def parse!(json) when is_binary(json) do
    case Oban.JSON.decode!(json) do
      %{} = config -> parse!(config)
      other -> fail("must be a JSON object, got: #{SafeText.excerpt(other)}")
    end
  rescue
    error in ArgumentError -> reraise error, __STACKTRACE__
    # The text may have a password in a URI, and the libraries for JSON raise errors of their own.
    _error -> fail("must be JSON")
  end

  def parse!(%{} = config) do
    known!("", config, @keys)
    printers = object!("printers", config["printers"])
    if printers == %{}, do: fail("printers must name a printer")
    printers = Map.new(printers, fn {name, options} -> {name, printer!(name, options)} end)
    desks = object!("desks", config["desks"] || %{})
    for {desk, pool} <- desks, do: pool!(desk, pool, Map.keys(printers))
    %__MODULE__{printers: printers, desks: desks}
  end

  def parse!(other), do: fail("must be a JSON object, got: #{SafeText.excerpt(other)}")

  @doc "Return the printers of a desk, in order; of a job without one, for `nil`."
  @spec pool(t, term) :: {:ok, [printer, ...]} | {:error, String.t()}
  def pool(%__MODULE__{printers: printers, desks: desks}, nil) do
    names = desks[@default_desk] || printers |> Map.keys() |> Enum.sort()
    {:ok, Enum.map(names, &printers[&1])}
  end

  def pool(%__MODULE__{printers: printers, desks: desks}, desk) do
    case desks do
      %{^desk => names} ->
        {:ok, Enum.map(names, &printers[&1])}

      _none ->
        expected = desks |> Map.keys() |> Enum.sort() |> Enum.join(", ")
        {:error, "desk: expected one of #{expected}, got: #{SafeText.excerpt(desk)}"}
    end
  end

  defp printer!(name, options) do
    at = "printers: #{name!(name)}"
    options = object!(at, options)
    known!("#{at}: ", options, @printer_keys)
    {uri, url} = uri!(at, options["uri"])

    %{
      name: name,
      uri: uri,
      url: url,
      media: keyword!("#{at}: media", options["media"]),
      sides: sides!("#{at}: sides", options["sides"]),
      copies: copies!("#{at}: copies", Map.get(options, "copies", 1)),
      verify: boolean!("#{at}: verify", Map.get(options, "verify", true))
    }
  end

  defp name!(name) do
    if name =~ @name,
      do: name,
      else: fail("a name has a-z, 0-9, _ and - only, got: #{SafeText.excerpt(name)}")
  end

  # The message shows no URI: it may have a password.
  defp uri!(at, uri) do
    parsed = if is_binary(uri), do: URI.parse(uri), else: %URI{}

    cond do
      parsed.scheme not in ~w(ipp ipps http https) or parsed.host in [nil, ""] or
          uri =~ ~r/[^!-~]/ ->
        fail("#{at}: uri must look like ipp://host/ipp/print or ipp://host/printers/name")

      parsed.userinfo ->
        fail("#{at}: uri must have no user and no password: Badge Forge sends none")

      true ->
        {uri, url(parsed)}
    end
  end

  defp url(%URI{scheme: "ipp"} = uri),
    do: URI.to_string(%{uri | scheme: "http", port: uri.port || 631})

  defp url(%URI{scheme: "ipps"} = uri),
    do: URI.to_string(%{uri | scheme: "https", port: uri.port || 631})

  defp url(uri), do: URI.to_string(uri)

  defp keyword!(_at, nil), do: nil

  defp keyword!(at, value) do
    if is_binary(value) and value =~ @keyword,
      do: value,
      else:
        fail(
          "#{at} must be a name like iso_a6_105x148mm or na_index-4x6_4x6in, got: " <>
            SafeText.excerpt(value)
        )
  end

  defp sides!(_at, nil), do: nil
  defp sides!(_at, value) when value in @sides, do: value

  defp sides!(at, value),
    do: fail("#{at} #{value |> Options.expected(@sides)} Got: #{SafeText.excerpt(value)}")

  defp copies!(_at, copies) when copies in 1..99, do: copies

  defp copies!(at, other),
    do: fail("#{at} must be a whole number from 1 to 99, got: #{SafeText.excerpt(other)}")

  defp boolean!(_at, value) when is_boolean(value), do: value

  defp boolean!(at, other),
    do: fail("#{at} must be true or false, got: #{SafeText.excerpt(other)}")

  defp pool!(desk, pool, names) do
    at = "desks: #{name!(desk)}"

    if not (is_list(pool) and pool != []),
      do: fail("#{at} must be a list of printers, got: #{SafeText.excerpt(pool)}")

    for name <- pool, name not in names do
      fail("#{at}: no printer #{SafeText.excerpt(name)}, #{Options.expected(name, names)}")
    end
  end

  defp object!(_at, %{} = object), do: object
  defp object!(at, other), do: fail("#{at} must be an object, got: #{SafeText.excerpt(other)}")

  defp known!(at, object, known) do
    case Map.keys(object) -- known do
      [] ->
        :ok

      [key | _] ->
        fail("#{at}unknown key #{SafeText.excerpt(key)}, #{Options.expected(key, known)}")
    end
  end

  defp fail(line), do: raise(ArgumentError, "PRINTERS: " <> line)
end
