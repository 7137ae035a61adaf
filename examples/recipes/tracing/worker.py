from oban import Job, Oban, worker
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

tracer = trace.get_tracer(__name__)
w3c = TraceContextTextMapPropagator()


@worker(queue="python")
class Measure:
    async def process(self, job: Job) -> None:
        context = w3c.extract({"traceparent": str(job.meta.get("traceparent"))})
        with tracer.start_as_current_span("measure", context):
            meta: dict[str, str] = {}
            w3c.inject(meta)  # the next job continues this span
            answer = Job("MyApp.Measured", queue="elixir", args={"length_mm": 42}, meta=meta)
            await Oban.get_instance().enqueue(answer)
