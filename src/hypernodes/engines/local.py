"""SeqEngine: the compiled plan, in this process and this thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hypernodes.context import Context
from hypernodes.engines.base import Chunk, run_once, run_rows
from hypernodes.items import Items
from hypernodes.listeners import listeners, options
from hypernodes.plan import Plan
from hypernodes.policies import check_timeouts


class SeqEngine:
    """Runs a pipeline as one plain Python function, item after item.

    The default engine, and the measure of all others. `callbacks` hear what happens,
    `cache` answers for what ran before, `previews=False` keeps values out of the notes on
    exceptions.

    >>> from hypernodes import Pipeline, node
    >>> @node(output_name="y")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> Pipeline([double], engine=SeqEngine()).run({"x": 4})
    {'y': 8}
    """

    @property
    def inline(self) -> bool:
        """Whether a nested pipeline with this engine is simply compiled into the outer one."""
        return self.cache is None and not self.callbacks

    def __init__(
        self, *, cache: Any = None, callbacks: Iterable[Any] = (), previews: bool = True
    ) -> None:
        self.cache = cache
        self.callbacks = listeners(callbacks)
        self.previews = previews

    def __repr__(self) -> str:
        return f"SeqEngine({options(self)})"

    def run(self, plan: Plan, values: dict[str, Any], ctx: Context) -> dict[str, Any]:
        if plan.has_timeouts:
            check_timeouts(plan, "SeqEngine")
        return run_once(plan, values, ctx)

    def map(self, plan: Plan, items: Items, ctx: Context) -> Iterator[Chunk]:
        if plan.has_timeouts:
            check_timeouts(plan, "SeqEngine")
        if ctx.streaming:
            return (
                self._chunk(plan, items, ctx, [row], range(index, index + 1))
                for index, row in enumerate(items.rows())
            )
        rows = items.rows()
        if items.size is None and not plan.outputs:
            rows = list(rows)
        # Not from a generator: that would make a node's StopIteration a RuntimeError.
        return iter((self._chunk(plan, items, ctx, rows, None),))

    def _chunk(
        self, plan: Plan, items: Items, ctx: Context, rows: Any, indices: range | None
    ) -> Chunk:
        columns, errors = run_rows(plan, items.names, rows, items.values, ctx, indices)
        if indices is None:
            indices = range(len(columns[0]) if columns else len(items))
        return Chunk(indices, dict(zip(plan.outputs, columns, strict=True)), errors)
