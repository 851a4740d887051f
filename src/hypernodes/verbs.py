"""What users do with a pipeline: run it, map it, stream it; each also from async code."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from hypernodes.context import PLAIN, Context, context_of
from hypernodes.errors import DependencyError, GraphError, InputError, did_you_mean
from hypernodes.failures import kept_failure, stopped, trim
from hypernodes.graph import Graph
from hypernodes.items import Items, items_from
from hypernodes.plan import MapMode, Plan, plan_for
from hypernodes.results import MapResult
from hypernodes.scopes import tracer_of

if TYPE_CHECKING:
    from hypernodes.engines.base import Engine, Gathered
    from hypernodes.shipping import Policy

OnError: TypeAlias = Literal["raise", "collect", "skip"]
Names: TypeAlias = str | Sequence[str] | None
_PLANS_KEPT = 512


class Verbs:
    """The verbs of `Pipeline`, over the graph, bound values and engine that it holds."""

    __slots__ = ()

    _graph: Graph
    _bound: dict[str, Any]
    _engine: Engine | None
    _name: str | None
    _plans: dict[tuple[Any, ...], Plan]
    _policy: Policy | None

    def run(
        self,
        inputs: Mapping[str, Any] | None = None,
        output_name: Names = None,
        *,
        engine: Engine | None = None,
        progress: bool = False,
    ) -> dict[str, Any]:
        """Run once; returns every output, or those of `output_name`, by name.

        Only what they need is computed. A value given for a node's output replaces the
        node. Raises `InputError` for missing and unexpected inputs, before anything
        runs; what a node raises keeps its type and gets a note. `progress` shows how far
        it is (on a terminal, in a notebook, or as lines of text).
        """
        try:
            # The usual call pays for no copy and no check: a plan found under these very
            # names was checked when it was made. Engines do not write to the values.
            values = self._values(inputs) if self._bound or type(inputs) is not dict else inputs
            try:
                plan = self._plans.get((output_name, *values))
            except TypeError:  # names in a list
                plan = None
            if plan is None:
                plan = self._plan(values, output_name)
            if engine is None and self._engine is None and not progress:
                return _default_engine().run(plan, values, PLAIN)
            chosen = self._chosen(engine)
            ctx = context_of(chosen, policy=self._policy)
            tracer = tracer_of(chosen, progress=progress)
            if tracer is None:
                return chosen.run(plan, values, ctx)
            from hypernodes.engines.base import run_told

            return run_told(chosen, plan, values, tracer, ctx)
        except BaseException as error:
            original = stopped(error)
            if original is not None:
                raise original from None
            trim(error)
            raise

    def map(
        self,
        inputs: Mapping[str, Any] | None = None,
        map_over: Names = None,
        *,
        map_mode: MapMode = "zip",
        output_name: Names = None,
        engine: Engine | None = None,
        on_error: OnError = "raise",
        progress: bool = False,
    ) -> MapResult:
        """Run once for each item of the inputs named by `map_over`.

        Several names are paired (`map_mode="zip"`) or combined each with each
        (`"product"`, the last name fastest). Returns the rows in order of the items.
        Raises as `run` does, and `InputError` for what is no series of items. With
        `on_error="collect"` a failed row keeps what was finished and `.errors` tells; with
        `"skip"` failed rows are dropped and `.index` holds the numbers of the others.
        `progress` shows how far it is.
        """
        try:
            from hypernodes.engines.base import gather

            plan, items, chosen, ctx = self._mapping(
                inputs, map_over, map_mode, output_name, engine, on_error, progress=progress
            )
            return _result(gather(chosen, plan, items, ctx), on_error)
        except BaseException as error:
            original = stopped(error)
            if original is not None:
                raise original from None
            trim(error)
            raise

    def stream(
        self,
        inputs: Mapping[str, Any] | None = None,
        map_over: Names = None,
        *,
        map_mode: MapMode = "zip",
        output_name: Names = None,
        engine: Engine | None = None,
        on_error: OnError = "raise",
        ordered: bool = True,
    ) -> Iterator[dict[str, Any]]:
        """As `map`, but yields each row as soon as it is there, and keeps none.

        Items may come from a generator: it is read no further than needed. With
        `ordered=False` rows come as they finish. With `on_error="collect"` a failed row
        has None for what was not finished; with `"skip"` it does not come.
        """
        from hypernodes.engines.base import rows_of

        plan, items, chosen, ctx = self._mapping(
            inputs, map_over, map_mode, output_name, engine, on_error, ordered=ordered
        )
        return rows_of(chosen, plan, items, ctx, skip=on_error == "skip")

    async def arun(
        self,
        inputs: Mapping[str, Any] | None = None,
        output_name: Names = None,
        *,
        engine: Engine | None = None,
        threads: bool = False,
    ) -> dict[str, Any]:
        """`run` for async code: async nodes are awaited in the caller's event loop.

        Plain nodes run in the loop's own thread, with `threads=True` in others. Engines
        other than `SeqEngine` run in another thread.
        """
        try:
            from hypernodes.engines.aio import run

            values = self._values(inputs)
            plan = self._plan(values, output_name)
            chosen = self._chosen(engine)
            ctx = context_of(chosen, policy=self._policy)
            return await run(chosen, plan, values, ctx, threads=threads)
        except BaseException as error:
            trim(error)
            raise

    async def amap(
        self,
        inputs: Mapping[str, Any] | None = None,
        map_over: Names = None,
        *,
        map_mode: MapMode = "zip",
        output_name: Names = None,
        engine: Engine | None = None,
        on_error: OnError = "raise",
        concurrency: int | None = None,
        threads: bool = False,
    ) -> MapResult:
        """`map` for async code: up to `concurrency` items (default 100) at once.

        Cancelling it cancels the items under way.
        """
        try:
            from hypernodes.engines.aio import chunks
            from hypernodes.engines.base import Gathered

            plan, items, chosen, ctx = self._mapping(
                inputs, map_over, map_mode, output_name, engine, on_error, ordered=False
            )
            found = Gathered(plan.outputs)
            async for chunk in chunks(chosen, plan, items, ctx, concurrency, threads=threads):
                found.add(chunk)
            found.check(chosen, plan, items.size)
            return _result(found, on_error)
        except BaseException as error:
            trim(error)
            raise

    async def astream(
        self,
        inputs: Mapping[str, Any] | None = None,
        map_over: Names = None,
        *,
        map_mode: MapMode = "zip",
        output_name: Names = None,
        engine: Engine | None = None,
        on_error: OnError = "raise",
        ordered: bool = True,
        concurrency: int | None = None,
        threads: bool = False,
    ) -> AsyncIterator[dict[str, Any]]:
        """`stream` for async code; the items may come from an async generator."""
        try:
            from hypernodes.engines.aio import chunks

            plan, items, chosen, ctx = self._mapping(
                inputs, map_over, map_mode, output_name, engine, on_error, ordered=ordered
            )
            async for chunk in chunks(chosen, plan, items, ctx, concurrency, threads=threads):
                for row in chunk.rows(skip=on_error == "skip"):
                    yield row
        except BaseException as error:
            trim(error)
            raise

    def replay(self, error: BaseException) -> Any:
        """Run the node that raised `error` again, here, with the inputs it had.

        For a debugger: set a breakpoint in the node, or ``pdb.runcall(pipeline.replay,
        error)``. Returns what the node returns or raises what it raises. Raises
        `InputError` for an exception that no node raised.
        """
        failure = kept_failure(error)
        if failure is None:
            raise InputError(
                f"this {type(error).__name__} does not come from a node of a run or a map",
                hint="pass the exception that run or map raised, or one of MapResult.errors",
                parameter="error",
            )
        result = failure.again()
        if inspect.iscoroutine(result):
            from hypernodes.engines.base import drive

            return drive(result)
        return result

    # How a verb's arguments become a plan, values and an engine

    def _mapping(
        self,
        inputs: Mapping[str, Any] | None,
        map_over: Names,
        map_mode: MapMode,
        output_name: Names,
        engine: Engine | None,
        on_error: OnError,
        *,
        ordered: bool | None = None,
        progress: bool = False,
    ) -> tuple[Plan, Items, Engine, Context]:
        if on_error not in ("raise", "collect", "skip"):
            raise InputError(
                f"on_error must be 'raise', 'collect' or 'skip', got {on_error!r}",
                hint="collect keeps failed rows and their errors, skip drops them",
                parameter="on_error",
            )
        values = self._values(inputs)
        names = self._map_names(map_over)
        plan = self._plan(values, output_name, names)
        items = items_from(values, names, map_mode, plan.name)
        chosen = self._chosen(engine)
        ctx = Context(
            "raise" if on_error == "raise" else "collect",
            streaming=ordered is not None,
            ordered=ordered is not False,
            previews=getattr(chosen, "previews", True),
            tracer=tracer_of(chosen, progress=progress),
            policy=self._policy,
        )
        return plan, items, chosen, ctx

    def _chosen(self, engine: Engine | None) -> Engine:
        if engine is not None:
            check_engine(engine)
            return engine
        return self._engine if self._engine is not None else _default_engine()

    def _values(self, inputs: Mapping[str, Any] | None) -> dict[str, Any]:
        if inputs is None:
            return dict(self._bound)
        if not isinstance(inputs, Mapping):
            raise InputError(
                f"inputs of {self._label} must be a dict of names to values, "
                f"got {type(inputs).__name__}",
                hint="pass {'name': value}",
                parameter="inputs",
            )
        return {**self._bound, **inputs}

    def _plan(
        self, values: Mapping[str, Any], output_name: Names, mapped: tuple[str, ...] = ()
    ) -> Plan:
        _check_output_name(output_name)
        outputs = (output_name,) if isinstance(output_name, str) else output_name
        requested = None if outputs is None else tuple(dict.fromkeys(outputs))
        plan = plan_for(self._graph, requested, frozenset(values), self._name or "pipeline")
        absent = [name for name in mapped if name not in values]
        if absent:
            raise InputError(
                f"{self._label} maps over {absent[0]!r}, which has no value",
                hint=f"pass inputs={{{absent[0]!r}: [...]}}",
                parameter=absent[0],
                missing=tuple(absent),
            )
        if not mapped and not isinstance(output_name, list):
            if len(self._plans) >= _PLANS_KEPT:
                self._plans.clear()
            self._plans[output_name, *values] = plan
        return plan

    def _map_names(self, map_over: Names) -> tuple[str, ...]:
        names = names_of(map_over)
        if names is None:
            raise InputError(
                f"{self._label}: map_over must be a name or a list of names, got {map_over!r}",
                hint=f"map_over={(self._graph.inputs or ('x',))[0]!r}",
                parameter="map_over",
            )
        if not names:
            raise InputError(
                f"{self._label}: map needs the name of an input to map over",
                hint=f"map_over={(self._graph.inputs or ('x',))[0]!r}",
                parameter="map_over",
            )
        for name in names:
            if name not in self._graph.known:
                raise InputError(
                    f"{self._label} has no input {name!r} to map over",
                    hint=did_you_mean(name, sorted(self._graph.known)),
                    parameter="map_over",
                )
        return names

    @property
    def _label(self) -> str:
        return f"pipeline {self._name!r}" if self._name else "the pipeline"


def names_of(map_over: Any) -> tuple[str, ...] | None:
    """The names in `map_over`, each once; None where it is something else."""
    if isinstance(map_over, str):
        return (map_over,)
    if map_over is None:
        return ()
    if not isinstance(map_over, Iterable):
        return None
    names = tuple(map_over)
    return tuple(dict.fromkeys(names)) if all(isinstance(n, str) for n in names) else None


def check_engine(engine: Any) -> None:
    """Raise `GraphError` for what cannot be an engine."""
    able = hasattr(engine, "run") and hasattr(engine, "map")
    if engine is not None and (isinstance(engine, type) or not able):
        what = f"the class {engine.__name__}" if isinstance(engine, type) else repr(engine)
        raise GraphError(
            f"an engine must have run and map, got {what}",
            hint="pass an instance such as SeqEngine()",
        )


@functools.cache
def _default_engine() -> Engine:
    from hypernodes.engines.local import SeqEngine

    return SeqEngine()


def _result(found: Gathered, on_error: OnError) -> MapResult:
    result = MapResult(found.columns, found.count, errors=found.errors)
    return result.without_errors() if on_error == "skip" else result


def _check_output_name(output_name: Any) -> None:
    names = output_name if isinstance(output_name, list | tuple) else [output_name]
    if output_name is not None and not all(isinstance(name, str) for name in names):
        raise DependencyError(
            f"output_name must be a name or a list of names, got {output_name!r}",
            hint="output_name='result' or output_name=['first', 'second']",
            name=output_name,
        )
