"""Listeners: who hears of events. Any callable, or a `PipelineCallback`."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hypernodes import events as ev
from hypernodes.errors import GraphError, InputError, quoted

Listener = Callable[[ev.Event], None]


class CallbackContext:
    """What the callbacks of one run share; `run_id` is the id of its outermost event.

    >>> ctx = CallbackContext()
    >>> ctx.set("seen", 1)
    >>> ctx.get("seen"), ctx.get("other", 0)
    (1, 0)
    """

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self.event: ev.Event | None = None

    def set(self, key: str, value: Any) -> None:
        """Keep a value for other callbacks of this run."""
        self.data[key] = value

    def get(self, key: str, default: Any = None) -> Any:
        """A value that a callback of this run has set."""
        return self.data.get(key, default)

    @property
    def hierarchy_path(self) -> list[str]:
        """The pipelines around what is happening, outermost first."""
        return [] if self.event is None else list(self.event.path)

    @property
    def depth(self) -> int:
        """0 in the outermost pipeline."""
        return max(len(self.hierarchy_path) - 1, 0)

    @property
    def current_pipeline_id(self) -> str | None:
        path = self.hierarchy_path
        return path[-1] if path else None

    @property
    def parent_pipeline_id(self) -> str | None:
        path = self.hierarchy_path
        return path[-2] if len(path) > 1 else None


class PipelineCallback:
    """Base class for listeners with one method per kind of event; override what you need.

    A node's and a pipeline's id is its name. `supported_engines` (names of engine
    classes; None: all) is checked when a run or map begins.

    >>> from hypernodes import Pipeline, SeqEngine, node
    >>> class Log(PipelineCallback):
    ...     def on_node_end(self, node_id, outputs, duration, ctx):
    ...         print(node_id, outputs)
    >>> @node(output_name="y")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> Pipeline([double], engine=SeqEngine(callbacks=[Log()])).run({"x": 4})
    double {'y': 8}
    {'y': 8}
    """

    supported_engines: Iterable[str] | None = None

    def on_pipeline_start(
        self, pipeline_id: str, inputs: Mapping[str, Any], ctx: CallbackContext
    ) -> None: ...
    def on_pipeline_end(
        self, pipeline_id: str, outputs: Mapping[str, Any], duration: float, ctx: CallbackContext
    ) -> None: ...
    def on_node_start(
        self, node_id: str, inputs: Mapping[str, Any], ctx: CallbackContext
    ) -> None: ...
    def on_node_end(
        self, node_id: str, outputs: Mapping[str, Any], duration: float, ctx: CallbackContext
    ) -> None: ...
    def on_node_cached(self, node_id: str, signature: str, ctx: CallbackContext) -> None: ...
    def on_error(self, node_id: str, error: BaseException, ctx: CallbackContext) -> None: ...
    def on_nested_pipeline_start(
        self, parent_id: str, child_pipeline_id: str, ctx: CallbackContext
    ) -> None: ...
    def on_nested_pipeline_end(
        self, parent_id: str, child_pipeline_id: str, duration: float, ctx: CallbackContext
    ) -> None: ...
    def on_map_start(self, total_items: int | None, ctx: CallbackContext) -> None: ...
    def on_map_end(self, total_duration: float, ctx: CallbackContext) -> None: ...
    def on_map_item_start(self, item_index: int, ctx: CallbackContext) -> None: ...
    def on_map_item_end(self, item_index: int, duration: float, ctx: CallbackContext) -> None: ...
    def on_map_item_cached(self, item_index: int, signature: str, ctx: CallbackContext) -> None: ...


def listeners(callbacks: Iterable[Any]) -> tuple[Any, ...]:
    """The callbacks as a tuple; raises `GraphError` for what cannot listen."""
    if isinstance(callbacks, PipelineCallback) or callable(callbacks):
        callbacks = (callbacks,)
    found = tuple(callbacks)
    for each in found:
        if isinstance(each, type) or not (callable(each) or isinstance(each, PipelineCallback)):
            raise GraphError(
                f"a callback must be callable or a PipelineCallback, got {each!r}",
                hint="pass instances: callbacks=[ProgressCallback()]",
            )
    return found


def options(engine: Any) -> str:
    """How an engine's repr tells of cache, callbacks and previews."""
    parts = [f"cache={engine.cache!r}"] if engine.cache is not None else []
    parts += [f"callbacks={list(engine.callbacks)!r}"] if engine.callbacks else []
    parts += [] if engine.previews else ["previews=False"]
    return ", ".join(parts)


def emitter(callbacks: Iterable[Any], engine: Any) -> Listener:
    """One function for all listeners of a run. What they raise never breaks the run."""
    heard: list[Listener] = []
    ctx = CallbackContext()
    for each in callbacks:
        _check_engine(each, engine)
        heard.append(_Methods(each, ctx) if isinstance(each, PipelineCallback) else each)
    deaf: set[int] = set()
    lock = threading.RLock()

    def emit(event: ev.Event) -> None:
        with lock:
            for listener in heard:
                try:
                    listener(event)
                except Exception as error:
                    if id(listener) not in deaf:
                        deaf.add(id(listener))
                        warnings.warn(
                            f"the callback {listener!r} raised {type(error).__name__}: {error}; "
                            "the run goes on (told once)",
                            stacklevel=2,
                        )

    return emit


def _check_engine(callback: Any, engine: Any) -> None:
    supported = getattr(callback, "supported_engines", None)
    name = type(engine).__name__
    if supported is not None and name not in list(supported):
        raise InputError(
            f"{type(callback).__name__} does not support {name}, only {quoted(supported)}",
            hint="run on one of these, or take the callback off the engine",
            engine=name,
        )


class _Methods:
    """Hands events to the methods of a `PipelineCallback`."""

    def __init__(self, callback: PipelineCallback, ctx: CallbackContext) -> None:
        self._callback = callback
        self._ctx = ctx
        self._told: set[int] = set()

    def __repr__(self) -> str:
        return repr(self._callback)

    def __call__(self, event: ev.Event) -> None:
        ctx, to = self._ctx, self._callback
        ctx.event = event
        parent = event.path[-2] if len(event.path) > 1 else event.name
        match event:
            case ev.RunStart():
                to.on_pipeline_start(event.name, event.inputs or {}, ctx)
            case ev.RunEnd():
                to.on_pipeline_end(event.name, event.outputs or {}, event.duration, ctx)
            case ev.PipelineStart():
                to.on_nested_pipeline_start(parent, event.name, ctx)
            case ev.PipelineEnd():
                to.on_nested_pipeline_end(parent, event.name, event.duration, ctx)
            case ev.NodeStart():
                to.on_node_start(event.name, event.inputs or {}, ctx)
            case ev.NodeEnd():
                to.on_node_end(event.name, event.outputs or {}, event.duration, ctx)
            case ev.NodeCached() | ev.PipelineCached():
                to.on_node_cached(event.name, event.signature, ctx)
            case ev.MapStart():
                to.on_map_start(event.total, ctx)
            case ev.MapEnd():
                to.on_map_end(event.duration, ctx)
            case ev.ItemStart():
                to.on_map_item_start(event.index or 0, ctx)
            case ev.ItemEnd():
                to.on_map_item_end(event.index or 0, event.duration, ctx)
            case ev.ItemCached():
                to.on_map_item_cached(event.index or 0, event.signature, ctx)
            case ev.Error() if id(event.error) not in self._told:
                # The node's error comes first; the same exception then ends what is around.
                self._told.add(id(event.error))
                to.on_error(event.name, event.error, ctx)
