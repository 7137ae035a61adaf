defmodule BadgeForge.Reprint do
  @moduledoc """
  Prints a badge again, with a reason, and settles prints that ended as unknown. `BadgeForge.reprint/2` and
  `BadgeForge.printed/1` document it.
  """

  alias BadgeForge.{History, SafeText, Statements}

  @longest_reason 200

  @doc "See `BadgeForge.reprint/2`."
  @spec reprint(term, term) :: {:ok, map} | {:error, String.t()}
  def reprint(who, reason) do
    with {:ok, reason} <- reason(reason),
         {:ok, id} <- the_badge(who) do
      case Statements.print_again(id, reason) do
        [job_id, "enqueued", number] ->
          {:ok, %{badge_id: id, job_id: job_id, number: number}}

        [_job, "no reason", _number] ->
          {:error, "it was printed: say why it is printed again"}

        [job_id, "under way", _number] ->
          {:error, "not printed again: its job #{job_id} has not ended"}

        [_job, "not printed", _number] ->
          {:error, "not printed again: it was not printed yet"}
      end
    end
  end

  @doc "See `BadgeForge.printed/1`."
  @spec printed(term) :: {:ok, map} | {:error, String.t()}
  def printed(who) do
    with {:ok, id} <- the_badge(who) do
      case Statements.settle_as_printed(id) do
        [job_id, "printed"] -> {:ok, %{badge_id: id, job_id: job_id}}
        [_job, "not unknown"] -> {:error, "it has no print that ended as unknown"}
      end
    end
  end

  defp reason(nil), do: {:ok, nil}

  defp reason(reason) do
    line = if is_binary(reason) and String.valid?(reason), do: one_line(reason), else: ""

    if line == "" or String.length(reason) > @longest_reason,
      do:
        {:error,
         "the reason must be a text of 1 to #{@longest_reason} characters, got: #{SafeText.excerpt(reason)}"},
      else: {:ok, line}
  end

  defp one_line(text),
    do: text |> String.replace(~r/[\p{Cc}\s]+/u, " ") |> String.trim()

  # By the badge's id or the beginning of it, e-mail, ticket, part of the name, or the number of a job.
  defp the_badge(job_id) when is_integer(job_id),
    do: job_id |> Statements.badge_of_job() |> one(job_id)

  defp the_badge(text) when is_binary(text) do
    found = History.find(text)

    of_job =
      if found == [] and text =~ ~r/\A\d{1,18}\z/, do: Statements.badge_of_job(text), else: []

    case found do
      [] -> one(of_job, text)
      [badge] -> {:ok, badge.id}
      several -> {:error, several(several, text)}
    end
  end

  defp the_badge(other), do: one([], other)

  defp one([id], _who), do: {:ok, id}

  defp one([], who),
    do: {:error, "no badge is known by #{SafeText.excerpt(who)}: check the spelling"}

  defp several(found, text) do
    listed =
      Enum.map_join(found, ", ", &"#{SafeText.line(&1.id)} #{SafeText.line(&1.name || "-")}")

    "#{SafeText.excerpt(text)} matches #{length(found)} badges: give the id of one: #{listed}"
  end
end
