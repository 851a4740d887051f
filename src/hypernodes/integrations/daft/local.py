"""Stages in this process: the rows that Daft asks for, on the live objects."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any

from hypernodes.context import Context
from hypernodes.engines.base import Chunk, run_once, run_rows
from hypernodes.integrations.daft.desk import batches
from hypernodes.items import Items
from hypernodes.plan import Plan


def run_row(plan: Plan, values: dict[str, Any], ctx: Context) -> dict[str, Any]:
    """One run of a plan: a query of one row."""
    with closing(batches(1)) as todo:
        next(todo)
        return run_once(plan, values, ctx)


def map_rows(plan: Plan, items: Items, ctx: Context) -> Iterator[Chunk]:
    """A map: a query over all rows, or where they are to stream, over ever more rows."""
    if not ctx.streaming:
        yield from _query(plan, items, ctx, range(len(items)), functools.partial(_rows, items))
        return
    sizes = itertools.chain((2**i for i in range(10)), itertools.repeat(1024))
    for start, rows in items.batches(lambda: next(sizes)):
        numbers = range(start, start + len(rows))
        yield from _query(plan, items, ctx, numbers, functools.partial(_picked, rows))


def _query(
    plan: Plan,
    items: Items,
    ctx: Context,
    indices: range,
    rows: Callable[[Sequence[int]], Iterable[Any]],
) -> Iterator[Chunk]:
    """A query over the items of these indices; `rows` gives them by their number in it."""
    if not indices:
        return
    with closing(batches(len(indices))) as todo:
        for numbers in todo:
            here = (
                indices[numbers.start : numbers.stop]
                if isinstance(numbers, range)
                else [indices[number] for number in numbers]
            )
            columns, errors = run_rows(plan, items.names, rows(numbers), items.values, ctx, here)
            yield Chunk(here, dict(zip(plan.outputs, columns, strict=True)), errors)


def _rows(items: Items, numbers: Sequence[int]) -> Iterable[Any]:
    if isinstance(numbers, range):
        return items.rows(numbers.start, numbers.stop)
    return _picked(list(items.rows()), numbers)


def _picked(rows: list[Any], numbers: Sequence[int]) -> list[Any]:
    return [rows[number] for number in numbers]
