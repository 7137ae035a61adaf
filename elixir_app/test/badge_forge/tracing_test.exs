defmodule BadgeForge.TracingTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.{PrintCenter, TestPrinter, Tracing}

  doctest BadgeForge.Tracing.Context

  @ada %{name: "Ada Lovelace", company: "", type: "speaker"}
  @trace_id "0af7651916cd43dd8448eb211c80319c"
  @span_id "b7ad6b7169203331"
  @traceparent "00-#{@trace_id}-#{@span_id}-01"

  def forward(_event, measurements, metadata, test),
    do: send(test, {:span, Map.merge(metadata, measurements)})

  setup :folders

  setup do
    put_settings(tracing: true)
    event = [:badge_forge, :span, :stop]
    :ok = :telemetry.attach(__MODULE__, event, &__MODULE__.forward/4, self())
    on_exit(fn -> :telemetry.detach(__MODULE__) end)
  end

  defp spans do
    receive do
      {:span, span} -> [span | spans()]
    after
      0 -> []
    end
  end

  defp perform(args, meta) do
    job = %Oban.Job{id: 4711, queue: "printing", args: args, attempt: 2, meta: meta}
    PrintCenter.perform(job)
  end

  describe "enqueue" do
    test "starts a trace for each badge, and writes its context into the meta" do
      BadgeForge.enqueue_batch(1_001, batch_id: "0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e")
      assert {:ok, _job} = BadgeForge.enqueue(@ada)

      spans = spans()
      assert length(spans) == 1_002
      assert spans |> Enum.uniq_by(& &1.trace_id) |> length() == 1_002

      by_badge = Map.new(spans, &{&1.attributes["badge.id"], &1})

      for job <- jobs() do
        span = Map.fetch!(by_badge, job["args"]["id"])
        assert job["meta"]["traceparent"] == "00-#{span.trace_id}-#{span.span_id}-01"
        assert %{name: "enqueue badge", kind: :producer, parent_span_id: nil, error: nil} = span
        assert span.duration >= 0
      end
    end

    test "of a single badge continues the caller's trace, a batch links to it" do
      caller = %Oban.Job{id: 7, queue: "desk", attempt: 1, meta: %{"traceparent" => @traceparent}}

      Tracing.performing("serve", caller, %{}, fn _in_span ->
        {:ok, _job} = BadgeForge.enqueue(@ada)
        BadgeForge.enqueue_batch(1)
        :ok
      end)

      assert [single, of_batch, serve] = spans()
      assert %{trace_id: @trace_id, parent_span_id: @span_id, link: nil} = serve
      assert %{trace_id: @trace_id, link: nil} = single
      assert single.parent_span_id == serve.span_id
      assert of_batch.trace_id != @trace_id
      assert of_batch.parent_span_id == nil
      assert of_batch.link == "00-#{@trace_id}-#{serve.span_id}-01"
    end

    test "that fails has a span with the exception's name, and without its message" do
      put_settings(tracing: true)
      broken = fn _contexts -> raise ArgumentError, "Ada Lovelace" end

      assert_raise ArgumentError, fn -> Tracing.enqueuing([%{}, %{}], :new, broken) end
      assert [%{error: "ArgumentError"}, %{error: "ArgumentError"}] = spans = spans()
      refute inspect(spans) =~ "Ada"
    end
  end

  describe "print" do
    test "continues the trace of the confirmation", %{badges: badges} do
      args = confirmation(badges)

      log =
        capture_log([metadata: [:trace_id]], fn ->
          assert perform(args, %{"traceparent" => @traceparent}) == :ok
        end)

      assert [span] = spans()
      assert %{name: "print badge", kind: :consumer, trace_id: @trace_id, error: nil} = span
      assert span.parent_span_id == @span_id
      assert span.span_id != @span_id

      assert span.attributes == %{
               "badge.id" => args["id"],
               "messaging.system" => "oban",
               "messaging.destination.name" => "printing",
               "oban.job.id" => 4711,
               "oban.job.attempt" => 2
             }

      # In the process that prints, too.
      assert log =~ "trace_id=#{@trace_id} Printing badge"
      assert Logger.metadata() == []
    end

    test "that fails is a span with an error, without the reason", %{badges: badges} do
      meta = %{"traceparent" => @traceparent}
      perform(%{}, meta)
      put_settings(printer: {TestPrinter, answer: {:error, "jam at Ada's"}}, tracing: true)
      perform(confirmation(badges), meta)

      assert [%{error: "cancel", trace_id: @trace_id}, %{error: "error"}] = spans = spans()
      refute inspect(spans) =~ "Ada"
    end

    test "of a trace that is not sampled is no event", %{badges: badges} do
      meta = %{"traceparent" => "00-#{@trace_id}-#{@span_id}-00"}
      assert perform(confirmation(badges), meta) == :ok
      assert spans() == []
    end

    test "with a context that is not valid starts a trace", %{badges: badges} do
      args = confirmation(badges)

      for traceparent <- [
            nil,
            7,
            %{},
            "",
            String.upcase(@traceparent),
            @traceparent <> "\n",
            @traceparent <> "-more",
            "01-#{@trace_id}-#{@span_id}-01",
            "ff-#{@trace_id}-#{@span_id}-01",
            "00-#{String.duplicate("0", 32)}-#{@span_id}-01",
            "00-#{@trace_id}-#{String.duplicate("0", 16)}-01",
            "00-#{@trace_id}-#{@span_id}-0x",
            "00-#{String.duplicate("٣", 16)}-#{@span_id}-01",
            String.duplicate("x", 1_000_000)
          ],
          meta = %{"traceparent" => traceparent},
          meta <- [meta, meta && %{"Traceparent" => traceparent}] do
        assert perform(args, meta) == :ok
        assert [%{parent_span_id: nil}] = spans()
      end
    end
  end

  test "only the flag for sampled is passed on, in the form that OpenTelemetry for Erlang reads" do
    for {flags, passed_on} <- [{"03", "01"}, {"02", "00"}, {"ff", "01"}] do
      meta = %{"traceparent" => "00-#{@trace_id}-#{@span_id}-#{flags}"}

      assert %{"traceparent" => traceparent} =
               meta |> Tracing.Context.parse() |> Tracing.Context.to_meta()

      assert String.ends_with?(traceparent, "-" <> passed_on)
    end
  end

  test "a tracestate is passed on if it is valid and short" do
    for {state, kept?} <- [
          {"a=1,b@c=2", true},
          {"a=1, b=2", true},
          {nil, false},
          {7, false},
          {"", false},
          {"A=1", false},
          {"a=1,b", false},
          {"a=ü", false},
          {"a=1\n", false},
          {"a=" <> String.duplicate("x", 511), false},
          {Enum.map_join(1..3, ",", &"a#{&1}=#{String.duplicate("x", 200)}"), false},
          {Enum.map_join(1..33, ",", &"a#{&1}=1"), false}
        ] do
      meta = %{"traceparent" => @traceparent, "tracestate" => state}
      expected = if kept?, do: meta, else: %{"traceparent" => @traceparent}
      assert meta |> Tracing.Context.parse() |> Tracing.Context.to_meta() == expected
    end
  end

  test "while tracing is off there are no spans, and rows have no context", %{badges: badges} do
    put_settings(tracing: false)
    assert {:ok, _job} = BadgeForge.enqueue(@ada)
    BadgeForge.enqueue_batch(1)
    assert perform(confirmation(badges), %{"traceparent" => @traceparent}) == :ok

    assert spans() == []
    for job <- jobs(), do: refute(Map.has_key?(job["meta"], "traceparent"))
  end
end
