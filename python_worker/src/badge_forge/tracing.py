"""Continue the trace of a badge, and export the worker's spans. See docs/tracing.md.

The `meta` of a job has the `traceparent` of the span that enqueued it (W3C Trace Context). The span of
the job becomes its child, and the confirmation gets the `traceparent` of that span. Rows are untrusted:
a context that is not valid is ignored, and the trace starts with the job.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.trace.span import TraceState

from badge_forge.errors import SettingsError

if TYPE_CHECKING:
    from oban import Job

TRACER = trace.get_tracer("badge_forge")
"""Does nothing until a provider is set, by `exported` or by an application that contains the worker."""

TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")

MEMBER = re.compile(
    r"[ \t]*([a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})"
    r"=([\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e])[ \t]*"
)
"""A member of `tracestate`."""

MAX_TRACESTATE = 512
"""Characters. The specification asks to pass on at least this many."""

MAX_MEMBERS = 32

SERVICE = "badge-forge-worker"


@contextmanager
def span(name: str, job: "Job") -> Iterator[Span]:
    """Run the block in a span of `job`, the child of the one in its meta."""
    attributes: dict[str, str | int] = {
        "messaging.system": "oban",
        "messaging.destination.name": job.queue,
        "oban.job.id": job.id or 0,
        "oban.job.attempt": job.attempt,
    }
    with _started(name, parent(job.meta), SpanKind.CONSUMER, attributes) as started:
        yield started


@contextmanager
def enqueuing(badge_id: str) -> Iterator[dict[str, str]]:
    """Run the block in a span "enqueue badge", and yield what the `meta` of the job has to contain."""
    with _started("enqueue badge", None, SpanKind.PRODUCER, {"badge.id": badge_id}):
        yield current()


@contextmanager
def _started(
    name: str, context: Context | None, kind: SpanKind, attributes: dict[str, str | int]
) -> Iterator[Span]:
    """Run the block in a span. An error is recorded by its type only: a message may name a person."""
    with TRACER.start_as_current_span(
        name,
        context,
        kind=kind,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as started:
        try:
            yield started
        except BaseException as error:
            started.set_status(StatusCode.ERROR, type(error).__name__)
            raise


def parent(meta: object) -> Context:
    """Return the context in the `meta` of a row: empty if there is none, or it is not valid."""
    fields = meta if isinstance(meta, dict) else {}
    traceparent, tracestate = fields.get("traceparent"), fields.get("tracestate")
    match = TRACEPARENT.fullmatch(traceparent) if isinstance(traceparent, str) else None
    if match is None:
        return Context()
    trace_id, span_id, flags = (int(part, 16) for part in match.groups())
    remote = SpanContext(
        trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags), trace_state=_state(tracestate)
    )
    return trace.set_span_in_context(NonRecordingSpan(remote), Context())


def current() -> dict[str, str]:
    """Return the context of the current span for the `meta` of a job: empty if there is none."""
    fields: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(fields)
    return fields


def trace_id(context: Context | None = None) -> str | None:
    """Return the trace id in `context`, by default the current one: 32 hex digits, or None."""
    found = trace.get_current_span(context).get_span_context()
    return trace.format_trace_id(found.trace_id) if found.is_valid else None


@contextmanager
def exported() -> Iterator[None]:
    """While the block runs, export spans to where the standard `OTEL_…` variables say.

    Does nothing unless `OTEL_TRACES_EXPORTER` names an exporter. Call it in the worker's own process
    only: the exporter has a thread, and renderers are forked elsewhere. Raises `SettingsError`.
    """
    name = os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    if name in ("", "none") or disabled:
        yield
        return
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise _unusable(name) from None
    found = entry_points(
        group="opentelemetry_traces_exporter", name="otlp_proto_http" if name == "otlp" else name
    )
    if not found:
        raise _unusable(name)
    service = os.environ.get("OTEL_SERVICE_NAME") or SERVICE
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(next(iter(found)).load()()))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()


def _unusable(name: str) -> SettingsError:
    return SettingsError(
        f"OTEL_TRACES_EXPORTER: there is no exporter {name!r}: install requirements-tracing.lock, and "
        "use otlp, console or none"
    )


def _state(tracestate: object) -> TraceState:
    if not isinstance(tracestate, str) or len(tracestate) > MAX_TRACESTATE:
        return TraceState()
    members = [MEMBER.fullmatch(member) for member in tracestate.split(",")]
    if not all(members) or len(members) > MAX_MEMBERS:
        return TraceState()
    # Without duplicates, about which the library would write log lines.
    return TraceState(list({member[1]: member[2] for member in members if member}.items()))
