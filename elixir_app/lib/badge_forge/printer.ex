defmodule BadgeForge.Printer do
  @moduledoc """
  The behaviour of a printer: what `BadgeForge.PrintCenter` gives the badges to.

      config :badge_forge, printer: {MyPrinter, tray: 2}

  It works as in Plug: `init/1` gets the options once, when the app starts, and what it returns is passed to each
  call of `print/2`. A module without options means `{module, []}`.

      defmodule MyPrinter do
        @behaviour BadgeForge.Printer

        @impl true
        def init(opts) do
          BadgeForge.Options.check!(opts, [:tray])
          Keyword.get(opts, :tray, 1)
        end

        @impl true
        def print(badge, tray), do: MyDriver.send(badge.pdf, tray)
      end

  A job may run twice, for example if the process dies before its outcome is recorded. A printer should print
  each version of a badge id once, and once more for each `copy`: a number that is set if the operator asked to
  print the badge again. It stays the same when that job runs twice. `version` is 1, and greater for a badge whose
  list was changed and imported again, with another name for example: it replaces the earlier ones.
  """

  alias BadgeForge.{Options, SafeText}

  @typedoc """
  A badge that passed every check. Print `pdf`, the bytes that were checked. `path` is for messages: that file
  may have changed. `copy` is nil, except for a badge that is printed again. `job` is the print's job, whose `meta`
  a printer may use to find out what an earlier attempt did.
  """
  @type badge :: %{
          id: String.t(),
          name: String.t(),
          path: Path.t(),
          pdf: binary,
          copy: pos_integer | nil,
          version: pos_integer,
          job: Oban.Job.t()
        }

  @typedoc "A printer that was initialised."
  @type t :: {module, state :: term}

  @doc """
  Validate the options and turn them into what `print/2` needs. Raise an `ArgumentError` for a wrong option: the
  app then ends with its message.
  """
  @callback init(opts :: term) :: state :: term

  @doc """
  Print a badge.

  After an error the job is tried again later, up to its last attempt. `{:snooze, seconds}` says that the printer
  can't print now, because it is out of paper for example: the job is tried again after that time, from one
  second to a week, and the attempt does not count. `{:snooze, seconds, reason}` also says why, to the log, the wall
  and `badge-forge why`. `{:cancel, reason}` ends the job: it can never be printed, or only a person can tell whether
  it was.
  """
  @callback print(badge, state :: term) :: result

  @type result ::
          :ok
          | {:error, reason :: term}
          | {:cancel, reason :: String.t()}
          | {:snooze, seconds :: pos_integer}
          | {:snooze, seconds :: pos_integer, reason :: String.t()}

  @doc "Initialise the printer of the configuration: `{:ok, printer}`, or one line that says what is wrong."
  @spec init(term) :: {:ok, t} | {:error, String.t()}
  def init({module, opts}) when is_atom(module) do
    with :ok <- check(module) do
      {:ok, {module, module.init(opts)}}
    end
  rescue
    error in ArgumentError -> {:error, "printer #{inspect(module)}: #{Exception.message(error)}"}
  end

  def init(module) when is_atom(module), do: init({module, []})

  def init(other) do
    {:error, "printer must be a module or {module, options}, got: #{SafeText.excerpt(other)}"}
  end

  @doc "Return the module of an initialised printer."
  @spec module(t) :: module
  def module({module, _state}), do: module

  @doc "Print a badge on an initialised printer."
  @spec print(t, badge) :: result
  def print({module, state}, badge), do: module.print(badge, state)

  defp check(module) do
    cond do
      not Code.ensure_loaded?(module) ->
        {:error,
         "printer #{inspect(module)} is not a module, #{Options.expected(module, printers())}"}

      not (function_exported?(module, :init, 1) and function_exported?(module, :print, 2)) ->
        {:error,
         "printer #{inspect(module)} must have init/1 and print/2, see BadgeForge.Printer"}

      true ->
        :ok
    end
  end

  defp printers do
    for module <- Application.spec(:badge_forge, :modules) || [],
        {:behaviour, behaviours} <- module.module_info(:attributes),
        __MODULE__ in behaviours,
        do: module
  end
end
