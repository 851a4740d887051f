"""Writes plans as Python source: variables, loops, calls.

A variable is used again soon after its value was read for the last time, so that values
live no longer than in code written by hand.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypernodes.context import context_of
from hypernodes.items import items_of, rows_of
from hypernodes.node import Node
from hypernodes.plan import EMPTY, Call, Plan, SubMap, SubRun, unwrap_outputs
from hypernodes.policies import with_policies

_DEEPEST = 12  # loops in loops in one function; Python itself allows 20


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """What one line of a program does: a node's call or a nested map."""

    path: tuple[str, ...]  # names of the pipelines around it, outermost first
    counters: tuple[str, ...]  # lists as long as the index of the item, for every loop around it
    node: Node[..., Any] | None  # None for a nested map or a nested engine
    name: str
    variables: tuple[tuple[str, str], ...]  # parameter -> local variable


@dataclass(frozen=True, slots=True)
class Place:
    """Where in nested plans and loops the writer is."""

    path: tuple[str, ...]
    counters: tuple[str, ...] = ()
    depth: int = 0
    scope: str = "scope"  # in traced programs: the variable of the scope around it

    def within(self, name: str) -> Place:
        return replace(self, path=(*self.path, name))

    def in_loop(self, counter: Sequence[str], scope: str = "") -> Place:
        return Place(self.path, (*self.counters, *counter), self.depth + 1, scope or self.scope)

    def site(
        self,
        name: str,
        variables: tuple[tuple[str, str], ...],
        node: Node[..., Any] | None = None,
    ) -> Site:
        return Site(self.path, self.counters, node, name, variables)


