defmodule BadgeForge.Contract do
  @moduledoc """
  Checks job args against the JSON Schemas in `db/contracts/`, which both applications share.

  The schemas are read when this module is compiled: limits, patterns and lists of values are written there
  and nowhere else in this app. The module implements the part of JSON Schema that the contracts use. It does
  not compile if a contract uses another keyword.
  """

  alias BadgeForge.{ContractError, SafeText}

  @typedoc "The name of a file in `db/contracts/`, without `.schema.json`."
  @type name :: atom

  # minLength is not checked: the contracts use it only beside a pattern that implies it. x-must ends the
  # sentence "FIELD must …" for a pattern.
  @keywords ~w($schema $id title description type required properties additionalProperties if then anyOf) ++
              ~w(dependentRequired x-reader x-writer)
  @field_keywords ~w(title description type enum default minLength maxLength pattern x-must minimum maximum) ++
                    ~w(maxProperties propertyNames additionalProperties)
  # Of the names and the texts in an object.
  @inner_keywords ~w(title type maxLength pattern)
  @types ~w(string integer boolean object)

  @pattern Path.expand("../../../db/contracts/*.schema.json", __DIR__)
  @paths Path.wildcard(@pattern)
  @files Map.new(@paths, &{String.to_atom(Path.basename(&1, ".schema.json")), &1})
  for {_name, file} <- @files, do: @external_resource(file)

  @doc false
  # Compile again when a contract is added.
  def __mix_recompile__?, do: Path.wildcard(@pattern) != @paths

  @doc "List the names of all contracts."
  @spec names() :: [name]
  def names, do: unquote(Enum.sort(Map.keys(@files)))

  @schemas Map.new(@files, fn {name, file} -> {name, Oban.JSON.decode!(File.read!(file))} end)

  for {name, %{"additionalProperties" => false, "properties" => fields} = schema} <- @schemas,
      {map, known} <- [{schema, @keywords} | Enum.map(fields, &{elem(&1, 1), @field_keywords})],
      keyword <- Map.keys(map) -- known do
    raise "#{name}.schema.json uses the keyword #{inspect(keyword)}, which #{inspect(__MODULE__)} lacks"
  end

  for {name, %{"properties" => fields}} <- @schemas,
      {field, %{"type" => "object"} = rule} <- fields,
      %{"propertyNames" => names, "additionalProperties" => texts} = rule,
      not match?(%{"maxProperties" => _, "x-must" => _}, rule) or texts["type"] != "string" or
        is_map_key(texts, "pattern") or
        Enum.any?(Map.keys(Map.merge(names, texts)), &(&1 not in @inner_keywords)) do
    raise "#{name}.schema.json: #{field} must have maxProperties, x-must, and texts without a pattern"
  end

  for {name, %{"properties" => fields}} <- @schemas,
      {field, rule} <- fields,
      not is_map_key(rule, "enum") and rule["type"] not in @types do
    raise "#{name}.schema.json: #{field} must have an enum or a type of #{inspect(@types)}"
  end

  # "If this field has this value, that field is required" is the one use of if and then.
  @conditions Map.new(@schemas, fn
                {name, %{"if" => %{"properties" => condition}, "then" => then}} ->
                  [{field, %{"const" => value}}] = Map.to_list(condition)
                  %{"required" => [needed]} = then
                  {name, {field, value, needed}}

                {name, _no_condition} ->
                  {name, nil}
              end)

  # "With this field, that field is required" is the one use of dependentRequired.
  @dependencies Map.new(@schemas, fn {name, schema} ->
                  {name,
                   for(
                     {field, [needed]} <- schema["dependentRequired"] || %{},
                     do: {field, needed}
                   )}
                end)

  # "One of these fields is required" is the one use of anyOf. The error names the first of them.
  @alternatives Map.new(@schemas, fn {name, schema} ->
                  {name, for(%{"required" => [field]} <- schema["anyOf"] || [], do: field)}
                end)

  @doc """
  Check job args: `:ok`, or the first error.

  ## Examples

      iex> BadgeForge.Contract.check(:generate_badge, %{"id" => "7"})
      {:error, %BadgeForge.ContractError{field: "id", reason: "must be a UUID in lower case", value: "7"}}
  """
  @spec check(name, %{optional(String.t()) => term}) :: :ok | {:error, ContractError.t()}
  def check(contract, args) do
    error =
      Enum.find_value(fields(contract), &field_error(contract, &1, args)) ||
        alternatives_error(@alternatives[contract], args) ||
        condition_error(@conditions[contract], args) ||
        dependency_error(@dependencies[contract], args) ||
        unknown_field_error(fields(contract), args)

    if error, do: {:error, error}, else: :ok
  end

  @doc "Check the value of one field: `:ok`, or the error."
  @spec check_field(name, String.t(), term) :: :ok | {:error, ContractError.t()}
  def check_field(contract, field, value) do
    error = field_error(contract, field, %{field => value})
    if error, do: {:error, error}, else: :ok
  end

  @doc "List the fields of a contract, the required ones first."
  @spec fields(name) :: [String.t()]
  for {name, %{"required" => required, "properties" => fields}} <- @schemas do
    def fields(unquote(name)), do: unquote(required ++ (Map.keys(fields) -- required))
  end

  @doc "List the values of a field whose contract lists them."
  @spec values(name, String.t()) :: [String.t()]
  def values(contract, field), do: @schemas[contract]["properties"][field]["enum"]

  defp field_error(contract, field, args) do
    %{"required" => required, "properties" => %{^field => rule}} = @schemas[contract]

    case args do
      %{^field => value} ->
        reason = wrong(rule, value) || mismatch(contract, field, value)
        if reason, do: %ContractError{field: field, reason: reason, value: value}

      _without_it ->
        if field in required, do: ContractError.missing(field)
    end
  end

  defp wrong(%{"enum" => values}, value) do
    if value not in values, do: "must be one of #{Enum.join(values, ", ")}"
  end

  defp wrong(%{"type" => "string"} = rule, value) do
    cond do
      not is_binary(value) or not String.valid?(value) -> "must be text"
      # JSON allows it, PostgreSQL's jsonb does not.
      String.contains?(value, "\0") -> "must have no NUL character"
      longer?(value, rule["maxLength"]) -> "must have #{rule["maxLength"]} characters or fewer"
      true -> nil
    end
  end

  # Without a limit, it is nil, which compares as more than each number.
  defp wrong(%{"type" => "integer"} = rule, value) do
    cond do
      not is_integer(value) -> "must be a whole number"
      value > rule["maximum"] -> "must be #{rule["maximum"]} or less"
      value < (rule["minimum"] || value) -> "must be #{rule["minimum"]} or more"
      true -> nil
    end
  end

  defp wrong(%{"type" => "boolean"}, value) do
    if not is_boolean(value), do: "must be true or false"
  end

  defp wrong(%{"type" => "object"} = rule, value) do
    cond do
      not is_map(value) or is_struct(value) ->
        "must be a map of texts"

      map_size(value) > rule["maxProperties"] ->
        "must have #{rule["maxProperties"]} texts or fewer"

      true ->
        nil
    end
  end

  defp wrong_in(rule, key, text) do
    reason = wrong(rule, text)
    reason && "#{key} #{reason}"
  end

  # JSON Schema counts code points.
  defp longer?(text, limit) do
    byte_size(text) > limit and length(String.codepoints(text)) > limit
  end

  # The patterns are JavaScript's: `\u200b` is `\x{200b}` in PCRE, `.` matches no line break, of which U+2028
  # is one, and `$` is the end of the text.
  to_pcre = fn pattern ->
    pattern
    |> String.replace(~r/\\u([0-9a-f]{4})/, "\\\\x{\\1}")
    |> String.replace(~r/(?<!\\)\./, "[^\\n\\r\\x{2028}\\x{2029}]")
    |> String.replace(~r/\$\z/, "\\z")
  end

  for {name, %{"properties" => fields}} <- @schemas,
      {field, %{"type" => "object", "propertyNames" => names} = rule} <- fields do
    defp mismatch(unquote(name), unquote(field), value) do
      regex = sigil_r(<<unquote(to_pcre.(names["pattern"]))>>, [?u])
      longest = unquote(names["maxLength"])

      Enum.find_value(value, fn {key, text} ->
        if is_binary(key) and String.valid?(key) and key =~ regex and not longer?(key, longest),
          do: wrong_in(unquote(Macro.escape(rule["additionalProperties"])), key, text),
          else: unquote("must #{rule["x-must"]}")
      end)
    end
  end

  for {name, %{"properties" => fields}} <- @schemas,
      {field, %{"pattern" => pattern} = rule} <- fields do
    defp mismatch(unquote(name), unquote(field), value) do
      regex = sigil_r(<<unquote(to_pcre.(pattern))>>, [?u])
      if not (value =~ regex), do: unquote("must #{rule["x-must"] || "match #{pattern}"}")
    end
  end

  defp mismatch(_contract, _field, _value), do: nil

  defp alternatives_error([], _args), do: nil

  defp alternatives_error([first | _rest] = fields, args) do
    if not Enum.any?(fields, &is_map_key(args, &1)), do: ContractError.missing(first)
  end

  defp condition_error(nil, _args), do: nil

  defp condition_error({field, value, needed}, args) do
    if args[field] == value and not is_map_key(args, needed),
      do: %ContractError{field: field, reason: "needs the field #{needed}", value: value}
  end

  defp dependency_error(dependencies, args) do
    Enum.find_value(dependencies, fn {field, needed} ->
      if is_map_key(args, field) and not is_map_key(args, needed),
        do: %ContractError{
          field: field,
          reason: "needs the field #{needed}",
          value: args[field]
        }
    end)
  end

  defp unknown_field_error(fields, args) do
    unknown = Enum.find(Map.keys(args), &(&1 not in fields))

    if unknown do
      reason = "is not known, expected only #{Enum.join(fields, ", ")}"
      %ContractError{field: SafeText.field(unknown), reason: reason, value: args[unknown]}
    end
  end
end
