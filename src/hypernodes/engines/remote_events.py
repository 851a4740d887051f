"""Events of other processes: noted down there, brought home with the answers, told here.

They travel as plain tuples, so that noting them costs little; values become previews.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from hypernodes import events as ev
from hypernodes.context import Context
from hypernodes.errors import preview
from hypernodes.scopes import Scope, Tracer, close, kinds

Told: TypeAlias = "tuple[bytes, list[BaseException]] | None"

_SHARE = 0.02  # of a worker's time that previews may take
_CREDIT = 0.02  # seconds of it that are free
_TYPES = {
    kind.__name__: kind
    for parent in (ev.Start, ev.End, ev.Error, ev.Cached)
    for kind in parent.__subclasses__()
} | {"NodeRetry": ev.NodeRetry}


@dataclass(frozen=True, slots=True)
class FarScope:
    """The run or map at home that work elsewhere is part of: names and numbers only."""

    kind: str
    id: str
    name: str
    path: tuple[str, ...]
    index: int | None
    within: bool


def sent(ctx: Context) -> tuple[Context, FarScope | None]:
    """A context without what stays at home, and what a worker must know instead."""
    scope = ctx.scope
    here = replace(ctx, tracer=None, scope=None)
    if scope is None or scope.tracer.emit is None:
        return here, None
    kind = next(name for name, kind in kinds.items() if kind is scope.kind)
    return here, FarScope(kind, scope.id, scope.name, scope.path, scope.index, scope.within)


class Recorder:
    """On a worker: notes the events of one chunk."""

    def __init__(self, far: FarScope | None, ctx: Context) -> None:
        self.ctx = ctx
        self._notes: list[tuple[Any, ...]] = []
        self._errors: list[BaseException] = []
        self._scope: Scope | None = None
        if far is not None:
            tracer = Tracer(self._note)
            scope = Scope(tracer, kinds[far.kind], far.name, far.path, None, far.index, far.id)
            scope.opened = None  # home opened it, and closes it
            scope.within = far.within
            self._scope = scope
            self._shown = _Previews(ctx.previews)
            self.ctx = replace(ctx, tracer=tracer, scope=scope)

    def failed(self, error: BaseException) -> None:
        """The chunk ends with this exception: so does what is open in it."""
        if self._scope is not None:
            close(error, self._scope, self._scope)

    def told(self, dumps: Callable[[Any], Any]) -> Told:
        """What to bring home: plain bytes, and the exceptions that they speak of."""
        if self._scope is None:
            return None
        for i, error in enumerate(self._errors):
            try:
                dumps(error)
            except Exception as problem:
                self._errors[i] = RuntimeError(
                    f"{type(error).__qualname__} (it cannot travel: {problem})"
                )
        return pickle.dumps(self._notes, 5), self._errors

    def _note(self, event: ev.Event) -> None:
        more: tuple[Any, ...]
        match event:
            case ev.MapStart():
                more = (event.total,)
            case ev.Start():
                more = (self._shown.of(event.inputs),)
            case ev.End():
                more = (event.duration, self._shown.of(event.outputs))
            case ev.Error():
                more = (event.duration, self._number(event.error))
            case ev.Cached():
                more = (event.signature,)
            case ev.NodeRetry():
                more = (self._number(event.error), event.tries)
            case _:
                return
        self._notes.append(
            (
                type(event).__name__,
                event.id,
                event.parent,
                event.name,
                event.path,
                event.index,
                event.time,
                event.worker,
                *more,
            )
        )

    def _number(self, error: BaseException) -> int:
        for i, known in enumerate(reversed(self._errors), 1):
            if known is error:
                return len(self._errors) - i
        self._errors.append(error)
        return len(self._errors) - 1


class _Previews:
    """Previews of values, as long as they cost next to nothing."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._began = time.perf_counter()
        self._spent = 0.0
        self._kept: dict[int, tuple[Any, str]] = {}  # what many calls read is shown once

    def of(self, values: Mapping[str, Any] | None) -> dict[str, str] | None:
        if values is None:
            return None
        return {name: self._one(value) for name, value in values.items()}

    def _one(self, value: Any) -> str:
        kind = type(value)
        if not self._wanted:
            return "..."
        if kind is int or kind is float or kind is bool or value is None:
            return repr(value) if kind is not int or -1 << 63 < value < 1 << 63 else preview(value)
        found = self._kept.get(id(value))
        if found is not None:
            return found[1]
        now = time.perf_counter()
        if self._spent > _CREDIT + _SHARE * (now - self._began):
            return f"<{kind.__qualname__}>"
        text = preview(value)
        self._spent += time.perf_counter() - now
        if len(self._kept) > 64:
            self._kept.clear()
        self._kept[id(value)] = (value, text)
        return text


def tell(ctx: Context, told: Told) -> None:
    """At home: hand the events of a chunk to the listeners."""
    if told is None or ctx.scope is None or ctx.scope.tracer.emit is None:
        return
    data, errors = told
    for event in _events(pickle.loads(data), errors):
        ctx.scope.tracer.emit(event)


def lost(ctx: Context, indices: Sequence[int], error: BaseException) -> None:
    """At home: items of which nothing came back have failed with this exception."""
    if ctx.scope is not None and ctx.scope.kind is kinds["map"]:
        part = ctx.scope.part(indices)
        for position in range(len(indices)):
            part.item(position).fail(error, until=part)


def _events(notes: list[tuple[Any, ...]], errors: list[BaseException]) -> list[ev.Event]:
    found: list[ev.Event] = []
    for kind, id_, parent, name, path, index, at, worker, *more in notes:
        made: Any = _TYPES[kind]
        fields: dict[str, Any]
        if made is ev.MapStart:
            fields = {"total": more[0]}
        elif issubclass(made, ev.Start):
            fields = {"inputs": more[0]}
        elif issubclass(made, ev.End):
            fields = {"duration": more[0], "outputs": more[1]}
        elif issubclass(made, ev.Error):
            fields = {"duration": more[0], "error": errors[more[1]]}
        elif issubclass(made, ev.Cached):
            fields = {"signature": more[0]}
        else:
            fields = {"error": errors[more[0]], "tries": more[1]}
        found.append(
            made(
                id=id_,
                parent=parent,
                name=name,
                path=path,
                index=index,
                time=at,
                worker=worker,
                **fields,
            )
        )
    return found
