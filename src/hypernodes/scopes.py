"""Scopes: what traced programs call instead of the functions themselves.

A scope stands for a run, a map, an item or a nested pipeline while it is under way. Calls
go through it, so that listeners hear of them and a cache can answer them. With a cache,
values flow between calls as refs (see `Session`), and are loaded only where a function
really runs or the user gets them.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from hypernodes import events as ev
from hypernodes.batching import BatchCall
from hypernodes.calls import BatchOfCalls, CallSite, NodeCall, Session
from hypernodes.node import Node
from hypernodes.plan import Plan

# Frames of this module are machinery: `failures` cuts them out of tracebacks.
__hypernodes__ = None

Listener = Callable[[ev.Event], None]


@dataclass(slots=True)
class Tracer:
    """Who listens, and which cache answers, during one run or map in this process."""

    emit: Listener | None = None
    session: Session | None = None


def tracer_of(engine: Any, *, progress: bool = False) -> Tracer | None:
    """Who listens to an engine's runs and answers for it; None if nobody does."""
    callbacks = getattr(engine, "callbacks", ())
    cache = getattr(engine, "cache", None)
    if progress:
        from hypernodes.telemetry.progress import progress_listener

        callbacks = (*callbacks, progress_listener())
    if not callbacks and cache is None:
        return None
    emit = None
    if callbacks:
        from hypernodes.listeners import emitter

        emit = emitter(callbacks, engine)
    return Tracer(emit, None if cache is None else cache.session())


class Kind(NamedTuple):
    start: type[ev.Start]
    end: type[ev.End]
    error: type[ev.Error]
    cached: type[ev.Cached] | None


RUN = Kind(ev.RunStart, ev.RunEnd, ev.RunError, None)
MAP = Kind(ev.MapStart, ev.MapEnd, ev.MapError, None)
ITEM = Kind(ev.ItemStart, ev.ItemEnd, ev.ItemError, ev.ItemCached)
NESTED = Kind(ev.PipelineStart, ev.PipelineEnd, ev.PipelineError, ev.PipelineCached)
kinds = {"run": RUN, "map": MAP, "item": ITEM, "nested": NESTED}


