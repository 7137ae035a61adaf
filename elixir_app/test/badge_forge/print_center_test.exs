defmodule BadgeForge.PrintCenterTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.PrintCenter

  @examples Path.expand("../../../db/contracts/examples/print_center", __DIR__)

  setup :folders

  defp perform(args, attempt \\ 1) do
    PrintCenter.perform(%Oban.Job{id: 4711, args: args, attempt: attempt})
  end

  test "its name, its queue and its attempts are wire format" do
    {:ok, %{id: id}} = Oban.insert(PrintCenter.new(%{}))

    assert %{"worker" => "BadgeForge.PrintCenter", "queue" => "printing", "max_attempts" => 20} =
             job(id)
  end

  test "a print may take more than six minutes" do
    assert PrintCenter.timeout(%Oban.Job{}) > :timer.minutes(6)
  end

  describe "the contract:" do
    for file <- Path.wildcard(@examples <> "/valid/*.json") do
      @file_ file
      test "#{Path.basename(file, ".json")} is printed", %{badges: badges} do
        args = @file_ |> File.read!() |> Oban.JSON.decode!()
        pdf = "%PDF-1.7\n"
        File.write!(Path.join(badges, Path.basename(args["file"] || args["path"])), pdf)

        assert perform(%{args | "sha256" => sha256(pdf)}) == :ok
      end
    end

    for file <- Path.wildcard(@examples <> "/invalid/*.json") do
      @file_ file
      test "#{Path.basename(file, ".json")} cancels the job and names the field" do
        %{"field" => field, "args" => args} = @file_ |> File.read!() |> Oban.JSON.decode!()

        assert {:cancel, reason} = perform(args)
        assert String.starts_with?(reason, field <> ": ")
      end
    end

    test "there are examples" do
      assert length(Path.wildcard(@examples <> "/valid/*.json")) >= 2
      assert length(Path.wildcard(@examples <> "/invalid/*.json")) >= 20
    end
  end

  describe "args that can never be printed" do
    test "have an excerpt of their value in the message", %{badges: badges} do
      args = confirmation(badges, %{"name" => String.duplicate("x", 100_000)})

      assert {:cancel, "name: " <> rest} = perform(args)
      assert String.length(rest) < 130
    end

    test "put no control character and no change of direction into the message" do
      for text <- ["\e[2J\n\r\t\x85", "\u202Egnp.exe\u2066\u200E", "a\u2028b\u2029c\uFEFF"] do
        for args <- [%{"id" => text}, %{text => 1}] do
          assert {:cancel, reason} = perform(args)
          refute reason =~ ~r/[\p{C}\x{2028}\x{2029}]/u
        end
      end
    end

    test "name the field that is missing or unknown", %{badges: badges} do
      args = confirmation(badges)

      assert perform(Map.delete(args, "id")) == {:cancel, "id: is missing"}
      assert {:cancel, "colour: is not known" <> _} = perform(Map.put(args, "colour", "red"))
    end

    test "name a file in a folder, of another kind, or with line breaks", %{badges: badges} do
      for file <- ["/etc/passwd.pdf", "../x.pdf", "text.txt", "a\nb.pdf", "Ünï.pdf", "x.pdf"] do
        args = confirmation(badges, %{"file" => file})
        assert {:cancel, "file: " <> _why} = perform(args)
      end
    end

    test "are not found by the path of version 0.1, only by its last part", context do
      %{badges: badges, root: root} = context
      {file, args} = badges |> confirmation() |> Map.pop!("file")
      File.write!(Path.join(root, "x-#{args["id"]}.pdf"), "%PDF-1.7\nsecret")

      assert perform(Map.put(args, "path", "/another/folder/" <> file)) == :ok

      for path <- [Path.join(root, "x-#{args["id"]}.pdf"), badges <> "/../x-#{args["id"]}.pdf"],
          do: assert({:error, "file: no such file" <> _} = perform(Map.put(args, "path", path)))
    end

    test "confirm other bytes than those of the file", context do
      %{badges: badges, spool: spool} = context
      args = confirmation(badges)
      File.write!(Path.join(badges, args["file"]), "%PDF-1.7\nCountess of everything")

      assert {:cancel, "sha256: is not that of the file" <> _} = perform(args)
      refute File.exists?(spool)
    end

    test "are logged as one warning", %{badges: badges} do
      args = confirmation(badges, %{"name" => " "})

      assert capture_log(fn -> perform(args) end) =~
               ~r/\A\[warning\] Not printed, cancel: name: must not be blank[^\n]*\n\n?\z/
    end
  end

  describe "printing" do
    test "spools the badge and logs it", %{badges: badges, spool: spool} do
      id = "7bfb7c39-c354-4cce-ad5b-f1be2814b17e"
      file = "alasdair-fraser-#{id}.pdf"
      path = Path.join(badges, file)
      args = confirmation(badges)
      File.rename!(Path.join(badges, args["file"]), path)
      args = %{args | "id" => id, "file" => file}

      log = capture_log(fn -> assert perform(args) == :ok end)

      assert log =~ "[info] Printing badge 7bfb7c39 for Alasdair Fraser: #{path}"
      assert File.exists?(Path.join(spool, id <> ".pdf"))
    end

    test "a badge again spools it once", %{badges: badges, spool: spool} do
      args = confirmation(badges)
      for _time <- 1..2, do: assert(perform(args) == :ok)

      assert File.ls!(spool) == [args["id"] <> ".pdf"]
    end

    test "a badge again that the operator asked for spools a copy", context do
      %{badges: badges, spool: spool} = context
      args = confirmation(badges)
      again = %Oban.Job{id: 4712, args: args, attempt: 1, meta: %{"print_again" => true}}

      assert perform(args) == :ok
      for _time <- 1..2, do: assert(PrintCenter.perform(again) == :ok)

      assert Enum.sort(File.ls!(spool)) ==
               Enum.sort([args["id"] <> ".pdf", args["id"] <> "-4712.pdf"])
    end

    test "a completed print that was retried by hand spools the copy of its mark, and says so",
         context do
      %{badges: badges, spool: spool} = context
      args = confirmation(badges)
      {:ok, %{id: id}} = args |> PrintCenter.new() |> Oban.insert()
      start_oban(queues: [printing: 1])

      log =
        capture_log(fn ->
          for number <- 1..3 do
            await_state(id, "completed")
            assert length(File.ls!(spool)) == number

            # As `Oban.retry_job/1` does in both libraries and in Oban Web.
            change_job(id, """
            state = 'available', max_attempts = GREATEST(max_attempts, attempt + 1), completed_at = NULL,
            scheduled_at = timezone('UTC', now())
            """)
          end

          await_state(id, "completed")
        end)

      assert log =~ "Printing badge #{binary_part(args["id"], 0, 8)} again for Alasdair Fraser"
      assert length(File.ls!(spool)) == 4

      assert {:ok, history} = BadgeForge.History.fetch(args["id"])

      assert [%{detail: "reprint: the job had completed", attempt: nil} | _] =
               Enum.filter(history.events, &(&1.what == :retried))
    end

    test "a later version replaces the badge in the spool, if it has a number for one", context do
      %{badges: badges, spool: spool} = context
      args = confirmation(badges)

      for version <- [1, 0, -1, 1.5, 10 ** 300, "7", nil] do
        job = %Oban.Job{id: 7, args: args, attempt: 1, meta: %{"version" => version}}
        assert PrintCenter.perform(job) == :ok
        assert File.ls!(spool) == [args["id"] <> ".pdf"]
      end

      job = %Oban.Job{id: 8, args: args, attempt: 1, meta: %{"version" => 2}}
      assert PrintCenter.perform(job) == :ok
      assert File.ls!(spool) == [args["id"] <> "-v2.pdf"]
    end

    test "a copy of a number that no job can have prints no copy", context do
      %{badges: badges, spool: spool} = context

      for number <- [0, -1, 1.5, 10 ** 300, "7", nil, false] do
        args = confirmation(badges)
        job = %Oban.Job{id: 7, args: args, attempt: 1, meta: %{"print_again" => number}}
        assert PrintCenter.perform(job) == :ok
        assert File.exists?(Path.join(spool, args["id"] <> ".pdf"))
      end
    end

    test "logs a name with line breaks and escape sequences as one harmless line", %{
      badges: badges
    } do
      name = "Eve\n[info] Printing badge 00000000\e[2J\r\u202Egnp\u2028x"
      log = capture_log(fn -> perform(confirmation(badges, %{"name" => name})) end)

      assert log |> String.trim() |> String.split("\n") |> length() == 1
      refute log =~ "\e[2J"
      refute log =~ "\u202E"
    end

    test "a missing file is tried six times, and then cancelled with the command to run",
         context do
      %{badges: badges} = context
      args = confirmation(badges)
      File.rm!(Path.join(badges, args["file"]))

      for attempt <- 1..5,
          do: assert({:error, "file: no such file" <> _} = perform(args, attempt))

      for attempt <- 6..7 do
        assert {:cancel, "file: no such file in " <> rest} = perform(args, attempt)

        assert rest =~ "#{badges}, render it again with `badge-forge retry 4711`: "
      end
    end

    test "without the badges folder is tried again up to the last attempt", %{badges: badges} do
      args = confirmation(badges)
      File.rm_rf!(badges)

      assert {:error, "file: there is no badges folder" <> _} = perform(args, 19)
    end

    test "fails with the reason of the printer", %{badges: badges} do
      put_settings(printer: {BadgeForge.TestPrinter, answer: {:error, "out of paper"}})
      args = confirmation(badges)

      log = capture_log(fn -> assert perform(args) == {:error, "out of paper"} end)
      assert log =~ "[warning] Not printed, error: out of paper"
    end
  end

  describe "a printer that returns" do
    test "a snooze is asked again after that time, and the attempt does not count", context do
      put_settings(printer: {BadgeForge.TestPrinter, answer: {:snooze, 3_600}})
      {:ok, %{id: id}} = context.badges |> confirmation() |> PrintCenter.new() |> Oban.insert()

      log =
        capture_log(fn ->
          start_oban(queues: [printing: 1])
          job = await_state(id, "scheduled")
          assert job["errors"] == []
          assert job["max_attempts"] - job["attempt"] == 20
        end)

      assert log =~ "Not printed, snooze: the printer asks for job #{id} again in 3600 s"
    end

    for answer <- [:done, {:ok, 1}, nil, {:snooze, 0}, {:snooze, "soon"}, {:snooze, 10 ** 30}] do
      test "#{inspect(answer, limit: 3)} gets an error that says what to return", context do
        put_settings(printer: {BadgeForge.TestPrinter, answer: unquote(Macro.escape(answer))})
        assert {:error, reason} = context.badges |> confirmation() |> perform()

        assert reason =~
                 "the printer must return :ok, {:error, reason}, {:cancel, reason} or {:snooze, seconds}, got: "
      end
    end
  end

  test "a queue prints hundreds of badges, each once", %{badges: badges, spool: spool} do
    args = for _badge <- 1..300, do: confirmation(badges)
    args |> Enum.map(&PrintCenter.new/1) |> Oban.insert_all()
    start_oban(queues: [printing: 5])

    await_all(["completed"])
    assert Enum.sort(File.ls!(spool)) == Enum.sort(for a <- args, do: a["id"] <> ".pdf")
    assert Enum.all?(jobs(), &(&1["attempt"] == 1))
  end

  test "the table cancels a job of another worker in this queue, and of this worker in another queue" do
    other = TestWorker.new(%{}, queue: :printing)
    elsewhere = PrintCenter.new(%{}, queue: :default)
    assert {:ok, %{id: id}} = Oban.insert(other)
    assert [%Oban.Job{}, %Oban.Job{}] = Oban.insert_all([other, elsewhere])

    assert Enum.map(jobs(), & &1["state"]) == ~w(cancelled cancelled cancelled)

    assert [%{"attempt" => 0, "error" => "worker: should be BadgeForge.PrintCenter" <> _}] =
             job(id)["errors"]
  end

  test "a queue cancels what can't be printed, with the reason in the row" do
    {:ok, %{id: id}} = Oban.insert(PrintCenter.new(%{"id" => "7"}))
    start_oban(queues: [printing: 1])

    assert [%{"error" => error}] = await_state(id, "cancelled")["errors"]
    assert error =~ "id: must be a UUID in lower case"
  end
end
