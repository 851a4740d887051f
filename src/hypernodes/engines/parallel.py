"""ParallelEngine: the items of a map over threads, processes or any executor."""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, Literal, Self, TypeAlias

from hypernodes.context import Context, context_of
from hypernodes.engines import branches, shipped, threads, worker
from hypernodes.engines.base import Chunk, Engine, map_columns, no_cache_away, run_nested, run_once
from hypernodes.engines.local import SeqEngine
from hypernodes.engines.pool import WorkerPool, cpu_count
from hypernodes.engines.stages import Stage, absorb, engines_of, has_maps, stages_of
from hypernodes.errors import EngineError
from hypernodes.items import Items, items_of
from hypernodes.listeners import listeners, options
from hypernodes.plan import Plan, SubMap
from hypernodes.policies import check_timeouts

Where: TypeAlias = Literal["threads", "processes"] | Executor


class ParallelEngine:
    """Runs the items of a map side by side; the results are those of `SeqEngine`.

    `executor` is ``"threads"`` (live objects; for waiting and for code that frees the
    interpreter), ``"processes"`` (worker processes that need neither the user's code nor a
    guarded main: code travels), or any `concurrent.futures.Executor`. `workers` is how many
    work at once, `chunk_size` how many items go together (default: as many as keep all busy
    at little cost). With `parallel_branches` a run calls independent nodes side by side.
    `callbacks` hear what happens, `cache` answers for what ran before, `previews=False`
    keeps values out of notes and events.

    Workers start when needed and stay; `close()`, or ``with``, ends those of its own.
    Raises `EngineError` for arguments that do not fit, and when a worker is lost.

    >>> from hypernodes import ParallelEngine, Pipeline, node
    >>> @node(output_name="y")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> with ParallelEngine("threads", workers=4) as engine:
    ...     Pipeline([double], engine=engine).map({"x": [1, 2, 3]}, map_over="x")["y"]
    [2, 4, 6]
    """

    def __init__(
        self,
        executor: Where = "threads",
        *,
        workers: int | None = None,
        chunk_size: int | None = None,
        parallel_branches: bool = False,
        cache: Any = None,
        callbacks: Iterable[Any] = (),
        previews: bool = True,
    ) -> None:
        if not isinstance(executor, Executor) and executor not in ("threads", "processes"):
            raise EngineError(
                f'executor must be "threads", "processes" or an Executor, got {executor!r}',
                hint='ParallelEngine("processes")',
                parameter="executor",
            )
        for name, value in (("workers", workers), ("chunk_size", chunk_size)):
            if value is not None and not (type(value) is int and value >= 1):
                raise EngineError(
                    f"{name} must be a whole number from 1, got {value!r}",
                    hint="leave it out for a good one",
                    parameter=name,
                )
        self.executor = executor
        self.workers = workers or _workers_of(executor)
        self.chunk_size = chunk_size
        self.parallel_branches = parallel_branches
        self.cache = cache
        self.callbacks = listeners(callbacks)
        self.previews = previews
        self._in_threads = executor == "threads" or isinstance(executor, ThreadPoolExecutor)
        if cache is not None and not self._in_threads:
            raise no_cache_away("ParallelEngine")
        self._lock = threading.Lock()
        self._own: Executor | None = None

    def __repr__(self) -> str:
        parts = [repr(self.executor), f"workers={self.workers}"]
        parts += [f"chunk_size={self.chunk_size}"] * bool(self.chunk_size)
        parts += ["parallel_branches=True"] * self.parallel_branches
        parts += [options(self)] * bool(options(self))
        return f"ParallelEngine({', '.join(parts)})"

    def __ship_state__(self) -> tuple[Any, tuple[Any, ...]]:
        # Workers stay where they are; another process starts its own.
        state = (self.executor, self.workers, self.chunk_size, self.parallel_branches)
        return _restore, (*state, self.previews)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__ship_state__()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads or processes that this engine started; the next call starts new ones."""
        with self._lock:
            own, self._own = self._own, None
        if own is not None:
            own.shutdown(cancel_futures=True)

    # The engine protocol

    def run(self, plan: Plan, values: dict[str, Any], ctx: Context) -> dict[str, Any]:
        plan = self._fitted(plan)
        if self._is_inside():
            return SeqEngine().run(plan, values, ctx)
        if self.parallel_branches and len(plan.steps) > 1:
            return branches.run(plan, values, self.workers, functools.partial(self._stage, ctx=ctx))
        if not has_maps(plan):
            return self._region(plan, values, ctx)
        known = dict(values)
        for stage in stages_of(plan):
            made = self._stage(stage, known, ctx)
            for name in stage.forget:
                del known[name]
            known |= made
        return {name: known[name] for name in plan.outputs}

    def map(self, plan: Plan, items: Items, ctx: Context) -> Iterator[Chunk]:
        plan = self._fitted(plan)
        if self._is_inside():
            return SeqEngine().map(plan, items, ctx)
        map_rows = threads.map_rows if self._in_threads else shipped.map_rows
        return map_rows(plan, items, ctx, self._pool(), self.workers, self.chunk_size)

    # Its parts

    def _stage(self, stage: Stage, known: dict[str, Any], ctx: Context) -> dict[str, Any]:
        """The outputs of one stage of a run."""
        step, plan = stage.step, stage.plan
        if step is None:
            return self._region(plan, {name: known[name] for name in plan.inputs}, ctx)
        values = {**step.constants, **{name: known[outer] for name, outer in step.feeds.items()}}
        engine: Engine = self if step.engine is None else step.engine
        if step.engine is not None:
            ctx = context_of(step.engine, ctx.scope, ctx.policy)
        if isinstance(step, SubMap):
            items = items_of(step, values)
            wrapped = plan is not step.plan
            columns = map_columns(engine, plan, items, ctx, step.name, wrapped=wrapped)
            made = dict(zip(plan.outputs, columns, strict=True))
        else:
            made = run_nested(engine, plan, values, ctx, step.name)
        return {outer: made[name] for name, outer in step.gives.items()}

    def _region(self, plan: Plan, values: dict[str, Any], ctx: Context) -> dict[str, Any]:
        """A single run: here, as elsewhere it would only be later; unless a call may be stopped."""
        if plan.has_timeouts and not self._in_threads:
            made: dict[str, Any] = shipped.run_once(plan, values, ctx, self._pool())
            return made
        return run_once(plan, values, ctx)

    def _pool(self) -> Executor:
        if isinstance(self.executor, Executor):
            return self.executor
        with self._lock:
            if self._own is None:
                self._own = (
                    ThreadPoolExecutor(self.workers, thread_name_prefix="hypernodes")
                    if self._in_threads
                    else WorkerPool(self.workers)
                )
            return self._own

    def _is_inside(self) -> bool:
        """Whether this call comes from a worker: waiting for other workers could be for ever."""
        return worker.serving or (self._in_threads and threads.working.get())

    def _fitted(self, plan: Plan) -> Plan:
        """The plan as this engine runs it, with or without the engines that it names."""
        stoppable = self.executor == "processes" or isinstance(self.executor, WorkerPool)
        if plan.has_timeouts and not stoppable:
            check_timeouts(plan, repr(self))
        engines = [each for each in engines_of(plan) if each is not None]
        if not engines:
            return plan
        if self._in_threads:
            return absorb(plan, self)
        others = [each for each in engines if each is not self and not _is_plain(each)]
        if others:
            _warn_once(f"{self} runs nested pipelines in its workers: {others[0]} is not used")
        return plan.without_engines


def _is_plain(engine: Any) -> bool:
    """Whether an engine only asks for a loop, which is what a worker does anyway."""
    return getattr(engine, "inline", False) is True


@functools.cache
def _warn_once(text: str) -> None:
    warnings.warn(text, stacklevel=5)


def _workers_of(executor: Where) -> int:
    if executor == "threads":
        return min(32, cpu_count() + 4)
    known = getattr(executor, "workers", None) or getattr(executor, "_max_workers", None)
    return known if isinstance(known, int) and known > 0 else cpu_count()


def _restore(
    executor: Where,
    workers: int,
    chunk_size: int | None,
    parallel_branches: bool,
    previews: bool,
) -> ParallelEngine:
    return ParallelEngine(
        executor,
        workers=workers,
        chunk_size=chunk_size,
        parallel_branches=parallel_branches,
        previews=previews,
    )
