defmodule BadgeForge.Printer.IPP.Message do
  @moduledoc """
  IPP requests and responses as bytes (RFC 8010).

  An attribute of a request is `{name, type, values}`, with a type of `t:type/0` and a list of integers, booleans
  or strings. A response is a map of its status and its groups, in their order. Each group has its attributes by name,
  each as a list of values. Values of types that Badge Forge does not read are `nil`.
  """

  @version <<2, 0>>

  @groups %{operation: 0x01, job: 0x02, printer: 0x04}
  @group_names Map.new(@groups, fn {name, tag} -> {tag, name} end)
  @end_of_attributes 0x03

  @types %{
    integer: 0x21,
    boolean: 0x22,
    enum: 0x23,
    name: 0x42,
    keyword: 0x44,
    uri: 0x45,
    charset: 0x47,
    language: 0x48,
    mime_type: 0x49
  }

  @begin_collection 0x34
  @end_collection 0x37

  @type type ::
          :integer
          | :boolean
          | :enum
          | :name
          | :keyword
          | :uri
          | :charset
          | :language
          | :mime_type
  @type attribute :: {name :: String.t(), type, [integer | boolean | String.t()]}
  @type value ::
          integer
          | boolean
          | String.t()
          | {integer, integer}
          | {integer, integer, :dpi | :dpcm}
          | nil
  @type group :: {:operation | :job | :printer | :other, %{String.t() => [value]}}
  @type response :: %{status: 0..0xFFFF, groups: [group]}

  @doc "Encode a request, without a document. `operation` is an operation's number."
  @spec encode(pos_integer, pos_integer, operation: [attribute], job: [attribute]) :: binary
  def encode(operation, request_id, groups) do
    encoded =
      for {group, attributes} <- groups, attributes != [] do
        [@groups[group], Enum.map(attributes, &attribute/1)]
      end

    head = [@version, <<operation::16, request_id::32>>]
    IO.iodata_to_binary([head, encoded, @end_of_attributes])
  end

  # The second and later values of an attribute have an empty name.
  defp attribute({name, type, values}) do
    names = [name | List.duplicate("", length(values) - 1)]

    for {name, value} <- Enum.zip(names, values) do
      bytes = value(type, value)
      [@types[type], <<byte_size(name)::16>>, name, <<byte_size(bytes)::16>>, bytes]
    end
  end

  defp value(type, number) when type in [:integer, :enum], do: <<number::signed-32>>
  defp value(:boolean, true), do: <<1>>
  defp value(:boolean, false), do: <<0>>
  defp value(_text, text), do: text

  @doc "Decode a response. What follows its attributes is ignored."
  @spec decode(binary) :: {:ok, response} | {:error, String.t()}
  def decode(<<_version::16, status::16, _request_id::32, rest::binary>>) do
    with {:ok, groups} <- groups(rest, []), do: {:ok, %{status: status, groups: groups}}
  end

  def decode(_bytes), do: {:error, "the answer is not IPP"}

  defp groups(<<@end_of_attributes, _data::binary>>, groups), do: {:ok, finished(groups)}

  defp groups(<<tag, rest::binary>>, groups) when tag < 0x10 do
    group = {Map.get(@group_names, tag, :other), [], nil}
    attributes(rest, group, groups)
  end

  defp groups(_bytes, _groups), do: {:error, "the answer is not complete"}

  # Attributes are collected with the last value first.
  defp attributes(<<tag, _rest::binary>> = bytes, {name, found, _last}, groups) when tag < 0x10,
    do: groups(bytes, [{name, found} | groups])

  defp attributes(
         <<tag, length::16, name::binary-size(length), size::16, bytes::binary-size(size),
           rest::binary>>,
         {group, found, last},
         groups
       ) do
    name = if name == "", do: last, else: name

    with {:ok, rest} <- after_collection(tag, rest),
         do: attributes(rest, {group, [{name, decoded(tag, bytes)} | found], name}, groups)
  end

  defp attributes(_bytes, _group, _groups), do: {:error, "the answer is not complete"}

  # Badge Forge reads no collection: skip all members, also those that are collections.
  defp after_collection(@begin_collection, rest), do: skip(rest, 1)
  defp after_collection(_tag, rest), do: {:ok, rest}

  defp skip(rest, 0), do: {:ok, rest}

  defp skip(
         <<tag, length::16, _name::binary-size(length), size::16, _bytes::binary-size(size),
           rest::binary>>,
         depth
       ) do
    case tag do
      @begin_collection -> skip(rest, depth + 1)
      @end_collection -> skip(rest, depth - 1)
      _member -> skip(rest, depth)
    end
  end

  defp skip(_bytes, _depth), do: {:error, "the answer is not complete"}

  defp decoded(tag, <<number::signed-32>>) when tag in [0x21, 0x23], do: number
  defp decoded(0x22, <<boolean>>), do: boolean != 0
  defp decoded(0x32, <<x::32, y::32, 3>>), do: {x, y, :dpi}
  defp decoded(0x32, <<x::32, y::32, 4>>), do: {x, y, :dpcm}
  defp decoded(0x33, <<low::signed-32, high::signed-32>>), do: {low, high}

  # A text or name with its language.
  defp decoded(
         tag,
         <<length::16, _language::binary-size(length), size::16, text::binary-size(size)>>
       )
       when tag in [0x35, 0x36],
       do: text

  defp decoded(tag, text) when tag in 0x41..0x4F, do: text
  defp decoded(_tag, _bytes), do: nil

  defp finished(groups) do
    for {group, found} <- Enum.reverse(groups) do
      {group, found |> Enum.reverse() |> Enum.group_by(&elem(&1, 0), &elem(&1, 1))}
    end
  end
end
