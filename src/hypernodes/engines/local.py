"""SeqEngine: the compiled plan, in this process and this thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypernodes.engines.base import Chunk, drive
from hypernodes.failures import annotate
from hypernodes.items import Items
from hypernodes.plan import Plan


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

    def run(self, plan: Plan, values: dict[str, Any]) -> dict[str, Any]:
        program = plan.program
        try:
            outputs: Any = program.function(values)
            result: dict[str, Any] = drive(outputs) if program.is_async else outputs
        except BaseException as error:
            annotate(error, previews=self.previews)
            raise
        return result

    def map(self, plan: Plan, items: Items) -> Iterator[Chunk]:
        program = plan.mapper(items.names)
        try:
            columns = program.function(items.rows(), items.values)
            if program.is_async:
                columns = drive(columns)
        except BaseException as error:
            annotate(error, previews=self.previews)
            raise
        yield Chunk(range(len(items)), dict(zip(plan.outputs, columns, strict=True)))
