"""What a job's meta may say about its trace, which spans follow, and where they are exported to."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from oban import Job
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from badge_forge import tracing
from badge_forge.errors import InputError, SettingsError
from badge_forge.logs import AddTraceId, RemovePersonalData

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{SPAN}-01"

NOT_VALID: list[Any] = [
    None,
    7,
    ["00"],
    {"traceparent": TRACEPARENT},
    "",
    "x" * 1_000_000,
    TRACEPARENT.upper(),
    TRACEPARENT + "\n",
    " " + TRACEPARENT,
    TRACEPARENT + "-more",
    f"ff-{TRACE}-{SPAN}-01",
    f"01-{TRACE}-{SPAN}-01",
    f"00-{'0' * 32}-{SPAN}-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f"00-{TRACE[1:]}-{SPAN}-01",
    f"00-{TRACE}-{SPAN}-0x",
    f"00-{'٣' * 32}-{SPAN}-01",
]


def job(meta: Any) -> Job:
    return Job(worker="w", queue="badges", id=7, attempt=2, meta=meta)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """What the SDK exports, as where tracing is on."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "TRACER", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


def test_a_span_is_the_child_of_the_one_in_the_meta_and_passes_its_own_context_on(
    spans: InMemorySpanExporter,
) -> None:
    with tracing.span("render badge", job({"traceparent": TRACEPARENT, "tracestate": "a=1,b@c=2"})):
        passed_on = tracing.current()
    (span,) = spans.get_finished_spans()
    assert span.parent
    assert span.context
    assert (f"{span.parent.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, SPAN)
    assert passed_on == {
        "traceparent": f"00-{TRACE}-{span.context.span_id:016x}-01",
        "tracestate": "a=1,b@c=2",
    }
    assert span.attributes == {
        "messaging.system": "oban",
        "messaging.destination.name": "badges",
        "oban.job.id": 7,
        "oban.job.attempt": 2,
    }


@pytest.mark.parametrize("traceparent", NOT_VALID, ids=lambda value: repr(value)[:30])
def test_a_context_that_is_not_valid_is_ignored_and_a_new_trace_starts(
    spans: InMemorySpanExporter, traceparent: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with tracing.span("render badge", job({"traceparent": traceparent})):
        pass
    (span,) = spans.get_finished_spans()
    assert span.parent is None
    assert caplog.records == []


@pytest.mark.parametrize("meta", [None, "text", 7, [], {}], ids=repr)
def test_a_meta_without_a_context_starts_a_new_trace(spans: InMemorySpanExporter, meta: Any) -> None:
    with tracing.span("render badge", job(meta)):
        pass
    assert spans.get_finished_spans()[0].parent is None


@pytest.mark.parametrize(
    "tracestate",
    [
        "",
        7,
        "a",
        "A=1",
        "a=1,b",
        "a=ü",
        "a=1\n",
        "a=" + "x" * 511,
        ",".join(f"a{n}={'x' * 200}" for n in range(3)),
        ",".join(f"a{n}=1" for n in range(33)),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_tracestate_that_is_not_valid_or_too_long_is_dropped_without_a_log_line(
    tracestate: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with tracing.span("render badge", job({"traceparent": TRACEPARENT, "tracestate": tracestate})):
        assert tracing.current() == {"traceparent": TRACEPARENT}
    assert caplog.records == []


def test_without_an_sdk_the_context_is_passed_on_unchanged() -> None:
    with tracing.span("render badge", job({"traceparent": TRACEPARENT, "tracestate": "a=1,a=2"})):
        assert tracing.current() == {"traceparent": TRACEPARENT, "tracestate": "a=2"}
    with tracing.span("render badge", job({})):
        assert tracing.current() == {}


def test_enqueuing_from_python_starts_a_trace(spans: InMemorySpanExporter) -> None:
    with tracing.enqueuing("7bfb7c39") as meta:
        pass
    (span,) = spans.get_finished_spans()
    assert span.context
    passed_on = trace.get_current_span(tracing.parent(meta)).get_span_context()
    assert (passed_on.trace_id, passed_on.span_id) == (span.context.trace_id, span.context.span_id)
    assert passed_on.trace_flags.sampled
    assert (span.name, span.parent, span.attributes) == ("enqueue badge", None, {"badge.id": "7bfb7c39"})


def test_a_trace_that_is_not_sampled_stays_so(spans: InMemorySpanExporter) -> None:
    with tracing.span("render badge", job({"traceparent": TRACEPARENT[:-1] + "0"})):
        assert tracing.current()["traceparent"].endswith("-00")
    assert spans.get_finished_spans() == ()


def test_a_failed_span_has_the_type_of_the_error_and_not_its_message(
    spans: InMemorySpanExporter,
) -> None:
    with pytest.raises(InputError), tracing.span("render badge", job({})):
        raise InputError("name", "name: got 'Ada Lovelace'")
    (span,) = spans.get_finished_spans()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "InputError")
    assert "Ada" not in span.to_json()


def record(name: str, message: str) -> logging.LogRecord:
    return logging.LogRecord(name, logging.INFO, "file", 1, message, (), None)


@pytest.mark.parametrize("log_args", [True, False])
def test_obans_line_about_a_traced_job_has_the_trace_id(log_args: bool) -> None:
    event = {"event": "oban.job.stop", "args": {"name": "Zoë"}, "meta": {"traceparent": TRACEPARENT}}
    line = record("oban", json.dumps(event))
    assert AddTraceId().filter(line)
    if not log_args:
        RemovePersonalData().filter(line)
    assert json.loads(line.getMessage())["trace_id"] == TRACE


def test_obans_line_about_another_job_is_unchanged() -> None:
    metas: list[Any] = [{}, {"traceparent": "traceparent"}, ["traceparent"]]
    lines = [json.dumps({"event": "oban.job.stop", "meta": meta}) for meta in metas]
    for before in [*lines, 'no JSON: "traceparent"', '["traceparent"]']:
        line = record("oban", before)
        assert AddTraceId().filter(line)
        assert line.getMessage() == before


def test_a_line_that_is_logged_within_a_span_has_the_trace_id() -> None:
    line = record("badge_forge.generator", "Cancelled badge job 7")
    with tracing.span("render badge", job({"traceparent": TRACEPARENT})):
        AddTraceId().filter(line)
    assert logging.Formatter("%(message)s%(of_trace)s").format(line) == (
        f"Cancelled badge job 7 trace_id={TRACE}"
    )


@pytest.mark.parametrize("exporter", ["", "none", "NONE"])
def test_nothing_is_exported_by_default(monkeypatch: pytest.MonkeyPatch, exporter: str) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", exporter)
    with tracing.exported(), tracing.span("render badge", job({})):
        assert tracing.trace_id() is None


def test_an_unknown_exporter_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "jaeger")
    with (
        pytest.raises(SettingsError, match="OTEL_TRACES_EXPORTER: there is no exporter 'jaeger'"),
        tracing.exported(),
    ):
        pass
