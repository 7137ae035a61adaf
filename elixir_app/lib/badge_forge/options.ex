defmodule BadgeForge.Options do
  @moduledoc "Checks the names of options and suggests the right one for a misspelt one."

  # A misspelling of a name is closer to it than this, another word is not: 1.0 is the same word.
  @close 0.8

  @doc """
  Check that all options are known: `:ok`, or one line.

  ## Examples

      iex> BadgeForge.Options.check([design: "a6"], [:design, :event])
      :ok
      iex> BadgeForge.Options.check([desing: "a6"], [:design, :event])
      {:error, "unknown option :desing, did you mean :design?"}
      iex> BadgeForge.Options.check([colour: "red"], [:design, :event])
      {:error, "unknown option :colour, expected one of :design, :event"}
      iex> BadgeForge.Options.check("a6", [:design])
      {:error, ~s(options must be a keyword list, got: "a6")}
  """
  @spec check(term, [atom]) :: :ok | {:error, String.t()}
  def check(opts, known) do
    if Keyword.keyword?(opts) do
      case Keyword.keys(opts) -- known do
        [] -> :ok
        [name | _] -> {:error, "unknown option #{inspect(name)}, #{expected(name, known)}"}
      end
    else
      {:error, "options must be a keyword list, got: #{BadgeForge.SafeText.excerpt(opts)}"}
    end
  end

  @doc "As `check/2`, but raise an `ArgumentError`."
  @spec check!(term, [atom]) :: :ok
  def check!(opts, known) do
    with {:error, line} <- check(opts, known), do: raise(ArgumentError, line)
  end

  @doc "Say which name was probably meant, or which there are."
  @spec expected(term, [atom | String.t()]) :: String.t()
  def expected(name, known) do
    distance = &String.jaro_distance(inspect(name), inspect(&1))

    case Enum.max_by(known, distance, fn -> nil end) do
      nil ->
        "expected none"

      closest ->
        if distance.(closest) > @close,
          do: "did you mean #{inspect(closest)}?",
          else: "expected one of #{Enum.map_join(known, ", ", &inspect/1)}"
    end
  end
end
