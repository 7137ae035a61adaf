defmodule BadgeForge.TelemetryTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.{ContractError, PrintCenter, Telemetry, TestPrinter}

  @ada %{name: "Ada Lovelace", company: "", type: "speaker"}
  @batch_id "0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e"

  def forward(event, measurements, metadata, test),
    do: send(test, {:event, event, measurements, metadata})

  setup do
    :ok = :telemetry.attach_many(__MODULE__, Telemetry.events(), &__MODULE__.forward/4, self())
    on_exit(fn -> :telemetry.detach(__MODULE__) end)
  end

  # The events so far, without those that are the library's own.
  defp events do
    receive do
      {:event, [:badge_forge | event], measurements, metadata} ->
        [{event, measurements, Map.delete(metadata, :telemetry_span_context)} | events()]
    after
      0 -> []
    end
  end

  test "every event is documented" do
    {:docs_v1, _, _, _, %{"en" => docs}, _, _} = Code.fetch_docs(Telemetry)
    for event <- Telemetry.events(), do: assert(docs =~ "| `#{inspect(event)}` |")
  end

  describe "enqueue" do
    test "of one badge is a span" do
      assert {:ok, _job} = BadgeForge.enqueue(@ada, priority: 3)

      assert [{[:enqueue, :start], start, metadata}, {[:enqueue, :stop], stop, metadata}] =
               events()

      assert metadata == %{batch_id: nil, priority: 3}
      assert %{system_time: _, monotonic_time: _} = start
      assert %{duration: duration, monotonic_time: _, enqueued: 1, refused: 0} = stop
      assert duration >= 0
    end

    test "of one badge that breaks the contract has a refusal in it" do
      assert {:error, error} = BadgeForge.enqueue(%{@ada | name: " "})

      assert [
               {[:enqueue, :start], _, _},
               {[:enqueue, :refused], %{count: 1}, %{error: ^error, index: 0, batch_id: nil}},
               {[:enqueue, :stop], %{enqueued: 0, refused: 1}, _}
             ] = events()
    end

    test "of a batch is one span, however many chunks it has, with each refusal" do
      attendees = [%{}] ++ List.duplicate(@ada, 1_500) ++ ["Ada"]
      BadgeForge.enqueue_batch(attendees, batch_id: @batch_id)

      assert [
               {[:enqueue, :start], _, %{batch_id: @batch_id, priority: 1}},
               {[:enqueue, :refused], _, %{index: 0, error: %ContractError{field: "name"}}},
               {[:enqueue, :refused], _, %{index: 1_501, batch_id: @batch_id}},
               {[:enqueue, :stop], %{enqueued: 1_500, refused: 2}, %{batch_id: @batch_id}}
             ] = events()
    end

    test "that fails is an exception" do
      stream = Stream.map([1], fn _attendee -> raise "no such file" end)
      catch_error(BadgeForge.enqueue_batch(stream, batch_id: @batch_id))

      assert [{[:enqueue, :start], _, _}, {[:enqueue, :exception], %{duration: _}, metadata}] =
               events()

      assert %{kind: :error, reason: %RuntimeError{}, stacktrace: [_ | _]} = metadata
      assert metadata.batch_id == @batch_id
    end
  end

  describe "print" do
    setup :folders

    setup %{badges: badges} do
      args = confirmation(badges)
      %{job: %Oban.Job{id: 4711, args: args, attempt: 1}, badge_id: args["id"]}
    end

    test "is a span with its result", %{job: job, badge_id: badge_id} do
      assert PrintCenter.perform(job) == :ok

      assert [{[:print, :start], _, start}, {[:print, :stop], %{duration: _}, stop}] = events()
      assert start == %{badge_id: badge_id, job: job, printer: BadgeForge.Printer.Spool}
      assert stop == Map.put(start, :result, :ok)
    end

    test "has the error of the printer as its result", %{job: job} do
      put_settings(printer: {TestPrinter, answer: {:error, "out of paper"}})
      PrintCenter.perform(job)

      assert [
               {[:print, :start], _, _},
               {[:print, :stop], _, %{result: {:error, "out of paper"}, printer: TestPrinter}}
             ] = events()
    end

    test "of another file than the confirmed one has a refusal in it", context do
      %{badges: badges, job: job} = context

      File.write!(Path.join(badges, job.args["file"]), "%PDF-1.7\nanother")
      assert {:cancel, reason} = PrintCenter.perform(job)

      assert [
               {[:print, :start], _, _},
               {[:print, :refused], %{count: 1}, %{error: error, job: ^job}},
               {[:print, :stop], _, %{result: {:cancel, ^reason}}}
             ] = events()

      assert %ContractError{field: "sha256"} = error
      assert Exception.message(error) == reason
    end

    test "of args that break the contract is a refusal alone", %{job: job} do
      job = %{job | args: %{"id" => "7"}}
      PrintCenter.perform(job)

      assert [{[:print, :refused], %{count: 1}, %{error: error, job: ^job}}] = events()
      assert %ContractError{field: "id", value: "7"} = error
    end

    test "that raises is an exception", %{job: job, badge_id: badge_id} do
      put_settings(printer: {TestPrinter, answer: fn -> raise "jammed" end})
      catch_error(PrintCenter.perform(job))

      assert [{[:print, :start], _, _}, {[:print, :exception], _, %{badge_id: ^badge_id}}] =
               events()
    end
  end

  describe "the library" do
    test "detaches a handler that fails, and goes on" do
      :telemetry.attach("fails", [:badge_forge, :enqueue, :stop], &__MODULE__.fail/4, nil)

      log = capture_log(fn -> assert {:ok, _job} = BadgeForge.enqueue(@ada) end)
      assert log =~ "fails"
      assert :telemetry.detach("fails") == {:error, :not_found}
      assert {:ok, _job} = BadgeForge.enqueue(@ada)
    end

    test "takes an id once" do
      attach = fn -> :telemetry.attach("once", [:a], &__MODULE__.forward/4, self()) end
      assert attach.() == :ok
      assert attach.() == {:error, :already_exists}
      assert :telemetry.detach("once") == :ok
    end
  end

  def fail(_event, _measurements, _metadata, _config), do: raise("no such metric")
end
