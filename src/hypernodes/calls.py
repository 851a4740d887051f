"""Calls under way in traced programs: told to listeners, answered by the cache, stored in it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from hypernodes import events as ev
from hypernodes.batching import BatchCall
from hypernodes.node import Node
from hypernodes.plan import Plan, unwrap_outputs
from hypernodes.policies import on_retry

if TYPE_CHECKING:
    from hypernodes.scopes import Scope

# Frames of this module are machinery: `failures` cuts them out of tracebacks.
__hypernodes__ = None


class Ref(Protocol):
    """A value, or where the cache has it."""

    @property
    def value(self) -> Any: ...


class Session(Protocol):
    """What scopes ask of a cache; `hypernodes.cache` has the real one."""

    def ref(self, value: Any) -> Ref: ...
    def constant(self, value: Any) -> Ref: ...
    def list_ref(self, refs: Sequence[Ref]) -> Ref: ...
    def lookup(self, node: Node[..., Any], inputs: Mapping[str, Ref]) -> Any: ...
    def store(
        self,
        node: Node[..., Any],
        inputs: Mapping[str, Ref],
        outputs: tuple[Any, ...],
        seconds: float,
    ) -> tuple[Ref, ...]: ...
    def row_key(self, plan: Plan, inputs: Mapping[str, Ref]) -> bytes | None: ...
    def row_lookup(self, key: bytes) -> tuple[Ref, ...] | None: ...
    def row_store(self, key: bytes, outputs: tuple[Ref, ...]) -> None: ...
    def signature(self, node: Node[..., Any], inputs: Mapping[str, Ref]) -> str: ...
    def flush(self) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class CallSite:
    """A call in a traced program: the node and the parameters of its positional arguments."""

    node: Node[..., Any]
    path: tuple[str, ...]
    names: tuple[str, ...]
    count: int


# The call that this code is part of, for those who write logs; see `telemetry.LogContext`.
calling: ContextVar[NodeCall | None] = ContextVar("calling", default=None)


class NodeCall:
    """One call under way."""

    __slots__ = (
        "args", "around", "hit", "id", "kwargs", "refs", "scope", "site", "started", "token"
    )  # fmt: skip

    def __init__(
        self, scope: Scope, site: CallSite, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.scope = scope
        self.site = site
        self.hit: Any = None
        self.args: Sequence[Any] = args
        self.kwargs: Mapping[str, Any] = kwargs
        self.refs: dict[str, Any] = {}
        session = scope.tracer.session
        if session is None:
            return
        node = site.node
        self.refs = {**dict(zip(site.names, args, strict=True)), **kwargs}
        found = session.lookup(node, self.refs) if node.cache else None
        if found is not None:
            if scope.tracer.emit is not None or scope.opened is False:
                scope.hand_cached(node, session.signature(node, self.refs))
            self.hit = found[0] if site.count == 1 else found
            return
        self.args = [ref.value for ref in args]
        self.kwargs = {name: ref.value for name, ref in kwargs.items()}

    def __enter__(self) -> None:
        scope, site = self.scope, self.site
        scope.open()
        self.id = ""
        self.token = None
        if scope.tracer.emit is not None:
            self.id = ev.new_id()
            inputs = {**dict(zip(site.names, self.args, strict=True)), **self.kwargs}
            scope.told(ev.NodeStart, site.node, self.id, inputs=inputs)
            if site.node.retries:
                self.token = on_retry.set(self._retried)
        self.around = calling.set(self)
        self.started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        calling.reset(self.around)
        if self.token is not None:
            on_retry.reset(self.token)

    def _retried(self, error: BaseException, tries: int) -> None:
        self.scope.told(ev.NodeRetry, self.site.node, self.id, error=error, tries=tries)

    def failed(self, error: BaseException) -> None:
        duration = time.perf_counter() - self.started
        self.scope.told(ev.NodeError, self.site.node, self.id, duration=duration, error=error)
        remember(error, self.scope)

    def done(self, result: Any) -> Any:
        scope, node = self.scope, self.site.node
        seconds = time.perf_counter() - self.started
        several = self.site.count > 1
        if several and (type(result) is not tuple or len(result) != self.site.count):
            try:
                result = unwrap_outputs(node, result)
            except BaseException as error:
                self.failed(error)
                raise
        outputs = result if several else (result,)
        if scope.tracer.emit is not None:
            told = dict(zip(node.outputs, outputs, strict=True))
            scope.told(ev.NodeEnd, node, self.id, duration=seconds, outputs=told)
        session = scope.tracer.session
        if session is None:
            return result
        refs = session.store(node, self.refs, outputs, seconds)
        return refs if several else refs[0]


class BatchOfCalls:
    """One batch call under way, for the items that must run."""

    __slots__ = (
        "answer", "columns", "fixed", "id", "mapped", "rows", "scope", "scopes", "site", "started"
    )  # fmt: skip

    def __init__(
        self,
        scope: Scope,
        site: CallSite,
        scopes: Sequence[Scope],
        answer: BatchCall,
        mapped: Mapping[str, list[Any]],
        fixed: Mapping[str, Any],
    ) -> None:
        self.scope, self.site, self.scopes, self.answer = scope, site, scopes, answer
        self.mapped, self.fixed = mapped, fixed
        count = len(scopes)
        self.columns: tuple[list[Any], ...] = tuple([None] * count for _ in range(site.count))
        self.rows: Sequence[int] = range(count)
        session = scope.tracer.session
        if session is not None and site.node.cache:
            self.rows = [i for i in range(count) if not self._answered(session, i)]

    def _answered(self, session: Session, i: int) -> bool:
        inputs = self._inputs(i)
        found = session.lookup(self.site.node, inputs)
        if found is None:
            return False
        self.scopes[i].hand_cached(self.site.node, session.signature(self.site.node, inputs))
        for column, ref in zip(self.columns, found, strict=True):
            column[i] = ref
        return True

    def _inputs(self, i: int) -> dict[str, Any]:
        return {name: column[i] for name, column in self.mapped.items()} | dict(self.fixed)

    def begun(self) -> dict[str, Any]:
        """The arguments of the call."""
        scope = self.scope
        for i in self.rows:
            self.scopes[i].open()
        value = scope.value
        columns = {n: [value(column[i]) for i in self.rows] for n, column in self.mapped.items()}
        fixed = {name: value(ref) for name, ref in self.fixed.items()}
        self.id = ev.new_id()
        scope.told(ev.NodeStart, self.site.node, self.id, inputs={**columns, **fixed})
        self.started = time.perf_counter()
        made = {name: self.answer.column(name, column) for name, column in columns.items()}
        return {**made, **fixed}

    def failed(self, error: BaseException) -> None:
        duration = time.perf_counter() - self.started
        self.scope.told(ev.NodeError, self.site.node, self.id, duration=duration, error=error)
        for each in self.scopes:
            each.fail(error, until=self.scope)

    def done(self, result: Any) -> None:
        scope, node, session = self.scope, self.site.node, self.scope.tracer.session
        seconds = time.perf_counter() - self.started
        try:
            made = self.answer.results(result, len(self.rows))
        except BaseException as error:
            self.failed(error)
            raise
        told = dict(zip(node.outputs, made, strict=True))
        scope.told(ev.NodeEnd, node, self.id, duration=seconds, outputs=told)
        for position, i in enumerate(self.rows):
            outputs: Sequence[Any] = tuple(column[position] for column in made)
            if session is not None:
                share = seconds / len(self.rows)
                outputs = session.store(node, self._inputs(i), tuple(outputs), share)
            for column, output in zip(self.columns, outputs, strict=True):
                column[i] = output


def remember(error: BaseException, scope: Scope) -> None:
    """Note on an exception where it happened, until `closed` takes the note off."""
    with contextlib.suppress(Exception):  # an exception class may refuse attributes
        error.__hypernodes_scope__ = scope  # type: ignore[attr-defined]