class Writer:
    """Writes the source of one program, line by line, and what every line does."""

    def __init__(self, plan: Plan) -> None:
        self.is_async = plan.is_async
        self.lines: list[str] = []
        self.indent = ""
        self.sites: dict[int, Site] = {}
        self.globals: dict[str, Any] = {}
        self._known: dict[int, str] = {}
        # How many names stand for a variable; at none it is free for the next value.
        self._held: dict[str, int] = {}
        self._free: list[str] = []

    def header(self, parameters: str) -> None:
        self.line(f"{'async ' if self.is_async else ''}def run({parameters}):")
        self.indent = "    "

    def line(self, text: str, site: Site | None = None) -> None:
        self.lines.append(self.indent + text)
        if site is not None:
            self.sites[len(self.lines)] = site

    def slot(self) -> str:
        slot = self._free.pop() if self._free else f"v{len(self._held)}"
        self._held[slot] = 1
        return slot

    def hold(self, slot: str) -> str:
        if slot in self._held:  # a constant is a global and needs no holding
            self._held[slot] += 1
        return slot

    def release(self, slot: str) -> None:
        if slot in self._held:
            self._held[slot] -= 1
            if not self._held[slot]:
                self._free.append(slot)

    def read(self, name: str) -> str:
        slot = self.slot()
        self.line(f"{slot} = values[{name!r}]")
        return slot

    def constant(self, prefix: str, value: Any) -> str:
        """The global name under which the program finds an object."""
        name = self._known.get(id(value))
        if name is None:
            name = self._known[id(value)] = f"{prefix}{len(self.globals)}"
            self.globals[name] = value
        return name

    def loop(
        self,
        plan: Plan,
        shared: dict[str, str],
        map_over: tuple[str, ...],
        rows: str,
        place: Place,
        site: Site | None = None,
    ) -> list[str]:
        """Write a loop over `rows`; returns the variables of the lists it fills.

        `shared` holds the variables that are the same for every row, and is given up.
        """
        lists = [self.slot() for _ in plan.outputs]
        for each in lists:
            self.line(f"{each} = []")
        for slot in shared.values():
            self.hold(slot)  # the next item reads it again
        items = {name: self.slot() for name in map_over}
        self.line(f"for {', '.join(items.values()) or '_'} in {rows}:", site)
        self.indent += "    "
        inside = place.in_loop(lists[:1])
        made = self.body(plan, {**shared, **items}, inside)
        last = len(self.lines) - 1
        for name, each in zip(plan.outputs, lists, strict=True):
            assigned = f"{self.indent}{made[name]} = "
            if last + 1 in self.sites and self.lines[last].startswith(assigned):
                # What the last call returns goes straight into its list.
                call = self.lines[last].removeprefix(assigned)
                self.lines[last] = f"{self.indent}{each}.append({call})"
            else:
                self.line(f"{each}.append({made[name]})")
        if not plan.outputs:
            self.line("pass")
        self.indent = self.indent[:-4]
        for slot in (*made.values(), *shared.values()):
            self.release(slot)
        return lists

    map_loop = loop  # what a nested map is written as

    def guarded_loop(
        self, plan: Plan, shared: dict[str, str], map_over: tuple[str, ...], place: Place
    ) -> list[str]:
        """A loop over `rows` that goes on after an exception and keeps what was finished."""
        lists = [self.slot() for _ in plan.outputs]
        for each in lists:
            self.line(f"{each} = []")
        count = self.slot()
        self.line(f"{count} = []")
        for slot in shared.values():
            self.hold(slot)
        items = {name: self.slot() for name in map_over}
        self.line(f"for {', '.join(items.values())} in rows:")
        self.indent += "    "
        kept = {name: f"r{i}" for i, name in enumerate(plan.outputs)}
        if kept:
            self.line(f"{' = '.join(kept.values())} = None")
        self.line("try:")
        self.indent += "    "
        inside = place.in_loop([count])
        self.body(plan, {**shared, **items}, inside, kept)
        self.line("pass")
        self.indent = self.indent[:-4]
        self.line("except Exception as error:")
        self.line(f"    fail(len({count}), error)")
        self.line(f"{count}.append(None)")
        for name, each in zip(plan.outputs, lists, strict=True):
            self.line(f"{each}.append({kept[name]})")
        self.indent = self.indent[:-4]
        return lists

    def body(
        self,
        plan: Plan,
        slots: dict[str, str],
        place: Place,
        kept: Mapping[str, str] = EMPTY,
    ) -> dict[str, str]:
        """Write the steps of a plan: names -> variables in, outputs -> variables out.

        The variables given are given up. `kept` are further variables that take an
        output as soon as it is there.
        """
        last = {name: i for i, step in enumerate(plan.steps) for name in step.reads}
        last.update(dict.fromkeys(plan.outputs, len(plan.steps)))
        slots = dict(slots)
        for name in [n for n in slots if n not in last]:
            self.release(slots.pop(name))
        for name in kept.keys() & slots.keys():
            self.line(f"{kept[name]} = {slots[name]}")
        for i, step in enumerate(plan.steps):
            dying = [name for name in dict.fromkeys(step.reads) if last[name] == i]
            if isinstance(step, Call):
                made = self._call(step, slots, place, dying)
            elif isinstance(step, SubRun) and step.inline:
                made = self._inline(step, slots, place, dying)
            elif isinstance(step, SubMap) and step.inline and place.depth < _DEEPEST:
                made = self._inline_map(step, slots, place, dying)
            else:
                made = self._elsewhere(step, slots, place, dying)
            for name, slot in made.items():
                if name in kept:
                    self.line(f"{kept[name]} = {slot}")
                if name in last:
                    slots[name] = slot
                else:
                    self.release(slot)
        return slots

    def _call(
        self, step: Call, slots: dict[str, str], place: Place, dying: Sequence[str]
    ) -> dict[str, str]:
        node = step.node
        call = self._invocation(step, slots, place)
        if node.is_async:
            call = f"await {call}"
        variables = tuple((p.name, slots[source]) for p, source in step.arguments)
        # Taken before the inputs are released: a store into the variable that was just read
        # measures slower.
        made = {name: self.slot() for name in step.outputs}
        for name in dying:
            self.release(slots.pop(name))
        first = made[step.outputs[0]]
        self.line(f"{first} = {call}", place.site(node.name, variables, node))
        if len(made) > 1:
            unwrap, this = self.constant("unwrap", unwrap_outputs), self.constant("n", node)
            self.line(f"if type({first}) is not tuple or len({first}) != {len(made)}:")
            self.line(f"    {first} = {unwrap}({this}, {first})", place.site(node.name, (), node))
            self.line(f"{', '.join(made.values())} = {first}")
        return made

    def _invocation(self, step: Call, slots: Mapping[str, str], place: Place) -> str:
        arguments, _ = self._arguments(step, slots)
        return f"{self.constant('f', with_policies(step.node))}({arguments})"

    def _arguments(self, step: Call, slots: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
        """The arguments as written, and the parameters of the positional ones."""
        given = {p.name: slots[source] for p, source in step.arguments}
        parameters = step.node.parameters
        last_positional = max(
            (i for i, p in enumerate(parameters) if p.positional_only and p.name in given),
            default=-1,
        )
        positional: dict[str, str] = {}
        keywords: list[str] = []
        in_order = True
        for i, p in enumerate(parameters):
            if p.name not in given:
                if i < last_positional and not p.by_keyword:
                    # What follows can only go by position: hold its place.
                    positional[p.name] = self.constant("d", p.default)
                else:
                    in_order = in_order and p.by_keyword
            elif p.by_keyword or not in_order:
                # Python folds look-alike letters of names in source, not in strings.
                plain = p.name.isidentifier() and p.name.isascii()
                plain = plain and not keyword.iskeyword(p.name)
                value = given[p.name]
                keywords.append(f"{p.name}={value}" if plain else f"**{{{p.name!r}: {value}}}")
            else:
                positional[p.name] = given[p.name]
        return ", ".join([*positional.values(), *keywords]), tuple(positional)

    def _inline(
        self, step: SubRun, slots: dict[str, str], place: Place, dying: Sequence[str]
    ) -> dict[str, str]:
        inner = {name: self.hold(slots[source]) for name, source in step.feeds.items()}
        inner |= {name: self._given(value, place) for name, value in step.constants.items()}
        for name in dying:
            self.release(slots.pop(name))
        within = self._enter(step.name, place)
        result = self.body(step.plan, inner, within)
        self._leave(within)
        return {outer: result[name] for name, outer in step.gives.items()}

    def _inline_map(
        self, step: SubMap, slots: dict[str, str], place: Place, dying: Sequence[str]
    ) -> dict[str, str]:
        inner = {name: self.hold(slots[source]) for name, source in step.feeds.items()}
        inner |= {name: self._given(value, place) for name, value in step.constants.items()}
        mapped = [inner.pop(name) for name in step.map_over]
        outer = tuple(step.feeds.get(name, name) for name in step.map_over)
        source = self.constant("rows", rows_of(outer, step.map_mode, step.name))
        rows = f"{source}({', '.join(self._taken(slot, place) for slot in mapped)})"
        variables = tuple((name, slots[source]) for name, source in step.feeds.items())
        for name in dying:
            self.release(slots.pop(name))
        site, within = place.site(step.name, variables), self._enter(step.name, place, map=True)
        lists = self.map_loop(step.plan, inner, step.map_over, rows, within, site)
        self._leave(within, lists)
        for slot in mapped:
            self.release(slot)
        return dict(zip(step.outputs, lists, strict=True))

    # What traced programs write otherwise

    def _given(self, value: Any, place: Place) -> str:
        """A constant, as calls take it."""
        return self.constant("k", value)

    def _taken(self, slot: str, place: Place) -> str:
        """A variable, as code other than calls takes it."""
        return slot

    def _enter(self, name: str, place: Place, *, map: bool = False) -> Place:  # noqa: A002
        return place.within(name)

    def _leave(self, place: Place, lists: Sequence[str] = ()) -> None:
        pass

    def _elsewhere(
        self, step: SubRun | SubMap, slots: dict[str, str], place: Place, dying: Sequence[str]
    ) -> dict[str, str]:
        taken = {n: self._taken(slots[source], place) for n, source in step.feeds.items()}
        feeds = ", ".join(f"{name!r}: {value}" for name, value in taken.items())
        constants = f"**{self.constant('k', step.constants)}" if step.constants else ""
        values = ", ".join(part for part in (constants, feeds) if part)
        variables = tuple((name, slots[source]) for name, source in step.feeds.items())
        for name in dying:
            self.release(slots.pop(name))
        made = {outer: self.slot() for outer in step.outputs}
        runner = self._runner(step, place, f"{{{values}}}")
        targets = ", ".join(made.values())
        site = place.site(step.name, variables)
        self.line(f"{targets}{',' * (len(made) == 1)} = {runner}", site)
        return made

    def _runner(self, step: SubRun | SubMap, place: Place, values: str) -> str:
        wait = "await " if step.inline and step.plan.is_async else ""
        return f"{wait}{self.constant('m', nested_runner(step))}({values})"


def nested_runner(step: SubRun | SubMap) -> Callable[..., Any]:
    """``function(inner values) -> tuple of the step's outputs`` for a nested step.

    In traced programs the scope around it is a second argument.
    """
    plan = step.plan
    engine = step.engine
    if isinstance(step, SubRun):
        names = tuple(step.gives)

        def run_elsewhere(values: dict[str, Any], scope: Any = None) -> tuple[Any, ...]:
            from hypernodes.engines.base import run_nested

            result = run_nested(engine, plan, values, context_of(engine, scope), step.name)
            return tuple(result[name] for name in names)

        return run_elsewhere

    if not step.inline:

        def map_elsewhere(values: dict[str, Any], scope: Any = None) -> tuple[list[Any], ...]:
            from hypernodes.engines.base import map_columns

            items = items_of(step, values)
            return map_columns(engine, plan, items, context_of(engine, scope), step.name)

        return map_elsewhere

    program = plan.mapper(step.map_over)
    function = program.function
    if program.is_async:

        async def map_awaiting(values: dict[str, Any], _scope: Any = None) -> Any:
            items = items_of(step, values)
            return await function(items.rows(), items.values)

        return map_awaiting

    def map_here(values: dict[str, Any], _scope: Any = None) -> Any:
        items = items_of(step, values)
        return function(items.rows(), items.values)

    return map_here
