"""Loops with batch calls in them: rows go through loops, columns through batch functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypernodes.batching import BatchCall
from hypernodes.emit import Place, Site, Writer
from hypernodes.items import unzipped
from hypernodes.node import is_async
from hypernodes.plan import Call, Plan, Step, SubRun
from hypernodes.policies import with_policies


class ColumnWriter(Writer):
    """A writer whose maps use the batch implementations that nodes have."""

    def map_loop(
        self,
        plan: Plan,
        shared: dict[str, str],
        map_over: tuple[str, ...],
        rows: str,
        place: Place,
        site: Site | None = None,
    ) -> list[str]:
        """As `loop`, with one batch call for each node that has a batch implementation.

        Between the batch calls the rows go through loops; what a later part reads is kept
        as a column.
        """
        if not plan.has_batches:
            return self.loop(plan, shared, map_over, rows, place, site)
        columns = {name: self.slot() for name in map_over}
        if len(columns) == 1:
            self.line(f"{columns[map_over[0]]} = list({rows})", site)
        else:
            unzip = self.constant("unzip", unzipped)
            self.line(f"{', '.join(columns.values())} = {unzip}({rows}, {len(columns)})", site)
        for slot in shared.values():
            self.hold(slot)
        size = self.slot()
        self.line(f"{size} = len({columns[map_over[0]]})")
        made = self._columns(plan, shared, columns, size, place)
        lists = []
        for name in plan.outputs:
            if name in made:
                lists.append(made[name])
            else:  # an input that is the same for every row, passed on
                lists.append(self.slot())
                self.line(f"{lists[-1]} = [{shared[name]}] * {size}")
        for slot in (size, *shared.values(), *shared.values()):
            self.release(slot)
        return lists

    def _columns(
        self,
        plan: Plan,
        shared: Mapping[str, str],
        columns: dict[str, str],
        size: str,
        place: Place,
    ) -> dict[str, str]:
        """The steps of a plan over columns; returns the columns of its outputs."""
        columns = dict(columns)
        steps = list(plan.steps)
        waiting: list[Step] = []
        for i, step in enumerate([*steps, None]):
            if step is not None and not step.has_batches:
                waiting.append(step)
                continue
            later = {name for rest in steps[i:] for name in rest.reads} | set(plan.outputs)
            if waiting:
                columns |= self._segment(plan, waiting, later, shared, columns, size, place)
                waiting = []
            if isinstance(step, Call):
                columns |= self._batch(step, shared, columns, size, place)
            elif isinstance(step, SubRun):
                columns |= self._columns_within(step, shared, columns, size, place)
            still = {name for rest in steps[i + 1 :] for name in rest.reads} | set(plan.outputs)
            for name in [n for n in columns if n not in still]:
                self.release(columns.pop(name))
        return columns

    def _segment(
        self,
        plan: Plan,
        steps: Sequence[Step],
        later: set[str],
        shared: Mapping[str, str],
        columns: Mapping[str, str],
        size: str,
        place: Place,
    ) -> dict[str, str]:
        made = [name for step in steps for name in step.outputs]
        reads = tuple(dict.fromkeys(n for step in steps for n in step.reads if n not in made))
        outputs = tuple(name for name in made if name in later)
        part = Plan(plan.name, reads, outputs, tuple(steps))
        mapped = tuple(name for name in reads if name in columns)
        fixed = {name: self.hold(shared[name]) for name in reads if name in shared}
        lists = self._segment_loop(part, fixed, {n: columns[n] for n in mapped}, size, place)
        return dict(zip(outputs, lists, strict=True))

    def _segment_loop(
        self,
        part: Plan,
        fixed: dict[str, str],
        mapped: Mapping[str, str],
        size: str,
        place: Place,
    ) -> list[str]:
        each = ", ".join(mapped.values())
        rows = f"zip({each})" if len(mapped) > 1 else each or f"range({size})"
        return self.loop(part, fixed, tuple(mapped), rows, place)

    def _batch(
        self,
        step: Call,
        shared: Mapping[str, str],
        columns: Mapping[str, str],
        size: str,
        place: Place,
    ) -> dict[str, str]:
        assert step.node.batch_func is not None
        call = BatchCall(step.node.batch_func, step.node.name, step.outputs)
        mapped = {p.name: columns[src] for p, src in step.arguments if src in columns}
        fixed = {p.name: shared[src] for p, src in step.arguments if src not in columns}
        made = {name: self.slot() for name in step.outputs}
        self._batch_lines(step, call, mapped, fixed, list(made.values()), size, place)
        return made

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
        column = self.constant("c", call.column)
        given = {name: f"{column}({name!r}, {slot})" for name, slot in mapped.items()}
        given |= fixed
        arguments = ", ".join(f"{name}={value}" for name, value in given.items())
        wait = "await " if is_async(call.func) else ""
        function = self.constant("b", with_policies(node, call.func))
        answer = f"{wait}{function}({arguments})"
        variables = tuple({**mapped, **fixed}.items())
        site = place.site(node.name, variables, node)
        self.line(f"{made[0]} = {answer} if {size} else None", site)
        results = f"{self.constant('l', call.results)}({made[0]}, {size})"
        self.line(f"{', '.join(made)}, = {results}", place.site(node.name, (), node))

    def _columns_within(
        self,
        step: SubRun,
        shared: Mapping[str, str],
        columns: Mapping[str, str],
        size: str,
        place: Place,
    ) -> dict[str, str]:
        fixed = {n: self.hold(shared[src]) for n, src in step.feeds.items() if src in shared}
        fixed |= {name: self._given(value, place) for name, value in step.constants.items()}
        mapped = {n: self.hold(columns[src]) for n, src in step.feeds.items() if src in columns}
        made = self._columns(step.plan, fixed, mapped, size, place.within(step.name))
        for slot in fixed.values():
            self.release(slot)
        given = {}
        for inner, outer in step.gives.items():
            given[outer] = made.get(inner) or self.slot()
            if inner not in made:
                self.line(f"{given[outer]} = [{fixed[inner]}] * {size}")
        return given
