"""Traced programs: every call goes through a scope, for listeners and the cache.

def run(rows, values, scope):
    v0 = scope.constant(values['encoder'])
    v1 = []
    for t0, v2 in scope.items(rows):
        v2 = t0.ref(v2)
        v3 = t0.call(c0, f0, v2, v0)
        v1.append(t0.value(v3))
        t0.end()
    return (v1,)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypernodes.batching import BatchCall
from hypernodes.calls import CallSite
from hypernodes.columns import ColumnWriter
from hypernodes.emit import Place, Site, nested_runner
from hypernodes.node import is_async
from hypernodes.plan import Call, Plan, SubMap, SubRun
from hypernodes.policies import with_policies
from hypernodes.scopes import close


class TracedWriter(ColumnWriter):
    """A writer of programs that take a scope as their last argument."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._scopes = 0
        self._lists_of_scopes: dict[str, str] = {}

    def _scope(self) -> str:
        self._scopes += 1
        return f"t{self._scopes - 1}"

    def read(self, name: str) -> str:
        slot = self.slot()
        self.line(f"{slot} = scope.constant(values[{name!r}])")
        return slot

    def loop(
        self,
        plan: Plan,
        shared: dict[str, str],
        map_over: tuple[str, ...],
        rows: str,
        place: Place,
        site: Site | None = None,
    ) -> list[str]:
        outermost = place.scope == "scope"
        lists = [self.slot() for _ in plan.outputs]
        for each in lists:
            self.line(f"{each} = []")
        for slot in shared.values():
            self.hold(slot)
        items = {name: self.slot() for name in map_over}
        scope = self._scope()
        self._for(items, f"{place.scope}.items({rows})", scope, site)
        inside = place.in_loop(lists[:1], scope)
        if outermost and lists:
            known = ", ".join(f"{n!r}: {v}" for n, v in {**shared, **items}.items())
            key = f"{scope}.row({self.constant('p', plan)}, {{{known}}})"
            self.line(f"key, hit = {key}")
            self.line("if hit is not None:")
            for i, each in enumerate(lists):
                self.line(f"    {each}.append(hit[{i}])")
            self.line("    continue")
        made = self.body(plan, {**shared, **items}, inside)
        for name, each in zip(plan.outputs, lists, strict=True):
            value = f"{scope}.value({made[name]})" if outermost else made[name]
            self.line(f"{each}.append({value})")
        if outermost and lists:
            outputs = ", ".join(made[name] for name in plan.outputs)
            self.line(f"{scope}.row_done(key, ({outputs},))")
        else:
            self.line(f"{scope}.end()")
        self.indent = self.indent[:-4]
        for slot in (*made.values(), *shared.values()):
            self.release(slot)
        return lists

    def guarded_loop(
        self, plan: Plan, shared: dict[str, str], map_over: tuple[str, ...], place: Place
    ) -> list[str]:
        lists = [self.slot() for _ in plan.outputs]
        count = self.slot()
        for each in (*lists, count):
            self.line(f"{each} = []")
        for slot in shared.values():
            self.hold(slot)
        items = {name: self.slot() for name in map_over}
        scope = self._scope()
        self._for(items, f"{place.scope}.items(rows)", scope)
        kept = {name: f"r{i}" for i, name in enumerate(plan.outputs)}
        if kept:
            self.line(f"{' = '.join(kept.values())} = {scope}.ref(None)")
        self.line("try:")
        self.indent += "    "
        self.body(plan, {**shared, **items}, place.in_loop([count], scope), kept)
        self.line(f"{scope}.end()")
        self.indent = self.indent[:-4]
        self.line("except Exception as error:")
        self.line(f"    {self.constant('close', close)}(error, {scope}, {place.scope})")
        self.line(f"    fail(len({count}), error)")
        self.line(f"{count}.append(None)")
        for name, each in zip(plan.outputs, lists, strict=True):
            self.line(f"{each}.append({scope}.value({kept[name]}))")
        self.indent = self.indent[:-4]
        return lists

    def _for(
        self, items: Mapping[str, str], rows: str, scope: str, site: Site | None = None
    ) -> None:
        targets = ", ".join(items.values())
        self.line(f"for {scope}, {f'({targets})' if len(items) > 1 else targets} in {rows}:", site)
        self.indent += "    "
        for slot in items.values():
            self.line(f"{slot} = {scope}.ref({slot})")

    # Calls, nested pipelines, constants

    def _invocation(self, step: Call, slots: Mapping[str, str], place: Place) -> str:
        node = step.node
        arguments, names = self._arguments(step, slots)
        site = self.constant("c", CallSite(node, place.path, names, len(step.outputs)))
        func = self.constant("f", with_policies(node))
        call = f"{place.scope}.{'acall' if node.is_async else 'call'}"
        return f"{call}({', '.join(part for part in (site, func, arguments) if part)})"

    def _given(self, value: Any, place: Place) -> str:
        slot = self.slot()
        self.line(f"{slot} = {place.scope}.constant({self.constant('k', value)})")
        return slot

    def _taken(self, slot: str, place: Place) -> str:
        return f"{place.scope}.value({slot})"

    def _enter(self, name: str, place: Place, *, map: bool = False) -> Place:  # noqa: A002
        scope = self._scope()
        self.line(f"{scope} = {place.scope}.{'mapping' if map else 'nested'}({name!r})")
        return replace(place.within(name), scope=scope)

    def _leave(self, place: Place, lists: Sequence[str] = ()) -> None:
        for each in lists:
            self.line(f"{each} = {place.scope}.listed({each})")
        self.line(f"{place.scope}.end()")

    def _runner(self, step: SubRun | SubMap, place: Place, values: str) -> str:
        runner = self.constant("m", nested_runner(step))
        wait = "await " if step.inline and step.plan.is_async else ""
        return f"{place.scope}.refs({wait}{runner}({values}, {place.scope}))"

    # Columns: batch calls

    def map_loop(
        self,
        plan: Plan,
        shared: dict[str, str],
        map_over: tuple[str, ...],
        rows: str,
        place: Place,
        site: Site | None = None,
    ) -> list[str]:
        if not plan.has_batches:
            return self.loop(plan, shared, map_over, rows, place, site)
        opened = f"{place.scope}.opened_rows({rows})"
        lists = super().map_loop(plan, shared, map_over, opened, place, site)
        scopes = self._lists_of_scopes.pop(place.scope)
        self.line(f"for each in {scopes}: each.end()")
        if place.scope == "scope":
            for each in lists:
                self.line(f"{each} = [{place.scope}.value(ref) for ref in {each}]")
        return lists

    def _columns(
        self,
        plan: Plan,
        shared: Mapping[str, str],
        columns: dict[str, str],
        size: str,
        place: Place,
    ) -> dict[str, str]:
        if place.scope not in self._lists_of_scopes:
            scopes = self._scope()
            self._lists_of_scopes[place.scope] = scopes
            self.line(f"{scopes} = [{place.scope}.item(i) for i in range({size})]")
            for slot in columns.values():
                self.line(f"{slot} = [{place.scope}.ref(value) for value in {slot}]")
        return super()._columns(plan, shared, columns, size, place)

    def _segment_loop(
        self,
        part: Plan,
        fixed: dict[str, str],
        mapped: Mapping[str, str],
        size: str,
        place: Place,
    ) -> list[str]:
        lists = [self.slot() for _ in part.outputs]
        for each in lists:
            self.line(f"{each} = []")
        for slot in fixed.values():
            self.hold(slot)
        items = {name: self.slot() for name in mapped}
        scope = self._scope()
        targets = ", ".join((scope, *items.values()))
        scopes = self._lists_of_scopes[place.scope]
        self.line(
            f"for {targets}{',' * (not items)} in zip({', '.join((scopes, *mapped.values()))}):"
        )
        self.indent += "    "
        made = self.body(part, {**fixed, **items}, place.in_loop(lists[:1], scope))
        for name, each in zip(part.outputs, lists, strict=True):
            self.line(f"{each}.append({made[name]})")
        self.indent = self.indent[:-4]
        for slot in (*made.values(), *fixed.values()):
            self.release(slot)
        return lists

    def _batch_lines(
        self,
        step: Call,
        call: BatchCall,
        mapped: Mapping[str, str],
        fixed: Mapping[str, str],
        made: Sequence[str],
        size: str,
        place: Place,
    ) -> None:
        node = step.node
        parts = [
            "{" + ", ".join(f"{name!r}: {slot}" for name, slot in group.items()) + "}"
            for group in (mapped, fixed)
        ]
        arguments = (
            self.constant("c", CallSite(node, place.path, (), len(step.outputs))),
            self._lists_of_scopes[place.scope],
            self.constant("l", call),
            self.constant("b", with_policies(node, call.func)),
            *parts,
        )
        wait, name = ("await ", "abatch") if is_async(call.func) else ("", "batch")
        answer = f"{wait}{place.scope}.{name}({', '.join(arguments)})"
        site = place.site(node.name, tuple({**mapped, **fixed}.items()), node)
        self.line(f"{', '.join(made)}, = {answer}", site)
