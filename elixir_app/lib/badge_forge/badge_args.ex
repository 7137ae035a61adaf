defmodule BadgeForge.BadgeArgs do
  @moduledoc """
  The args of a badge, checked as `db/contracts/generate_badge.schema.json` states them.

  The Python worker checks them too, and cancels the job. Here whoever sends them hears of it first.
  Whether there is such a design is known to the Python worker only.
  """

  import BadgeForge.Confirmation, only: [cut: 1, longer?: 2, shown_key: 1]

  @required ~w(id name company type)
  @fields @required ++ ~w(title pronouns email url event design qr)
  @types ~w(attendee speaker sponsor organizer)
  @qr_kinds ~w(id vcard url none)

  # Options of a batch, for all of its badges. Nobody who is invented has a URL.
  @shared [:design, :event, :qr]
  @shared_qr_kinds @qr_kinds -- ["url"]

  @doc """
  Check the args of a badge: `:ok`, or the field at fault, what is wrong, and its value.

  ## Examples

      iex> id = "7bfb7c39-c354-4cce-ad5b-f1be2814b17e"
      iex> args = %{"id" => id, "name" => "Ada Lovelace", "company" => "", "type" => "speaker"}
      iex> BadgeForge.BadgeArgs.check(args)
      :ok
      iex> BadgeForge.BadgeArgs.check(%{args | "type" => "countess"})
      {:error, ~s(type: must be one of attendee, speaker, sponsor, organizer, got: "countess")}
  """
  @spec check(%{optional(String.t()) => term}) :: :ok | {:error, String.t()}
  def check(args) do
    case Enum.find_value(@fields, &problem(args, &1)) || unknown(args) do
      nil -> :ok
      problem -> {:error, problem}
    end
  end

  @doc """
  Check what all badges of a batch share, out of its options: `:design`, `:event` and `:qr`.

  ## Examples

      iex> BadgeForge.BadgeArgs.shared(design: "a6", batch_id: nil)
      {:ok, %{design: "a6"}}
      iex> BadgeForge.BadgeArgs.shared(qr: "url")
      {:error, ~s(qr must be one of id, vcard, none, as invented people have no URL, got: "url")}
  """
  @spec shared(keyword) ::
          {:ok, %{optional(:design | :event | :qr) => String.t()}} | {:error, String.t()}
  def shared(opts) do
    given = for key <- @shared, opts[key] != nil, into: %{}, do: {key, opts[key]}

    case Enum.find_value(given, fn {key, value} -> shared_problem(key, value) end) do
      nil -> {:ok, given}
      problem -> {:error, problem}
    end
  end

  defp problem(args, field) do
    case Map.fetch(args, field) do
      :error when field in @required ->
        "#{field}: is missing"

      :error ->
        nil

      {:ok, "url"} when field == "qr" and not is_map_key(args, "url") ->
        ~s(qr: needs the field url, got: "url")

      {:ok, value} ->
        if why = wrong(field, value), do: "#{field}: #{why}, got: #{cut(value)}"
    end
  end

  defp unknown(args) do
    case Map.keys(args) -- @fields do
      [] -> nil
      [key | _] -> "#{shown_key(key)}: is not known, expected only #{Enum.join(@fields, ", ")}"
    end
  end

  defp shared_problem(:qr, kind) when kind not in @shared_qr_kinds do
    "qr must be one of #{Enum.join(@shared_qr_kinds, ", ")}, as invented people have no URL, " <>
      "got: #{cut(kind)}"
  end

  defp shared_problem(key, value) do
    if why = wrong(to_string(key), value), do: "#{key} #{why}, got: #{cut(value)}"
  end

  defp wrong("type", type), do: one_of(type, @types)
  defp wrong("qr", kind), do: one_of(kind, @qr_kinds)

  defp wrong(field, value) do
    {longest, pattern, what} = rule(field)

    cond do
      not is_binary(value) or not String.valid?(value) -> "must be text"
      # JSON has it, PostgreSQL's jsonb has not.
      String.contains?(value, "\0") -> "must have no NUL character"
      longer?(value, longest) -> "must have #{longest} characters or fewer"
      value =~ pattern -> nil
      true -> what
    end
  end

  defp one_of(value, values) do
    if value not in values, do: "must be one of #{Enum.join(values, ", ")}"
  end

  # The most characters, what they must match, and that in words.
  defp rule(field) do
    case field do
      "id" ->
        {36, ~r/\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z/, "must be a UUID in lower case"}

      "name" ->
        {200, visible(), "must not be blank"}

      "pronouns" ->
        {40, ~r//, nil}

      "email" ->
        {254, ~r/\A[^\s@]+@[^\s@]+\z/u, "must be an e-mail address"}

      "url" ->
        {200, ~r"\Ahttps?://[^\s/]+\S*\z"u,
         "must begin with https:// or http://, and have no space"}

      "event" ->
        {60, ~r/\S/u, "must not be blank"}

      "design" ->
        {60, ~r/\A[a-z0-9]+(-[a-z0-9]+)*\z/, "must be of a-z, 0-9 and single hyphens"}

      _company_or_title ->
        {200, ~r//, nil}
    end
  end

  # One character or more that shows, as the contract lists those that don't.
  defp visible do
    ~r/[^\s\x{00}-\x{1F}\x{7F}-\x{9F}\x{AD}\x{34F}\x{61C}\x{180E}\x{200B}-\x{200F}\x{2028}-\x{202E}\x{2060}-\x{206F}\x{FE00}-\x{FE0F}\x{FEFF}]/u
  end
end
