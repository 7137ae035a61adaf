"""Evaluates lines from stdin in the recipes' Python process, and prints each result after `=> `."""

import asyncio
import importlib
import sys
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

main: Any = importlib.import_module("app.main")  # of examples/recipes, from whose folder this runs


async def serve() -> None:
    """Evaluate one expression per line. Names of modules are those of the recipes."""
    names: dict[str, Any] = {
        module.partition(".")[0]: importlib.import_module(module)
        for module in ("ask.client", "cancel.client", "enqueue.client", "progress.client")
    }
    names["spans"] = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(names["spans"]))
    trace.set_tracer_provider(provider)
    async with main.running() as oban:
        names["oban"] = oban
        print("=> ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            try:
                result = eval(line, names)
                result = await result if asyncio.iscoroutine(result) else result
            except TimeoutError:
                result = "timeout"
            print("=>", repr(result), flush=True)


if __name__ == "__main__":
    asyncio.run(serve())
