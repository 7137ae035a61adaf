defmodule BadgeForge.Printer.IPP.Reasons do
  @moduledoc """
  What a printer says about itself, its job and its answers, in words.

  A printer's state reasons are keywords of RFC 8011 and its successors, with a suffix that says how serious it is.
  Printers disagree about the suffix, so the keyword alone decides whether a printer can print.
  """

  alias BadgeForge.SafeText

  @blocking %{
    "media-jam" => "paper jam",
    "media-empty" => "out of paper",
    "media-needed" => "out of paper",
    "input-tray-missing" => "the paper tray is missing",
    "output-area-full" => "the output tray is full",
    "output-tray-missing" => "the output tray is missing",
    "cover-open" => "a cover is open",
    "door-open" => "a door is open",
    "interlock-open" => "a cover is open",
    "toner-empty" => "out of toner",
    "marker-supply-empty" => "out of ink or toner",
    "marker-waste-full" => "the waste toner container is full",
    "developer-empty" => "out of developer",
    "opc-life-over" => "the drum is worn out",
    "fuser-over-temp" => "the fuser is too hot",
    "paused" => "paused: resume it at the printer, or with cupsenable",
    "moving-to-paused" => "paused: resume it at the printer, or with cupsenable",
    "shutdown" => "switched off",
    "offline" => "switched off, or not connected",
    "timed-out" => "the print server does not reach it",
    "spool-area-full" => "the memory of the printer is full",
    "wrong-media" => "wrong paper",
    "media-size-mismatch" => "wrong paper"
  }

  @statuses %{
    0x0400 => "it does not understand the request",
    0x0401 => "forbidden",
    0x0402 => "it asks for a password, which Badge Forge does not send",
    0x0403 => "not allowed",
    0x0404 => "not possible",
    0x0405 => "it took too long",
    0x0406 => "not found",
    0x0408 => "the document is too large",
    0x040A => "it does not print PDF: use a CUPS queue for it",
    0x040B => "not supported",
    0x040E => "not supported together",
    0x0411 => "the document has an error",
    0x0500 => "internal error",
    0x0501 => "it does not support the operation",
    0x0502 => "not available",
    0x0504 => "temporary error",
    0x0506 => "it accepts no jobs",
    0x0507 => "busy",
    0x0508 => "cancelled"
  }

  @job_reasons %{
    "job-canceled-by-user" => "cancelled by a user",
    "job-canceled-by-operator" => "cancelled by an operator",
    "job-canceled-at-device" => "cancelled at the printer",
    "aborted-by-system" => "aborted by the printer",
    "document-format-error" => "the document has an error",
    "unsupported-document-format" => "it does not print PDF: use a CUPS queue for it",
    "document-unprintable-error" => "the document can't be printed",
    "resources-are-not-ready" => "wrong paper: another size or type is loaded",
    "job-data-insufficient" => "the document did not arrive"
  }

  @max_length 200

  @doc """
  Say why a printer can't print now, `nil` if it can. `reasons` are its `printer-state-reasons`.

  ## Examples

      iex> BadgeForge.Printer.IPP.Reasons.blocking(["media-jam-error", "toner-low-warning"])
      "paper jam"
      iex> BadgeForge.Printer.IPP.Reasons.blocking(["toner-low-warning"])
      nil
  """
  @spec blocking([term]) :: String.t() | nil
  def blocking(reasons) do
    words = for reason <- reasons, word = @blocking[keyword(reason)], do: word
    if words != [], do: words |> Enum.uniq() |> Enum.join(", ")
  end

  @doc "Say what a printer's answer means. `unsupported` are the names of the attributes that it refused."
  @spec status(non_neg_integer, [String.t()]) :: String.t()
  def status(0x040B, unsupported) when unsupported != [],
    do:
      "wrong paper or settings, it does not support #{SafeText.line(Enum.join(unsupported, ", "))}"

  def status(status, _unsupported),
    do: @statuses[status] || "IPP status 0x#{Integer.to_string(status, 16)}"

  @doc "Say why a job ended without being printed. `reasons` are its `job-state-reasons`."
  @spec ended(:canceled | :aborted, [term]) :: String.t()
  def ended(state, reasons) do
    words = for reason <- reasons, word = @job_reasons[keyword(reason)], do: word

    case Enum.uniq(words) do
      [] when state == :canceled -> "cancelled at the printer"
      [] -> "aborted by the printer"
      words -> Enum.join(words, ", ")
    end
  end

  @doc "Make a text of a printer safe to show: one line of at most #{@max_length} characters."
  @spec text(term) :: String.t()
  def text(text), do: text |> SafeText.line() |> String.slice(0, @max_length)

  defp keyword(reason) when is_binary(reason),
    do: String.replace(reason, ~r/-(error|warning|report)\z/, "")

  defp keyword(_reason), do: nil
end
