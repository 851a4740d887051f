"""The engine protocol, and what every engine needs around it, once."""

from __future__ import annotations

import contextvars
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

from hypernodes.errors import EngineError
from hypernodes.items import Items
from hypernodes.plan import Plan

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Finished rows of a map: `columns[name][i]` belongs to item `indices[i]`."""

    indices: Sequence[int]
    columns: dict[str, list[Any]]


@runtime_checkable
class Engine(Protocol):
    """Runs a plan once, or over items. This is all that an engine must do.

    `run` returns the plan's outputs by name. `map` yields the rows in chunks, in any
    order. An exception of the user's leaves as itself, with `failures.annotate` done
    where its frames are. `previews` tells whether notes may show values.
    """

    previews: bool

    def run(self, plan: Plan, values: dict[str, Any]) -> dict[str, Any]: ...
    def map(self, plan: Plan, items: Items) -> Iterator[Chunk]: ...


def map_columns(engine: Engine, plan: Plan, items: Items) -> tuple[list[Any], ...]:
    """The outputs of a map in the order of the items, one list per output."""
    total = len(items)
    if not total:
        return tuple([] for _ in plan.outputs)
    columns: dict[str, list[Any]] | None = None
    done = 0
    for chunk in engine.map(plan, items):
        if len(chunk.indices) == total:
            return tuple(chunk.columns[name] for name in plan.outputs)
        if columns is None:
            columns = {name: [None] * total for name in plan.outputs}
        for name, column in columns.items():
            for index, value in zip(chunk.indices, chunk.columns[name], strict=True):
                column[index] = value
        done += len(chunk.indices)
    if columns is None or done != total:
        raise EngineError(
            f"{type(engine).__name__} returned {done} of {total} rows of {plan.name!r}",
            hint="this is a defect of the engine: its map must yield every row once",
        )
    return tuple(columns[name] for name in plan.outputs)


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
