defmodule BadgeForge.Settings do
  @moduledoc """
  The settings under `config :badge_forge`, validated once when the app starts.

    * `:badges_dir` - the folder of the PDFs (`BADGES_DIR`)
    * `:health_file` - a file that is touched each second while the queues reach the table (`HEALTH_FILE`; default:
      none), see `BadgeForge.QueueWatch`
    * `:log_args` - whether log lines may name people (`LOG_ARGS`; default: `true`)
    * `:print_timeout_s` - seconds until a print is ended and tried again (`PRINT_TIMEOUT_S`; default: 900)
    * `:printer` - a module or `{module, options}`, see `BadgeForge.Printer`
      (default: `BadgeForge.Printer.Spool`)
    * `:queues` - see `BadgeForge.Queues`
    * `:sheets_dir` - the folder of the sheets that `badge-forge print` prints (`SHEETS_DIR`)
    * `:spool_dir` - the folder of `BadgeForge.Printer.Spool` (`SPOOL_DIR`)
    * `:tracing` - whether badges are traced (`OTEL_TRACES_EXPORTER`; default: `false`), see `BadgeForge.Tracing`

  What works on a badge reads them with `get/0`. A later change of the application environment has no effect.
  """

  alias BadgeForge.{Options, Printer, Tracing}

  @type t :: %__MODULE__{
          badges_dir: Path.t(),
          health_file: Path.t() | nil,
          log_args: boolean,
          print_timeout_s: pos_integer,
          printer: Printer.t(),
          sheets_dir: Path.t() | nil,
          tracer: module | nil
        }

  @enforce_keys [:badges_dir, :log_args, :print_timeout_s, :printer]
  defstruct [
    :badges_dir,
    :health_file,
    :log_args,
    :print_timeout_s,
    :printer,
    :sheets_dir,
    :tracer
  ]

  @known [
    :badges_dir,
    :health_file,
    :log_args,
    :print_timeout_s,
    :printer,
    :queues,
    :sheets_dir,
    :spool_dir,
    :tracing
  ]
  @defaults [log_args: true, print_timeout_s: 900, printer: Printer.Spool, tracing: false]

  @doc "Validate the settings and keep them for `get/0`: `:ok`, or one line that says what is wrong."
  @spec load() :: :ok | {:error, String.t()}
  def load do
    config = Keyword.merge(@defaults, configured())

    with :ok <- Options.check(config, @known),
         :ok <- check_values(config),
         {:ok, printer} <- Printer.init(config[:printer]) do
      :persistent_term.put(__MODULE__, %__MODULE__{
        badges_dir: config[:badges_dir],
        health_file: config[:health_file],
        log_args: config[:log_args],
        print_timeout_s: config[:print_timeout_s],
        printer: printer,
        sheets_dir: config[:sheets_dir],
        tracer: Tracing.tracer(config[:tracing])
      })
    else
      {:error, line} -> {:error, "config :badge_forge, " <> line}
    end
  end

  @doc "Return the settings that the app started with."
  @spec get() :: t
  def get, do: :persistent_term.get(__MODULE__)

  # Keys that are modules configure those: the repo, with the password of the database, and Oban.
  defp configured do
    :badge_forge
    |> Application.get_all_env()
    |> Keyword.reject(fn {key, _value} -> match?("Elixir." <> _, Atom.to_string(key)) end)
  end

  defp check_values(config) do
    Enum.find_value(@known, :ok, fn key ->
      if expected = expected(key, config[key]),
        do: {:error, "#{key} must be #{expected}, got: #{inspect(config[key])}"}
    end)
  end

  defp expected(:badges_dir, value) when not is_binary(value), do: "a folder"
  defp expected(:sheets_dir, value) when not (is_nil(value) or is_binary(value)), do: "a folder"
  defp expected(:health_file, value) when not (is_nil(value) or is_binary(value)), do: "a file"

  defp expected(key, value) when key in [:log_args, :tracing] and not is_boolean(value),
    do: "true or false"

  defp expected(:print_timeout_s, value) when not is_integer(value) or value < 1,
    do: "a whole number of seconds of at least 1"

  defp expected(_key, _value), do: nil
end
