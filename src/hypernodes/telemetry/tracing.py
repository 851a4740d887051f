"""OpenTelemetry: every run, map, item, nested pipeline and node call as a span."""

from __future__ import annotations

from typing import Any

from hypernodes import events as ev
from hypernodes.errors import preview
from hypernodes.extras import require

_KINDS = ("Run", "Map", "Item", "Pipeline", "Node")


class OpenTelemetryListener:
    """Turns events into spans, nested as the pipelines are, also over processes.

    Spans go to `tracer_provider`, or to the one that OpenTelemetry has been set to; the
    outermost belong to the span that is current where the run begins. `values=True` adds
    short previews of what nodes read and made. Raises `ImportError` where
    `opentelemetry-api` is not installed.

    >>> from hypernodes import Pipeline, SeqEngine, node
    >>> @node(output_name="y")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> engine = SeqEngine(callbacks=[OpenTelemetryListener()])
    >>> Pipeline([double], engine=engine).run({"x": 4})
    {'y': 8}
    """

    def __init__(self, tracer_provider: Any = None, *, values: bool = False) -> None:
        self._trace = require("opentelemetry.trace", "OpenTelemetryListener")
        self._tracer = self._trace.get_tracer("hypernodes", tracer_provider=tracer_provider)
        self._values = values
        self._spans: dict[str, Any] = {}

    def __repr__(self) -> str:
        return "OpenTelemetryListener()"

    def __reduce__(self) -> Any:  # elsewhere OpenTelemetry is set up as it is there
        return type(self), ()

    def __call__(self, event: ev.Event) -> None:
        """Start or end a span, at the time when it happened."""
        match event:
            case ev.Start():
                self._spans[event.id] = self._started(event)
            case ev.Cached():
                span = self._started(event)
                span.set_attribute("hypernodes.cached", True)
                span.end(_nanoseconds(event.time))
            case ev.End():
                span = self._spans.pop(event.id, None)
                if span is not None:
                    if self._values and isinstance(event, ev.NodeEnd):
                        _show(span, "output", event.outputs)
                    span.end(_nanoseconds(event.time))
            case ev.Error():
                span = self._spans.pop(event.id, None)
                if span is not None:
                    self._failed(span, event)
                    span.end(_nanoseconds(event.time))
            case ev.NodeRetry():
                span = self._spans.get(event.id)
                if span is not None:
                    told = {"hypernodes.tries": event.tries, "exception.type": _type(event.error)}
                    span.add_event("retry", told, _nanoseconds(event.time))

    def _started(self, event: ev.Event) -> Any:
        around = self._spans.get(event.parent) if event.parent is not None else None
        context = None if around is None else self._trace.set_span_in_context(around)
        kind = next(each for each in _KINDS if type(event).__name__.startswith(each))
        attributes: dict[str, Any] = {
            "hypernodes.kind": kind.lower(),
            "hypernodes.path": list(event.path),
            "hypernodes.worker": event.worker,
        }
        if event.index is not None:
            attributes["hypernodes.item"] = event.index
        if isinstance(event, ev.MapStart) and event.total is not None:
            attributes["hypernodes.total"] = event.total
        name = f"{event.name} [{event.index}]" if kind == "Item" else event.name
        start = _nanoseconds(event.time)
        span = self._tracer.start_span(name, context, attributes=attributes, start_time=start)
        if self._values and isinstance(event, ev.NodeStart):
            _show(span, "input", event.inputs)
        return span

    def _failed(self, span: Any, event: ev.Error) -> None:
        if isinstance(event, ev.NodeError):  # what is around it only fails with it
            span.record_exception(event.error, timestamp=_nanoseconds(event.time))
        code = self._trace.StatusCode.ERROR
        span.set_status(self._trace.Status(code, _type(event.error)))


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)


def _type(error: BaseException) -> str:
    return type(error).__qualname__


def _show(span: Any, kind: str, values: Any) -> None:
    for name, value in (values or {}).items():
        text = value if isinstance(value, str) else preview(value)
        span.set_attribute(f"hypernodes.{kind}.{name}", text[:200])
