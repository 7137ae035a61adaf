defmodule BadgeForgeTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.ContractError

  doctest BadgeForge.Batch

  @schema Path.expand("../../db/contracts/generate_badge.schema.json", __DIR__)

  @batch_id "0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e"

  describe "enqueue_batch/2 with a count" do
    test "inserts jobs that the Python worker takes" do
      assert BadgeForge.enqueue_batch(10, batch_id: @batch_id) == :ok

      assert [_ | _] = jobs = jobs()
      assert length(jobs) == 10

      for job <- jobs do
        assert job["worker"] == "badge_forge.generator.GenerateBadge"
        assert job["queue"] == "badges"
        assert job["max_attempts"] == 5
        assert job["state"] == "available"
        assert job["attempt"] == 0
        assert job["priority"] == 1
        # `bin/badge-forge batches` and `sheet` tell such people from real ones.
        assert job["meta"] == %{"batch_id" => @batch_id, "invented" => true}
      end
    end

    test "inserts args that keep the contract" do
      BadgeForge.enqueue_batch(200)
      BadgeForge.enqueue_batch(20, design: "a6", event: "Oban Conf", qr: "vcard")

      assert length(jobs()) == 220
      for %{"args" => args} <- jobs(), do: assert_fulfils_contract(args)
    end

    test "invents titles for everyone, pronouns for many, and no e-mail address or URL" do
      BadgeForge.enqueue_batch(200)

      all_args = Enum.map(jobs(), & &1["args"])
      assert Enum.all?(all_args, &(&1["title"] != ""))
      assert Enum.count(all_args, &Map.has_key?(&1, "pronouns")) in 1..199
      refute Enum.any?(all_args, &(Map.has_key?(&1, "email") or Map.has_key?(&1, "url")))
    end

    test "leaves design, event and QR code to the Python worker by default" do
      BadgeForge.enqueue_batch(10)
      BadgeForge.enqueue_batch(10, design: nil, event: nil, qr: nil)

      assert length(jobs()) == 20
      for %{"args" => args} <- jobs(), do: assert(Map.take(args, ~w(design event qr)) == %{})
    end

    test "gives every badge of the batch the design, event and QR code of its options" do
      assert BadgeForge.enqueue_batch(1_001, design: "a6", event: "Öban Conf", qr: "none") == :ok

      shared = %{"design" => "a6", "event" => "Öban Conf", "qr" => "none"}
      assert [{^shared, 1_001}] = jobs() |> Enum.frequencies_by(&shared/1) |> Map.to_list()
    end

    test "logs how many badges are enqueued when the database fails half-way" do
      BadgeForge.Repo.query!("""
      CREATE FUNCTION refuse_more_than_1000() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF (SELECT count(*) FROM oban_jobs) > 1000 THEN RAISE EXCEPTION 'full'; END IF;
        RETURN NULL;
      END $$
      """)

      BadgeForge.Repo.query!("""
      CREATE TRIGGER is_full AFTER INSERT ON oban_jobs EXECUTE FUNCTION refuse_more_than_1000()
      """)

      on_exit(fn -> BadgeForge.Repo.query!("DROP FUNCTION refuse_more_than_1000 CASCADE") end)

      log =
        capture_log(fn ->
          error = catch_error(BadgeForge.enqueue_batch(2_500, batch_id: @batch_id))
          assert Exception.message(error) =~ "full"
        end)

      assert log =~ "[error] Enqueued only 1000 badges as batch #{@batch_id}, then failed"
      assert length(jobs()) == 1_000
    end

    test "enqueues 100 badges of one new batch by default, each with its own id" do
      BadgeForge.enqueue_batch()

      assert length(jobs()) == 100
      assert jobs() |> Enum.map(& &1["args"]["id"]) |> Enum.uniq() |> length() == 100

      assert [%{"batch_id" => batch_id, "invented" => true}] =
               jobs() |> Enum.map(& &1["meta"]) |> Enum.uniq()

      assert Ecto.UUID.cast(batch_id) == {:ok, batch_id}
    end

    test "enqueues more badges than fit into one statement" do
      assert BadgeForge.enqueue_batch(20_001) == :ok

      assert %{rows: [[20_001]]} = Repo.query!("SELECT count(*) FROM public.oban_jobs")
    end

    test "logs what it did" do
      log = capture_log(fn -> BadgeForge.enqueue_batch(10, batch_id: @batch_id) end)

      assert log =~ "[info] Enqueued 10 badges as batch #{@batch_id}\n"
    end

    test "refuses what is neither a count from 1 up nor a list or stream" do
      for count <- [0, -1, 1.5, "10", nil, :all, %{name: "Ada"}, {:name, "Ada"}] do
        message =
          "enqueue_batch needs a count from 1 up, or a list or stream of attendees, " <>
            "got: #{inspect(count)}"

        assert_raise ArgumentError, message, fn -> BadgeForge.enqueue_batch(count) end
      end

      assert jobs() == []
    end

    test "refuses a batch id that is not a UUID, and unknown options" do
      assert_raise ArgumentError, ~s(batch_id must be a UUID, got: "monday"), fn ->
        BadgeForge.enqueue_batch(1, batch_id: "monday")
      end

      message =
        "unknown option :colour, expected one of :batch_id, :design, :event, :event_slug, :qr"

      assert_raise ArgumentError, message, fn -> BadgeForge.enqueue_batch(1, colour: "red") end

      message = "unknown option :desing, did you mean :design?"
      assert_raise ArgumentError, message, fn -> BadgeForge.enqueue_batch([], desing: "a6") end

      assert jobs() == []
    end

    test "refuses a design, event or QR code that breaks the contract, and enqueues nothing" do
      for {opts, message} <- [
            {[design: "A6"], ~s(design: must be of a-z, 0-9 and single hyphens, got: "A6")},
            {[design: :a6], "design: must be text, got: :a6"},
            {[design: "../../etc"],
             ~s(design: must be of a-z, 0-9 and single hyphens, got: "../../etc")},
            {[event: " "], ~s(event: must not be blank, got: " ")},
            {[event: String.duplicate("é", 61)],
             ~s(event: must have 60 characters or fewer, got: "#{String.duplicate("é", 58)}…)},
            {[event: "a\0b"], ~S(event: must have no NUL character, got: <<97, 0, 98>>)},
            {[qr: "name"], ~s(qr: must be one of id, vcard, url, none, got: "name")},
            {[design: "a6", qr: :none], "qr: must be one of id, vcard, url, none, got: :none"}
          ] do
        assert_raise ArgumentError, message, fn -> BadgeForge.enqueue_batch(2_500, opts) end
      end

      assert jobs() == []
    end

    test "refuses QR codes of a URL for invented people, who have none" do
      message = ~s(qr must not be "url": invented people have no URL)
      assert_raise ArgumentError, message, fn -> BadgeForge.enqueue_batch(1, qr: "url") end
      assert jobs() == []
    end

    defp shared(job), do: Map.take(job["args"], ~w(design event qr))
  end

  @ada %{name: "Ada Lovelace", company: "Analytical Engines", type: "speaker"}

  describe "enqueue_batch/2 with attendees" do
    test "enqueues them as one batch, in their order, with keys that are atoms or strings" do
      attendees = [@ada, Map.new(@ada, fn {key, value} -> {to_string(key), value} end)]

      assert {:ok, %{batch_id: batch_id, enqueued: 2, invalid: []}} =
               BadgeForge.enqueue_batch(attendees)

      assert [_, _] = jobs = jobs()

      for job <- jobs do
        assert %{"worker" => "badge_forge.generator.GenerateBadge", "priority" => 1} = job
        assert %{"queue" => "badges", "max_attempts" => 5, "state" => "available"} = job
        assert job["meta"] == %{"batch_id" => batch_id}
        assert job["args"]["name"] == "Ada Lovelace"
        assert_fulfils_contract(job["args"])
      end

      assert BadgeForge.progress(batch_id).badges == 2
    end

    test "uses the given batch id and returns it" do
      assert {:ok, %{batch_id: @batch_id}} = BadgeForge.enqueue_batch([@ada], batch_id: @batch_id)

      assert [%{"meta" => %{"batch_id" => @batch_id}}] = jobs()
    end

    test "lists the invalid ones by index, with field, reason and value, and enqueues the others" do
      attendees = [
        @ada,
        %{@ada | name: " "},
        Map.delete(@ada, :company),
        "Ada",
        Map.put(@ada, :qr, "url"),
        %{@ada | name: "Grace Hopper"}
      ]

      log =
        capture_log(fn ->
          assert {:ok, %{enqueued: 2, invalid: invalid}} =
                   BadgeForge.enqueue_batch(attendees, batch_id: @batch_id)

          assert [{1, blank}, {2, missing}, {3, no_map}, {4, no_url}] = invalid
          assert blank == %ContractError{field: "name", reason: "must not be blank", value: " "}
          assert missing == %ContractError{field: "company", reason: "is missing", value: nil}
          assert %ContractError{field: "attendee", value: "Ada"} = no_map
          assert %ContractError{field: "qr", reason: "needs the field url"} = no_url
        end)

      assert Enum.map(jobs(), & &1["args"]["name"]) == ["Ada Lovelace", "Grace Hopper"]
      assert log =~ "[info] Enqueued 2 badges as batch #{@batch_id}, refused 4\n"
    end

    test "counts the index across chunks" do
      attendees = for number <- 0..2_499, do: %{@ada | name: name(number)}

      assert {:ok, %{enqueued: 2_497, invalid: invalid}} = BadgeForge.enqueue_batch(attendees)
      assert Enum.map(invalid, &elem(&1, 0)) == [0, 1_000, 2_000]
    end

    test "enqueues nothing of a list that is empty or all invalid" do
      assert {:ok, %{enqueued: 0, invalid: []}} = BadgeForge.enqueue_batch([])
      assert {:ok, %{enqueued: 0, invalid: [{0, _error}]}} = BadgeForge.enqueue_batch([%{}])
      assert jobs() == []
    end

    test "gives its design, event and QR code to attendees that have none" do
      attendees = [@ada, Map.merge(@ada, %{design: "fold-a5", qr: "url", url: "https://a.b"})]
      opts = [design: "a6", event: "Oban Conf", qr: "none"]
      assert {:ok, %{enqueued: 2}} = BadgeForge.enqueue_batch(attendees, opts)

      assert [first, second] = Enum.map(jobs(), &shared/1)
      assert first == %{"design" => "a6", "event" => "Oban Conf", "qr" => "none"}
      assert second == %{"design" => "fold-a5", "event" => "Oban Conf", "qr" => "url"}
    end

    test "accepts QR codes of a URL, for attendees that have one" do
      attendees = [Map.put(@ada, :url, "https://ada.example"), @ada]

      assert {:ok, %{enqueued: 1, invalid: [{1, %ContractError{field: "qr"}}]}} =
               BadgeForge.enqueue_batch(attendees, qr: "url")
    end

    test "reads a stream in chunks: each is enqueued before the next is read" do
      stream =
        Stream.map(0..2_999, fn number ->
          if rem(number, 1_000) == 0, do: send(self(), {:read, number, count()})
          @ada
        end)

      assert {:ok, %{enqueued: 3_000}} = BadgeForge.enqueue_batch(stream)
      for number <- [0, 1_000, 2_000], do: assert_received({:read, ^number, ^number})
    end

    test "keeps the chunks before when the stream raises, and logs how many badges they are" do
      stream = Stream.map(0..1_500, &if(&1 == 1_200, do: raise("line 1201"), else: @ada))

      log =
        capture_log(fn ->
          assert_raise RuntimeError, "line 1201", fn ->
            BadgeForge.enqueue_batch(stream, batch_id: @batch_id)
          end
        end)

      assert log =~ "[error] Enqueued only 1000 badges as batch #{@batch_id}, then failed"
      assert count() == 1_000
    end

    test "refuses a wrong option before it reads any attendee" do
      stream = Stream.map([@ada], fn _attendee -> flunk("was read") end)

      for {opts, message} <- [
            {[batch_id: "monday"], ~s(batch_id must be a UUID, got: "monday")},
            {[qr: "name"], ~s(qr: must be one of id, vcard, url, none, got: "name")}
          ] do
        assert_raise ArgumentError, message, fn -> BadgeForge.enqueue_batch(stream, opts) end
      end
    end

    defp name(number) when rem(number, 1_000) == 0, do: ""
    defp name(number), do: "Ada #{number}"

    defp count do
      %{rows: [[count]]} = Repo.query!("SELECT count(*) FROM public.oban_jobs")
      count
    end
  end

  describe "enqueue/2" do
    test "inserts a job that the Python worker takes, without a batch, with a random id" do
      fields = %{badge_name: "Ada!", title: "Countess", url: "https://ada.example", qr: "url"}
      attendee = Map.merge(@ada, fields)
      assert {:ok, %Oban.Job{id: id}} = BadgeForge.enqueue(attendee)

      assert %{"args" => %{"id" => badge_id} = args, "meta" => meta} = job = job(id)
      assert job["worker"] == "badge_forge.generator.GenerateBadge"
      assert job["queue"] == "badges"
      assert job["max_attempts"] == 5
      assert job["state"] == "available"
      assert meta == %{}
      assert Ecto.UUID.cast(badge_id) == {:ok, badge_id}
      assert Map.delete(args, "id") == Map.new(attendee, fn {key, v} -> {to_string(key), v} end)
      assert_fulfils_contract(args)
    end

    test "keeps a given id, and accepts keys that are strings" do
      id = "7bfb7c39-c354-4cce-ad5b-f1be2814b17e"
      args = %{"id" => id, "name" => "Ada", "company" => "", "type" => "attendee"}

      assert {:ok, _job} = BadgeForge.enqueue(args)
      assert [%{"args" => ^args}] = jobs()
    end

    test "overtakes a batch by default" do
      BadgeForge.enqueue_batch(1)
      BadgeForge.enqueue(@ada)
      BadgeForge.enqueue(@ada, priority: 9)

      assert [batch, walk_up, 9] = Enum.map(jobs(), & &1["priority"])
      assert walk_up < batch
    end

    test "returns an error for what breaks the contract, with a message of one line, and enqueues nothing" do
      for {changes, message} <- [
            {%{name: " "}, ~s(name: must not be blank, got: " ")},
            {%{name: "Ada\0"}, "name: must have no NUL character, got: <<65, 100, 97, 0>>"},
            {%{name: <<255>>}, "name: must be text, got: <<255>>"},
            {%{title: nil}, "title: must be text, got: nil"},
            {%{type: :speaker}, "type: must be text, got: :speaker"},
            {%{type: "Speaker"},
             ~s(type: must be of a-z, 0-9 and single hyphens, got: "Speaker")},
            {%{fields: %{table: 7}}, "fields: table must be text, got: %{\"table\" => 7}"},
            {%{fields: %{"Table 1" => "7"}},
             "fields: must have names of a-z, 0-9 and _ that begin"},
            {%{photo: "ada.jpg"}, ~s(photo: needs the field event_slug, got: "ada.jpg")},
            {%{event_slug: "x", photo: "../ada.jpg"},
             "photo: must be a file's name, without a folder"},
            {%{qr: "url"}, ~s(qr: needs the field url, got: "url")},
            {%{url: "ftp://ada.example"},
             ~s(url: must begin with https:// or http://, and have no space, got: "ftp://ada.example")},
            {%{"role" => "speaker"}, "role: is not known, expected only id, name, company, "},
            {%{"a\nb" => 1}, ~S("a\nb": is not known, expected only id, name, company, )},
            {%{7 => 1}, "7: is not known, expected only id, name, company, "}
          ] do
        assert {:error, %ContractError{} = error} =
                 @ada |> Map.merge(changes) |> BadgeForge.enqueue()

        line = Exception.message(error)
        assert String.starts_with?(line, message)
        refute line =~ "\n"
      end

      assert {:error, %ContractError{field: "name", reason: "is missing", value: nil}} =
               BadgeForge.enqueue(%{})

      assert {:error, %ContractError{field: "attendee", reason: "must be a map" <> _}} =
               BadgeForge.enqueue(name: "Ada")

      assert jobs() == []
    end

    test "marks the badge of an event, for the filters of operations" do
      {:ok, job} = @ada |> Map.put(:event_slug, "my-conf") |> BadgeForge.enqueue()
      assert %{"event" => "my-conf", "version" => 1} = job(job.id)["meta"]
      assert %{"badges" => %{waiting: 1}} = BadgeForge.status(event: "my-conf")
    end

    test "sends the badge to a desk" do
      {:ok, job} = BadgeForge.enqueue(@ada, desk: "north")
      assert job(job.id)["meta"]["desk"] == "north"

      for desk <- [" ", 7],
          do: assert_raise(ArgumentError, fn -> BadgeForge.enqueue(@ada, desk: desk) end)
    end

    test "refuses a wrong priority and unknown options" do
      for priority <- [-1, 10, 1.0, "1", nil] do
        message = "priority must be a whole number from 0 to 9, got: #{inspect(priority)}"

        assert_raise ArgumentError, message, fn ->
          BadgeForge.enqueue(@ada, priority: priority)
        end
      end

      message = "unknown option :colour, expected one of :priority, :desk"
      assert_raise ArgumentError, message, fn -> BadgeForge.enqueue(@ada, colour: "red") end

      assert jobs() == []
    end
  end

  describe "progress/1" do
    test "counts the jobs of a batch by state" do
      BadgeForge.enqueue_batch(5, batch_id: @batch_id)
      BadgeForge.enqueue_batch(3)
      assert progress() == %{badges: 5, waiting: 5, rendered: 0, printed: 0, failed: 0}

      [first, second, third, fourth | _] = Enum.map(jobs(), & &1["id"])
      change_job(first, "state = 'completed'")
      change_job(second, "state = 'completed'")
      change_job(third, "state = 'executing'")
      change_job(fourth, "state = 'cancelled'")
      confirm("completed")
      confirm("retryable")

      assert progress() == %{badges: 5, waiting: 2, rendered: 2, printed: 1, failed: 1}
    end

    test "counts a confirmation that can't be printed as failed" do
      BadgeForge.enqueue_batch(1, batch_id: @batch_id)
      change_job(hd(jobs())["id"], "state = 'completed'")
      confirm("discarded")

      assert progress() == %{badges: 1, waiting: 0, rendered: 1, printed: 0, failed: 1}
    end

    test "counts nothing for an unknown batch" do
      assert progress() == %{badges: 0, waiting: 0, rendered: 0, printed: 0, failed: 0}
      assert_raise ArgumentError, fn -> BadgeForge.progress("monday") end
    end

    defp progress, do: BadgeForge.progress(@batch_id)

    defp confirm(state) do
      {:ok, %{id: id}} =
        Oban.insert(BadgeForge.PrintCenter.new(%{}, meta: %{batch_id: @batch_id}))

      change_job(id, "state = '#{state}'")
    end
  end

  # Checks args against the contract's own file, independently of BadgeForge.Contract.
  defp assert_fulfils_contract(args) do
    schema = @schema |> File.read!() |> Oban.JSON.decode!()
    assert schema["required"] -- Map.keys(args) == []
    assert Map.keys(args) -- Map.keys(schema["properties"]) == []
    if args["qr"] == "url", do: assert(Map.has_key?(args, "url"))
    for {key, value} <- args, do: assert_fulfils(value, schema["properties"][key])
  end

  defp assert_fulfils(value, %{"enum" => values}), do: assert(value in values)

  defp assert_fulfils(value, %{"type" => "string"} = rule) do
    assert is_binary(value)
    assert length(String.codepoints(value)) in (rule["minLength"] || 0)..rule["maxLength"]
    if pattern = rule["pattern"], do: assert(value =~ regex(pattern))
  end

  # Elixir writes \x{200b} for JSON Schema's \u200b.
  defp regex(pattern) do
    pattern
    |> String.replace(~r/\\u([0-9a-f]{4})/, "\\\\x{\\1}")
    |> Regex.compile!([:unicode, :ucp, :dollar_endonly])
  end
end
