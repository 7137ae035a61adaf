"""One trace for each badge, through both applications, from spans that both have exported."""

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import psycopg
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from badge_forge.database.roles import Role, role_url
from badge_forge.demo.processes import Application, stopped_together
from badge_forge.settings import ROOT
from helpers import HANG_S, eventually, states

pytestmark = pytest.mark.usefixtures("elixir")

BADGES = 20
CHAIN = ["enqueue badge", "render badge", "print badge"]


class Span(NamedTuple):
    """A span of either application. `parent_id` is empty in the first one of a trace."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    badge_id: str
    start_ns: int
    end_ns: int


@contextmanager
def collector() -> Iterator[tuple[str, list[Span]]]:
    """Run a collector of OpenTelemetry's protocol. Yields its address, and the spans that it has got."""
    spans: list[Span] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = ExportTraceServiceRequest.FromString(
                self.rfile.read(int(self.headers["Content-Length"]))
            )
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        badge_id = {each.key: each.value.string_value for each in span.attributes}[
                            "badge.id"
                        ]
                        spans.append(
                            Span(
                                span.trace_id.hex(),
                                span.span_id.hex(),
                                span.parent_span_id.hex(),
                                span.name,
                                badge_id,
                                span.start_time_unix_nano,
                                span.end_time_unix_nano,
                            )
                        )
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", spans
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def spans_of_elixir(file: Path) -> list[Span]:
    lines = map(json.loads, file.read_text().splitlines())
    return [
        Span(
            line["trace_id"],
            line["span_id"],
            line["parent_span_id"] or "",
            line["name"],
            line["attributes"]["badge.id"],
            line["system_time"],
            line["system_time"] + line["duration"],
        )
        for line in lines
    ]


def test_each_badge_is_one_trace_of_enqueue_render_and_print(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "spans.jsonl"
    with collector() as (address, spans), psycopg.connect(database_url, autocommit=True) as connection:
        environment = os.environ | {
            "BADGE_FORGE_VAR": str(tmp_path),
            "BADGES": str(BADGES),
            "OTEL_EXPORTER_OTLP_ENDPOINT": address,
            "OTEL_TRACES_EXPORTER": "otlp",
            "TRACE_FILE": str(file),
        }
        of_worker, of_app = (
            environment | {"DATABASE_URL": role_url(database_url, role)}
            for role in (Role.WORKER, Role.PRINT_CENTER)
        )
        worker, app = (
            (sys.executable, "-m", "badge_forge", "worker"),
            ("mix", "run", "--no-halt", str(Path(__file__).with_name("traced.exs"))),
        )
        applications = [
            Application("the worker", worker, ROOT, tmp_path / "worker.log", of_worker),
            Application("the app", app, ROOT / "elixir_app", tmp_path / "elixir.log", of_app),
        ]
        with stopped_together(applications, grace_s=HANG_S):
            eventually(lambda: states(connection, "printing") == {"completed": BADGES})
        # The worker has exported the rest when it stopped.
        traces = defaultdict(list)
        for span in spans + spans_of_elixir(file):
            traces[span.trace_id].append(span)
        badge_ids = connection.execute("SELECT DISTINCT args->>'id' FROM oban_jobs").fetchall()

    assert len(traces) == len(badge_ids) == BADGES
    for trace in traces.values():
        enqueued, rendered, printed = sorted(trace, key=lambda span: CHAIN.index(span.name))
        assert [span.name for span in (enqueued, rendered, printed)] == CHAIN
        assert (enqueued.parent_id, rendered.parent_id) == ("", enqueued.span_id)
        assert printed.parent_id == rendered.span_id
        assert len({span.badge_id for span in trace}) == 1
        # The clocks are those of one machine.
        assert enqueued.start_ns < rendered.start_ns < printed.start_ns
        assert all(span.start_ns < span.end_ns for span in trace)
    lines = [json.loads(line[line.index("{") :]) for line in logged(tmp_path / "worker.log")]
    assert {line["trace_id"] for line in lines} == set(traces)


def logged(log: Path) -> list[str]:
    return [line for line in log.read_text().splitlines() if '"oban.job.stop"' in line]
