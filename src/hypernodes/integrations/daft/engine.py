"""DaftEngine: stages of a plan as Daft queries."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from hypernodes.context import Context, context_of
from hypernodes.engines.base import Chunk, Engine, map_columns, no_cache_away, run_nested
from hypernodes.engines.stages import absorb, engines_of, stages_of
from hypernodes.extras import require
from hypernodes.items import Items, items_of
from hypernodes.listeners import listeners, options
from hypernodes.plan import Plan, SubMap, SubRun
from hypernodes.policies import check_timeouts


@dataclass(kw_only=True, unsafe_hash=True)
class DaftEngine:
    """Runs pipelines on Daft; the results are the objects that `SeqEngine` gives.

    In this process nothing is pickled: nodes work on the live objects. With
    `processes=True` they run in worker processes of Daft's, which need not be able to
    import the code: it travels. `callbacks` hear what happens, `cache` answers for
    what ran before, `previews=False` keeps values out of notes and events.
    Raises `ImportError` where Daft is not installed.

    >>> from hypernodes import Pipeline, node
    >>> @node(output_name="y")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> pipeline = Pipeline([double], engine=DaftEngine())
    >>> pipeline.map({"x": [1, 2, 3]}, map_over="x")["y"]
    [2, 4, 6]
    """

    processes: bool = False
    cache: Any = field(default=None, hash=False)
    callbacks: Iterable[Any] = field(default=(), hash=False)
    previews: bool = True

    def __post_init__(self) -> None:
        require("daft", "DaftEngine")
        if self.cache is not None and self.processes:
            raise no_cache_away("DaftEngine")
        self.callbacks = listeners(self.callbacks)

    def __repr__(self) -> str:
        parts = ["processes=True"] * self.processes + [options(self)] * bool(options(self))
        return f"DaftEngine({', '.join(parts)})"

    def run(self, plan: Plan, values: dict[str, Any], ctx: Context) -> dict[str, Any]:
        plan, place = self._own(plan), self._place()
        known = dict(values)
        for stage in stages_of(plan, nested_maps=False):
            if stage.step is None:
                inputs = {name: known[name] for name in stage.plan.inputs}
                made = place.run_row(stage.plan, inputs, ctx)
            else:
                made = self._nested(stage.step, stage.plan, known, ctx)
            for name in stage.forget:
                del known[name]
            known |= made
        return {name: known[name] for name in plan.outputs}

    def map(self, plan: Plan, items: Items, ctx: Context) -> Iterator[Chunk]:
        chunks: Iterator[Chunk] = self._place().map_rows(self._own(plan), items, ctx)
        return chunks

    def _nested(
        self, step: SubMap | SubRun, plan: Plan, known: dict[str, Any], ctx: Context
    ) -> dict[str, Any]:
        """A nested pipeline as rows of its own query, or on the engine that it names."""
        values = {**step.constants, **{name: known[outer] for name, outer in step.feeds.items()}}
        if step.engine is not None:
            ctx = context_of(step.engine, ctx.scope, ctx.policy)
        engine: Engine = self if step.engine is None else step.engine
        if isinstance(step, SubMap):
            items = items_of(step, values)
            wrapped = plan is not step.plan
            columns = map_columns(engine, plan, items, ctx, step.name, wrapped=wrapped)
            made = dict(zip(plan.outputs, columns, strict=True))
        else:
            made = run_nested(engine, plan, values, ctx, step.name)
        return {outer: made[name] for name, outer in step.gives.items()}

    def _place(self) -> ModuleType:
        """Where rows run: a module with `run_row` and `map_rows`."""
        from hypernodes.integrations.daft.query import need_native_runner

        need_native_runner()
        from hypernodes.integrations.daft import local, processes

        return processes if self.processes else local

    def _own(self, plan: Plan) -> Plan:
        """The plan as this engine runs it, with or without the engines that it names."""
        if plan.has_timeouts:
            check_timeouts(plan, "DaftEngine")
        engines = [each for each in engines_of(plan) if each is not None]
        if not engines:
            return plan
        if not self.processes:
            return absorb(plan, self)
        others = [each for each in engines if each != self]
        if others:
            _warn_once(f"{self} runs nested pipelines in its workers: {others[0]} is not used")
        return plan.without_engines


@functools.cache
def _warn_once(text: str) -> None:
    warnings.warn(text, stacklevel=5)