class Scope:
    """Something under way; opened when the first of it really runs, closed once."""

    __slots__ = (
        "cached",
        "id",
        "index",
        "indices",
        "kind",
        "name",
        "opened",
        "parent",
        "path",
        "started",
        "tracer",
        "waiting",
        "within",
    )

    def __init__(
        self,
        tracer: Tracer,
        kind: Kind,
        name: str,
        path: tuple[str, ...],
        parent: Scope | None = None,
        index: int | None = None,
        id: str | None = None,  # noqa: A002 - the field of the events
    ) -> None:
        self.tracer = tracer
        self.kind = kind
        self.name = name
        self.path = path
        self.parent = parent
        self.index = index
        self.indices: Sequence[int] | None = None
        self.id = id or ev.new_id()
        self.opened: bool | None = False  # None: closed
        self.started = 0.0
        self.cached = 0
        # Whether the plan of this map is its pipeline wrapped in one of the outer name.
        self.within = False
        # What was answered from the cache before anything ran: told once that is known.
        self.waiting: list[ev.Event] = []

    # Opening and closing

    def open(self, **more: Any) -> Scope:
        """It really runs: so does all that it belongs to."""
        if self.opened is False:
            self.opened = True
            if self.parent is not None:
                self.parent.open()
            self.started = time.perf_counter()
            self._emit(self.kind.start, **more)
            for event in self.waiting:
                self._tell(event)
            self.waiting.clear()
        return self

    def end(self, outputs: Mapping[str, Any] | None = None) -> None:
        """It ended well: it ran, or all of it came from the cache."""
        if self.opened is None:
            return
        if self.opened is False and self.kind.cached is not None and self.cached:
            waiting, self.waiting = self.waiting, []
            self.opened = None
            if self.parent is not None:
                self.parent.cached += 1
            self._hand(self._event(self.kind.cached, signature=self.id))
            for event in waiting:
                self._hand(event)
            return
        self.open()
        self.opened = None
        duration = time.perf_counter() - self.started
        self._emit(self.kind.end, duration=duration, outputs=outputs)

    def fail(self, error: BaseException, until: Scope | None = None) -> None:
        """It ended with an exception, and so does what it belongs to, up to `until`."""
        scope: Scope | None = self
        while scope is not None and scope is not until:
            if scope.opened is not None:
                scope.open()
                scope.opened = None
                duration = time.perf_counter() - scope.started
                scope._emit(scope.kind.error, duration=duration, error=error)
            scope = scope.parent

    # What traced programs call

    def nested(self, name: str) -> Scope:
        if self.within:
            self.within = False
            return self
        scope = Scope(self.tracer, NESTED, name, (*self.path, name), self, self.index)
        return self._begun(scope)

    def mapping(self, name: str) -> Scope:
        """A map inside this scope."""
        return Scope(self.tracer, MAP, name, (*self.path, name), self, self.index)

    def items(self, rows: Any) -> Iterator[tuple[Scope, Any]]:
        """The rows of this map, each with its scope."""
        for position, row in enumerate(self.opened_rows(rows)):
            yield self.item(position), row

    def item(self, position: int) -> Scope:
        index = position if self.indices is None else self.indices[position]
        scope = Scope(self.tracer, ITEM, self.name, self.path, self, index)
        scope.within = self.within
        return self._begun(scope)

    def part(self, indices: Sequence[int] | None) -> Scope:
        """This map for some of its rows: the same to listeners; the whole opens and closes it."""
        part = Scope(self.tracer, self.kind, self.name, self.path, self, self.index, self.id)
        part.indices = indices
        part.opened = None
        part.within = self.within
        return part

    def _begun(self, scope: Scope) -> Scope:
        # Without a cache it surely runs.
        return scope if self.tracer.session is not None else scope.open()

    def ref(self, value: Any) -> Any:
        """A value on its way into calls."""
        session = self.tracer.session
        return value if session is None else session.ref(value)

    def constant(self, value: Any) -> Any:
        """As `ref`, for what many calls read: hashed once."""
        session = self.tracer.session
        return value if session is None else session.constant(value)

    def refs(self, values: Sequence[Any]) -> Sequence[Any]:
        """What came from a nested engine, on its way into calls."""
        session = self.tracer.session
        return values if session is None else [session.ref(value) for value in values]

    def opened_rows(self, rows: Any) -> Any:
        """The rows of this map, which now begins."""
        if self.opened is False:
            self.open(total=len(rows) if hasattr(rows, "__len__") else None)
        return rows

    def value(self, ref: Any) -> Any:
        """A value on its way out."""
        return ref if self.tracer.session is None else ref.value

    def listed(self, values: list[Any]) -> Any:
        """The list that a map made, on its way into calls."""
        session = self.tracer.session
        return values if session is None else session.list_ref(values)

    def row(self, plan: Plan, inputs: Mapping[str, Any]) -> tuple[bytes | None, Any]:
        """(key, outputs) of an item of a map, outputs being None where it must run."""
        session = self.tracer.session
        key = None if session is None else session.row_key(plan, inputs)
        if key is None or session is None:
            return None, None
        # Listeners want to hear of the nodes: then each of them is looked up by itself.
        found = session.row_lookup(key) if self.tracer.emit is None else None
        if found is None:
            return key, None
        self.cached += 1
        self.end()
        return key, tuple(ref.value for ref in found)

    def row_done(self, key: bytes | None, outputs: tuple[Any, ...]) -> None:
        session = self.tracer.session
        if key is not None and session is not None:
            session.row_store(key, outputs)
        self.end()

    def call(self, site: CallSite, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call the node's function, or take its outputs from the cache."""
        call = NodeCall(self, site, args, kwargs)
        if call.hit is not None:
            return call.hit
        try:
            with call:
                result = func(*call.args, **call.kwargs)
        except BaseException as error:
            call.failed(error)
            raise
        return call.done(result)

    async def acall(
        self, site: CallSite, func: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> Any:
        """As `call`, for a coroutine function."""
        call = NodeCall(self, site, args, kwargs)
        if call.hit is not None:
            return call.hit
        try:
            with call:
                result = await func(*call.args, **call.kwargs)
        except BaseException as error:
            call.failed(error)
            raise
        return call.done(result)

    def batch(
        self,
        site: CallSite,
        scopes: Sequence[Scope],
        answer: BatchCall,
        func: Callable[..., Any],
        mapped: Mapping[str, list[Any]],
        fixed: Mapping[str, Any],
    ) -> tuple[list[Any], ...]:
        """Call a batch function for the items that the cache cannot answer."""
        batch = BatchOfCalls(self, site, scopes, answer, mapped, fixed)
        if batch.rows:
            try:
                result = func(**batch.begun())
            except BaseException as error:
                batch.failed(error)
                raise
            batch.done(result)
        return batch.columns

    async def abatch(
        self,
        site: CallSite,
        scopes: Sequence[Scope],
        answer: BatchCall,
        func: Callable[..., Any],
        mapped: Mapping[str, list[Any]],
        fixed: Mapping[str, Any],
    ) -> tuple[list[Any], ...]:
        """As `batch`, for a coroutine function."""
        batch = BatchOfCalls(self, site, scopes, answer, mapped, fixed)
        if batch.rows:
            try:
                result = await func(**batch.begun())
            except BaseException as error:
                batch.failed(error)
                raise
            batch.done(result)
        return batch.columns

    # Events

    def told(self, kind: type[Any], node: Node[..., Any], id: str, **more: Any) -> None:  # noqa: A002
        """Tell listeners of a call in this scope."""
        if self.tracer.emit is not None:
            self._tell(
                kind(
                    id=id,
                    parent=self.id,
                    name=node.name,
                    path=self.path,
                    index=self.index,
                    time=ev.now(),
                    worker=ev.this_worker(),
                    **more,
                )
            )

    def hand_cached(self, node: Node[..., Any], signature: str) -> None:
        """A call of this scope was answered from the cache."""
        self.cached += 1
        if self.tracer.emit is not None:
            self._hand(
                ev.NodeCached(
                    id=ev.new_id(),
                    parent=self.id,
                    name=node.name,
                    path=self.path,
                    index=self.index,
                    time=ev.now(),
                    worker=ev.this_worker(),
                    signature=signature,
                )
            )

    def _hand(self, event: ev.Event) -> None:
        """Tell it now, or when the scope that it waits for is opened or ends."""
        scope: Scope | None = self if self.opened is False else self.parent
        while scope is not None and scope.opened is not False:
            scope = scope.parent
        if scope is None:
            self._tell(event)
        else:
            scope.waiting.append(event)

    def _tell(self, event: ev.Event) -> None:
        if self.tracer.emit is not None:
            self.tracer.emit(event)

    def _emit(self, kind: type[Any], **more: Any) -> None:
        if self.tracer.emit is not None:
            self.tracer.emit(self._event(kind, **more))

    def _event(self, kind: type[Any], **more: Any) -> Any:
        return kind(
            id=self.id,
            parent=None if self.parent is None else self.parent.id,
            name=self.name,
            path=self.path,
            index=self.index,
            time=ev.now(),
            worker=ev.this_worker(),
            **more,
        )


def close(error: BaseException, scope: Scope, until: Scope | None = None) -> None:
    """End everything open from where the exception happened up to `scope`, and it too."""
    inner = object.__getattribute__(error, "__dict__").get("__hypernodes_scope__")
    if isinstance(inner, Scope):
        with contextlib.suppress(Exception):
            del error.__hypernodes_scope__  # type: ignore[attr-defined]
        inner.fail(error, until=until)
    scope.fail(error, until=until)
