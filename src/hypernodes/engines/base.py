"""The engine protocol, and what every engine needs around it, once."""

from __future__ import annotations

import contextvars
import itertools
import operator
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar, runtime_checkable

from hypernodes.calls import remember
from hypernodes.context import Context, context_of
from hypernodes.errors import EngineError
from hypernodes.failures import annotate, forget_frames, trim
from hypernodes.items import Items
from hypernodes.plan import Plan
from hypernodes.scopes import MAP, RUN, Scope, Tracer, close

T = TypeVar("T")
_MISSING: Any = object()


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Finished rows of a map: `columns[name][i]` belongs to item `indices[i]`.

    `errors` holds the exception of each failed item, by index; its row has what was
    finished, and None for the rest.
    """

    indices: Sequence[int]
    columns: dict[str, list[Any]]
    errors: Mapping[int, BaseException] = field(default_factory=dict)

    def rows(self, *, skip: bool = False) -> Iterator[dict[str, Any]]:
        """The rows as dicts; with `skip` without those that failed."""
        for position, index in enumerate(self.indices):
            if not (skip and index in self.errors):
                yield {name: column[position] for name, column in self.columns.items()}


@runtime_checkable
class Engine(Protocol):
    """Runs a plan once, or over items. This is all that an engine must do.

    `run` returns the plan's outputs by name. `map` yields the rows in chunks, in any
    order. An exception of the user's leaves as itself, with `failures.annotate` done
    where its frames are. `previews` tells whether notes may show values.
    """

    previews: bool

    def run(self, plan: Plan, values: dict[str, Any], ctx: Context) -> dict[str, Any]: ...
    def map(self, plan: Plan, items: Items, ctx: Context) -> Iterator[Chunk]: ...


def run_rows(
    plan: Plan,
    names: tuple[str, ...],
    rows: Iterable[Any],
    values: Mapping[str, Any],
    ctx: Context,
    indices: Sequence[int] | None = None,
) -> tuple[tuple[list[Any], ...], dict[int, BaseException]]:
    """Run a plan over some rows, here and now: one list per output, and what failed.

    `rows` are as `Items.rows` gives them, `indices` their numbers in the whole map.
    """
    more: tuple[Any, ...] = ()
    if ctx.scope is not None:
        more = (ctx.scope.part(indices),)
    traced = bool(more)
    program = plan.mapper(names, traced=traced)
    errors: dict[int, BaseException] = {}

    def fail(position: int, error: BaseException) -> None:
        annotate(error, previews=ctx.previews, indices=indices)
        forget_frames(error)
        errors[position if indices is None else indices[position]] = error

    columns: Any
    if ctx.on_error == "raise":
        try:
            columns = program.function(rows, values, *more)
            if program.is_async:
                columns = drive(columns)
        except BaseException as error:
            annotate(error, previews=ctx.previews, indices=indices)
            raise
        return columns, errors
    if plan.has_batches:
        # The exception of a batch does not tell whose it is: then item by item.
        rows = list(rows)
        try:
            columns = program.function(rows, values, *more)
            return (drive(columns) if program.is_async else columns), errors
        except Exception:  # noqa: S110 - the guarded loop meets it again, with its item
            pass
    guarded = plan.mapper(names, guarded=True, traced=traced)
    columns = guarded.function(rows, values, fail, *more)
    return (drive(columns) if guarded.is_async else columns), errors


def run_once(plan: Plan, values: Mapping[str, Any], ctx: Context) -> dict[str, Any]:
    """Run a plan once, here and now."""
    try:
        if ctx.scope is None:
            program = plan.program
            outputs: Any = program.function(values)
        else:
            program = plan.traced
            outputs = program.function(values, ctx.scope)
        result: dict[str, Any] = drive(outputs) if program.is_async else outputs
    except BaseException as error:
        annotate(error, previews=ctx.previews)
        raise
    return result


def run_told(
    engine: Engine, plan: Plan, values: dict[str, Any], tracer: Tracer, ctx: Context
) -> dict[str, Any]:
    """A run that listeners hear of and a cache takes part in."""
    scope = Scope(tracer, RUN, plan.name, (plan.name,)).open(inputs=values)
    with _Told(scope):
        outputs = engine.run(plan, values, replace(ctx, tracer=tracer, scope=scope))
        scope.end(outputs)
    return outputs


class _Told:
    """Closes a scope, and what is open in it, when an exception leaves the block.

    Not a generator: contextlib writes to the exceptions that pass through it, and users'
    exceptions may refuse that.
    """

    def __init__(self, scope: Scope | None, *, flush: bool = True) -> None:
        self.scope = scope
        self.flush = flush

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if self.scope is None:
            return
        if error is None:
            self.scope.end()
        else:
            around = self.scope.parent
            close(error, self.scope, around)
            if around is not None:  # who runs what is around closes that
                remember(error, around)
        if self.flush and self.scope.tracer.session is not None:
            self.scope.tracer.session.flush()


class Gathered:
    """The rows of chunks, put in order."""

    def __init__(self, outputs: Sequence[str]) -> None:
        self.columns: dict[str, list[Any]] = {name: [] for name in outputs}
        self.errors: dict[int, BaseException] = {}
        self.count = 0
        self._end = 0
        self._chunks = 0
        self._dense = True

    def add(self, chunk: Chunk) -> None:
        indices = chunk.indices
        if not len(indices):
            return
        self.errors.update(chunk.errors)
        dense = isinstance(indices, range) and indices.step == 1
        self._chunks += 1
        self._dense = self._dense and dense
        start, end = (indices[0], indices[-1] + 1) if dense else (min(indices), max(indices) + 1)
        for name, column in self.columns.items():
            values = chunk.columns[name]
            if not column and start == 0 and dense:
                self.columns[name] = values  # the usual single chunk is not copied
                continue
            if len(column) < end:
                column.extend([_MISSING] * (end - len(column)))
            if dense:
                column[start:end] = values
            else:
                for index, value in zip(indices, values, strict=True):
                    column[index] = value
        self.count += len(indices)
        self._end = max(self._end, end)

    def check(self, engine: Engine, plan: Plan, expected: int | None) -> None:
        """Raise `EngineError` where rows are missing."""
        self.errors = dict(sorted(self.errors.items()))  # they come as chunks finish
        total = self._end if expected is None else expected
        found = self.count
        if self._chunks > 1 or not self._dense:
            # A row that came twice may hide one that never came.
            column: Sequence[Any] = next(iter(self.columns.values()), ())
            holes = sum(map(operator.is_, column, itertools.repeat(_MISSING)))
            found = len(column) - holes if holes else found
        if found != total or self._end != total:
            raise EngineError(
                f"{type(engine).__name__} returned {found} of {total} rows of {plan.name!r}",
                hint="this is a defect of the engine: its map must yield every row once",
            )


def gather(
    engine: Engine,
    plan: Plan,
    items: Items,
    ctx: Context,
    name: str | None = None,
    *,
    wrapped: bool = False,
) -> Gathered:
    """Everything that a map yields, in the order of the items."""
    gathered = Gathered(plan.outputs)
    inner, told = map_scope(plan, items, ctx, name, wrapped=wrapped)
    with told:
        # Not through a generator: that would make a node's StopIteration a RuntimeError.
        for chunk in engine.map(plan, items, inner) if items.size != 0 else ():
            gathered.add(chunk)
    gathered.check(engine, plan, items.size)
    return gathered


def map_scope(
    plan: Plan, items: Items, ctx: Context, name: str | None = None, *, wrapped: bool = False
) -> tuple[Context, _Told]:
    """The context of a map whose beginning and end listeners hear of."""
    if ctx.tracer is None:
        return ctx, _Told(None)
    parent = ctx.scope
    name = name or plan.name
    path = (name,) if parent is None else (*parent.path, name)
    index = None if parent is None else parent.index
    scope = Scope(ctx.tracer, MAP, name, path, parent, index).open(total=items.size)
    # In columns a nested pipeline has no scope of its own anyway.
    scope.within = wrapped and not plan.has_batches
    return replace(ctx, scope=scope), _Told(scope)


def rows_of(
    engine: Engine, plan: Plan, items: Items, ctx: Context, *, skip: bool
) -> Iterator[dict[str, Any]]:
    """The rows of a map as they come, in the order of the items if the context says so."""
    waiting: dict[int, Chunk] = {}
    expected = 0
    try:
        inner, told = map_scope(plan, items, ctx)
        with told:
            for chunk in engine.map(plan, items, inner) if items.size != 0 else ():
                if not ctx.ordered:
                    yield from chunk.rows(skip=skip)
                    continue
                if len(chunk.indices):
                    waiting[chunk.indices[0]] = chunk
                while (ready := waiting.pop(expected, None)) is not None:
                    yield from ready.rows(skip=skip)
                    expected += len(ready.indices)
        for start in sorted(waiting):  # an engine that deals out rows like cards
            yield from waiting[start].rows(skip=skip)
    except BaseException as error:
        trim(error)
        raise


def map_columns(
    engine: Engine,
    plan: Plan,
    items: Items,
    ctx: Context | None = None,
    name: str | None = None,
    *,
    wrapped: bool = False,
) -> tuple[list[Any], ...]:
    """The outputs of a map that raises, one list per output: for nested maps.

    `name` is that of the nested map, for those who listen. Where the plan is `wrapped` in
    one of the outer name, they hear of what is in it.
    """
    ctx = ctx or context_of(engine)
    return tuple(gather(engine, plan, items, ctx, name, wrapped=wrapped).columns.values())


def run_nested(
    engine: Engine, plan: Plan, values: dict[str, Any], ctx: Context, name: str
) -> dict[str, Any]:
    """One run of the nested pipeline `name`, which listeners hear of."""
    if ctx.scope is None:
        return engine.run(plan, values, ctx)
    scope = ctx.scope.nested(name)
    with _Told(scope, flush=False):
        return engine.run(plan, values, replace(ctx, scope=scope))


def no_cache_away(engine: str) -> EngineError:
    """What an engine says that cannot ask a cache from where its work is done."""
    return EngineError(
        f"{engine} cannot use a cache from other processes",
        hint="use SeqEngine, threads, or DaftEngine without processes where a cache is wanted",
        parameter="cache",
    )


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end from plain code, also inside a running event loop.

    There it runs in a loop of its own in another thread, and the caller waits.
    """
    # Imported when first needed: these two are most of what `import hypernodes` would cost.
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    context = contextvars.copy_context()
    with ThreadPoolExecutor(1, thread_name_prefix="hypernodes-loop") as pool:
        return pool.submit(context.run, asyncio.run, work).result()
