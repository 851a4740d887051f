"""SeqEngine: the compiled plan, in this process and this thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypernodes.context import Context
from hypernodes.engines.base import Chunk, drive, run_rows
from hypernodes.failures import annotate
from hypernodes.items import Items
from hypernodes.plan import Plan
from hypernodes.policies import check_timeouts


class SeqEngine:
    """Runs a pipeline as one plain Python function, item after item.

    The default engine, and the measure of all others. `previews=False` keeps values out
    of the notes on exceptions.

    >>> from hypernodes import Pipeline, node
    >>> @node(output_name="y")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> Pipeline([double], engine=SeqEngine()).run({"x": 4})
    {'y': 8}
    """

    # A nested pipeline with this engine needs no border: it is compiled in.
    inline = True

    def __init__(self, *, previews: bool = True) -> None:
        self.previews = previews

    def __repr__(self) -> str:
        return "SeqEngine()" if self.previews else "SeqEngine(previews=False)"

    def run(self, plan: Plan, values: dict[str, Any], ctx: Context) -> dict[str, Any]:
        program = plan.program
        try:
            if plan.has_timeouts:
                check_timeouts(plan, "SeqEngine")
            outputs: Any = program.function(values)
            result: dict[str, Any] = drive(outputs) if program.is_async else outputs
        except BaseException as error:
            annotate(error, previews=ctx.previews)
            raise
        return result

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
