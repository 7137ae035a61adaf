defmodule BadgeForge.VirtualPrinters do
  @moduledoc """
  Virtual printers and a CUPS in a network namespace, whose sheets can be counted: `python_worker/tests/printers/`.
  """

  import ExUnit.Assertions

  alias BadgeForge.Case

  @tests Path.expand("../../../python_worker/tests", __DIR__)
  @python Path.expand("../.venv/bin/python", @tests)

  @doc "Return why there are none on this machine, nil if there are."
  def missing do
    code = "from printers.office import missing; print(missing() or '')"

    case System.cmd(@python, ["-c", code], cd: @tests, stderr_to_stdout: true) do
      {"\n", 0} -> nil
      {reason, _code} -> String.trim(reason)
    end
  end

  @doc "Start printers, and return a map of their names and URIs. They end with the calling process."
  def start(folder, names) do
    port =
      Port.open({:spawn_executable, @python}, [
        :binary,
        :use_stdio,
        line: 1_000,
        cd: @tests,
        args: ["-m", "printers", folder | names]
      ])

    uris = for name <- names, into: %{}, do: {name, line(port)}
    %{port: port, folder: folder, uris: uris}
  end

  @doc "Kill or start a printer, or give its connections a fault."
  def order(%{port: port}, name, order) do
    Port.command(port, "#{name} #{order}\n")
    "done" = line(port)
  end

  @doc "Return the names of the jobs of all sheets that came out of all printers."
  def sheets(%{folder: folder}) do
    for file <- Path.wildcard("#{folder}/*/sheets"),
        line <- file |> File.read!() |> String.split("\n", trim: true),
        do: line |> String.split(" ") |> hd()
  end

  @doc "Return the line of the sheet of a job, with the printer's name before it."
  def sheet(%{folder: folder}, job_name) do
    [found] =
      for file <- Path.wildcard("#{folder}/*/sheets"),
          line <- file |> File.read!() |> String.split("\n", trim: true),
          String.starts_with?(line, job_name <> " "),
          do: "#{file |> Path.dirname() |> Path.basename()}: #{line}"

    found
  end

  @doc "Let no sheet come out of a printer, for a state reason; `nil` ends it."
  def trouble(%{folder: folder}, name, nil), do: File.rm(Path.join([folder, name, "trouble"]))
  def trouble(%{folder: folder}, name, reason), do: put(folder, name, "trouble", reason)

  @doc "Set how many seconds a sheet takes."
  def seconds(%{folder: folder}, name, seconds), do: put(folder, name, "seconds", "#{seconds}")

  defp put(folder, name, file, content), do: File.write!(Path.join([folder, name, file]), content)

  defp line(port) do
    assert_receive {^port, {:data, {:eol, line}}}, Case.hang_ms()
    line
  end
end
