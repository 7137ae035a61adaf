defmodule BadgeForgeTest do
  use BadgeForge.Case, async: false

  @schema Path.expand("../../db/contracts/generate_badge.schema.json", __DIR__)

  @batch_id "0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e"

  describe "enqueue_batch/2" do
    test "sends badges as the Python worker knows them" do
      assert BadgeForge.enqueue_batch(10, batch_id: @batch_id) == :ok

      assert [_ | _] = jobs = jobs()
      assert length(jobs) == 10

      for job <- jobs do
        assert job["worker"] == "badge_forge.generator.GenerateBadge"
        assert job["queue"] == "badges"
        assert job["max_attempts"] == 5
        assert job["state"] == "available"
        assert job["attempt"] == 0
        assert job["meta"] == %{"batch_id" => @batch_id}
      end
    end

    test "sends args that fulfil the contract, with no key more or less" do
      schema = @schema |> File.read!() |> Oban.JSON.decode!()
      properties = schema["properties"]
      BadgeForge.enqueue_batch(200)

      for %{"args" => args} <- jobs() do
        assert Enum.sort(Map.keys(args)) == Enum.sort(schema["required"])
        assert Enum.sort(Map.keys(args)) == Enum.sort(Map.keys(properties))
        assert args["id"] =~ Regex.compile!(properties["id"]["pattern"])
        assert args["type"] in properties["type"]["enum"]

        for key <- ~w(name company) do
          assert String.length(args[key]) in 1..properties[key]["maxLength"]
        end
      end
    end

    test "says how many are in when the database fails half-way" do
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

      assert log =~ "Enqueued only 1000 of 2500 badges as batch #{@batch_id}"
      assert length(jobs()) == 1_000
    end

    test "sends 100 badges unless told otherwise, of one new batch, each with its own id" do
      BadgeForge.enqueue_batch()

      assert length(jobs()) == 100
      assert jobs() |> Enum.map(& &1["args"]["id"]) |> Enum.uniq() |> length() == 100
      assert [%{"batch_id" => batch_id}] = jobs() |> Enum.map(& &1["meta"]) |> Enum.uniq()
      assert Ecto.UUID.cast(batch_id) == {:ok, batch_id}
    end

    test "sends more than one statement's worth" do
      assert BadgeForge.enqueue_batch(20_001) == :ok

      assert %{rows: [[20_001]]} = Repo.query!("SELECT count(*) FROM public.oban_jobs")
    end

    test "says what it did" do
      log = capture_log(fn -> BadgeForge.enqueue_batch(10, batch_id: @batch_id) end)

      assert log =~ "[info] Enqueued 10 badges as batch #{@batch_id}\n"
    end

    test "refuses a count below 1, or that is no whole number" do
      for count <- [0, -1, 1.5, "10", nil, :all] do
        message = "count must be a whole number from 1 up, got: #{inspect(count)}"
        assert_raise ArgumentError, message, fn -> BadgeForge.enqueue_batch(count) end
      end

      assert jobs() == []
    end

    test "refuses a batch id that is no UUID, and options that it doesn't know" do
      assert_raise ArgumentError, ~s(batch_id must be a UUID, got: "monday"), fn ->
        BadgeForge.enqueue_batch(1, batch_id: "monday")
      end

      assert_raise ArgumentError, fn -> BadgeForge.enqueue_batch(1, colour: "red") end
      assert jobs() == []
    end
  end

  describe "progress/1" do
    test "counts a batch, whatever state its jobs are in" do
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

    test "knows nothing of a batch that isn't there" do
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
end
