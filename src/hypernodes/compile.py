"""A plan -> one straight-line Python function.

Two shapes come from one generator. A run reads a dict and returns a dict:

    def run(values):
        v0 = values['raw']
        v1 = f0(v0)
        return {'passage': v1}

A map loops over rows and returns one list per output:

    def run(rows, values):
        v0 = values['encoder']
        v1 = []
        for v2 in rows:
            v1.append(f0(v2, v0))
        return (v1,)

Nested plans and nested maps are written into the same source; `emit` does the writing. Success
pays nothing for good errors: `Program` keeps what every line does, and `failures` reads the
frame of the line that failed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypernodes.columns import ColumnWriter
from hypernodes.emit import Place, Site, Writer
from hypernodes.plan import Plan

MARK = "__hypernodes__"
_serial = itertools.count(1)


@dataclass(eq=False)
class Program:
    """A compiled plan. `function` is what engines call."""

    plan: Plan
    source: str
    sites: dict[int, Site]  # by line number
    map_over: tuple[str, ...]
    function: Callable[..., Any] = field(init=False)
    is_async: bool = False


def compile_run(plan: Plan, *, traced: bool = False) -> Program:
    """The plan as ``function(values) -> dict``; a coroutine function where it is async.

    Traced programs take a scope as a further, last argument.
    """
    writer = _writer(plan, traced=traced)
    writer.header("values, scope" if traced else "values")
    inputs = {name: writer.read(name) for name in plan.inputs}
    place = Place((plan.name,))
    slots = writer.body(plan, inputs, place)
    pairs = ", ".join(f"{name!r}: {writer._taken(slots[name], place)}" for name in plan.outputs)
    writer.line(f"return {{{pairs}}}")
    return _finish(writer, plan)


def compile_map(plan: Plan, map_over: tuple[str, ...], *, traced: bool = False) -> Program:
    """The plan as ``function(rows, values) -> (list, ...)``, a list for each output."""
    writer = _writer(plan, traced=traced)
    writer.header("rows, values, scope" if traced else "rows, values")
    shared = {name: writer.read(name) for name in plan.inputs if name not in map_over}
    lists = writer.map_loop(plan, shared, map_over, "rows", Place((plan.name,)))
    writer.line(f"return ({''.join(f'{each}, ' for each in lists)})")
    return _finish(writer, plan, map_over)


def compile_guarded(plan: Plan, map_over: tuple[str, ...], *, traced: bool = False) -> Program:
    """As `compile_map`, but ``function(rows, values, fail)`` goes on after an exception.

    It calls ``fail(position, error)`` and keeps what the row had finished. Batch
    implementations are not used: their exceptions do not tell which item failed.
    """
    writer = _writer(plan, traced=traced)
    writer.header("rows, values, fail, scope" if traced else "rows, values, fail")
    shared = {name: writer.read(name) for name in plan.inputs if name not in map_over}
    lists = writer.guarded_loop(plan, shared, map_over, Place((plan.name,)))
    writer.line(f"return ({''.join(f'{each}, ' for each in lists)})")
    return _finish(writer, plan, map_over)


def _writer(plan: Plan, *, traced: bool) -> ColumnWriter:
    if not traced:
        return ColumnWriter(plan)
    from hypernodes.traced import TracedWriter  # only where somebody listens

    return TracedWriter(plan)


def _finish(writer: Writer, plan: Plan, map_over: tuple[str, ...] = ()) -> Program:
    source = "\n".join(writer.lines) + "\n"
    program = Program(plan, source, writer.sites, map_over, is_async=writer.is_async)
    # linecache finds the source through the loader when a traceback wants it, and
    # forgets it with the program: nothing global holds on to it.
    names = {
        **writer.globals,
        MARK: program,
        "__name__": f"hypernodes plan of {plan.name}",
        "__loader__": _Source(source),
    }
    code = compile(source, f"hypernodes-plan-{next(_serial)}.py", "exec")
    exec(code, names)  # noqa: S102 - our own generated source; user names are only literals
    program.function = names["run"]
    return program


class _Source:
    def __init__(self, source: str) -> None:
        self._source = source

    def get_source(self, name: str) -> str:
        return self._source
