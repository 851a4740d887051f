"""OpenTelemetry spans, with the real SDK and over real HTTP."""

from __future__ import annotations

import http.server
import threading
from typing import Any

import pytest
from trees import divide, label, listen, maps_in_maps

from hypernodes import ParallelEngine, Pipeline, SeqEngine, node
from hypernodes.telemetry import OpenTelemetryListener

pytest.importorskip("opentelemetry.sdk")

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


@pytest.fixture
def memory():
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield provider, exporter
    provider.shutdown()


def shape(spans: Any) -> list[Any]:
    """Names as nested lists."""
    below: dict[Any, list[Any]] = {}
    for span in spans:
        below.setdefault(span.parent and span.parent.span_id, []).append(span)

    def made(span: Any) -> Any:
        return [span.name, sorted(map(made, below.get(span.context.span_id, [])), key=str)]

    return [made(each) for each in below[None]]


def test_spans_are_nested_as_the_pipelines_are(memory) -> None:
    provider, exporter = memory
    listener = OpenTelemetryListener(provider)
    listen(lambda callbacks: SeqEngine(callbacks=[*callbacks, listener]), maps_in_maps)
    seq = shape(exporter.get_finished_spans())
    assert seq[0][0] == "book" and seq[0][1][0][0] == "page"
    spans = exporter.get_finished_spans()
    assert len({span.context.trace_id for span in spans}) == 1
    by_id = {span.context.span_id: span for span in spans}
    for span in spans:
        assert span.start_time <= span.end_time
        if span.parent:
            assert by_id[span.parent.span_id].start_time <= span.start_time
    exporter.clear()
    listen(
        lambda callbacks: ParallelEngine("processes", workers=2, callbacks=[*callbacks, listener]),
        maps_in_maps,
    )
    assert shape(exporter.get_finished_spans()) == seq


def test_they_belong_to_the_span_of_the_caller(memory) -> None:
    provider, exporter = memory
    with provider.get_tracer("mine").start_as_current_span("request"):
        engine = SeqEngine(callbacks=[OpenTelemetryListener(provider, values=True)])
        Pipeline([divide, label], name="p").run({"number": 4}, engine=engine)
    spans = {span.name: span for span in exporter.get_finished_spans()}
    assert spans["p"].parent.span_id == spans["request"].context.span_id
    assert spans["divide"].attributes["hypernodes.input.number"] == "4"
    assert spans["label"].attributes["hypernodes.output.label"] == "3.0"


def test_errors_and_retries(memory) -> None:
    provider, exporter = memory
    tries = []

    @node(output_name="y", retries=1)
    def flaky(x: int) -> int:
        tries.append(x)
        if x == 1 and len(tries) < 3:
            raise KeyError("once")
        return 1 // x

    engine = SeqEngine(callbacks=[OpenTelemetryListener(provider)])
    Pipeline([flaky], name="p").map({"x": [2, 1, 0]}, "x", engine=engine, on_error="collect")
    spans = [span for span in exporter.get_finished_spans() if span.name == "flaky"]
    assert [span.status.is_ok for span in spans] == [True, True, False]
    assert [[e.name for e in span.events] for span in spans] == [
        [],
        ["retry"],
        ["retry", "exception"],
    ]
    assert spans[2].events[1].attributes["exception.type"] == "ZeroDivisionError"
    assert spans[2].attributes["hypernodes.item"] == 2


def test_a_receiver_of_otlp_gets_them() -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
        ExportTraceServiceRequest,
    )

    got: list[Any] = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            import gzip

            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            got.append((self.path, ExportTraceServiceRequest.FromString(body)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        endpoint = f"http://127.0.0.1:{server.server_port}/v1/traces"
        provider = TracerProvider(resource=Resource({"service.name": "test"}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
        with ParallelEngine(
            "processes", workers=2, callbacks=[OpenTelemetryListener(provider)]
        ) as engine:
            Pipeline([divide, label], name="p").map({"number": [1, 2, 3]}, "number", engine=engine)
        provider.shutdown()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert {path for path, _ in got} == {"/v1/traces"}
    spans = [
        span
        for _, request in got
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert len(spans) == 1 + 3 + 6
    ids = {span.span_id for span in spans}
    assert [s.name for s in spans if not s.parent_span_id] == ["p"]
    assert all(s.parent_span_id in ids for s in spans if s.parent_span_id)
    assert len({span.trace_id for span in spans}) == 1
