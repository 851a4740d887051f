"""A plan cut into stages, so that the maps in a run can be spread over workers.

A stage is a region (consecutive calls, as a plan of their own that hands on only what
somebody after it reads), a mapped nested pipeline, a nested pipeline with such a map in
it, or one that keeps an engine of its own.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from hypernodes.plan import Call, Plan, Step, SubMap, SubRun


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What runs at once, and the names that nobody reads after it.

    `plan` is a region where `step` is None. Else `step` is a nested pipeline, and `plan`
    what runs for each of its items, or once.
    """

    plan: Plan
    step: SubMap | SubRun | None
    forget: tuple[str, ...]


_plans: weakref.WeakKeyDictionary[Plan, dict[Any, Plan]] = weakref.WeakKeyDictionary()
_stages: weakref.WeakKeyDictionary[Plan, dict[bool, tuple[Stage, ...]]] = (
    weakref.WeakKeyDictionary()
)


def absorb(plan: Plan, engine: Any) -> Plan:
    """The plan where nested pipelines that name an equal engine are part of the outer."""
    if not any(each is not None for each in engines_of(plan)):
        return plan
    known = _plans.setdefault(plan, {})
    found = known.get(engine)
    if found is None:
        steps = tuple(
            step
            if isinstance(step, Call)
            else replace(
                step,
                plan=absorb(step.plan, engine),
                engine=None if step.engine == engine else step.engine,
            )
            for step in plan.steps
        )
        found = known[engine] = Plan(plan.name, plan.inputs, plan.outputs, steps)
    return found


def engines_of(plan: Plan) -> Iterator[Any]:
    """The engine, or None, of every nested pipeline of the plan."""
    for step in plan.steps:
        if not isinstance(step, Call):
            yield step.engine
            yield from engines_of(step.plan)


def has_maps(plan: Plan) -> bool:
    """Whether a run of the plan has a map, or another engine's work, to hand out."""
    return any(not isinstance(step, Call) and not _part_of_region(step) for step in plan.steps)


def stages_of(plan: Plan, *, nested_maps: bool = True) -> tuple[Stage, ...]:
    """The stages of a plan, in order.

    Without `nested_maps` a nested pipeline that is not mapped itself stays whole: the maps
    in it are loops of its region.
    """
    known = _stages.get(plan, {})
    found = known.get(nested_maps)
    if found is None:
        parts = list(_parts(plan.steps, nested_maps=nested_maps))
        if len(parts) == 1 and isinstance(parts[0], tuple):
            return (Stage(plan, None, ()),)  # not kept: it would keep its own key alive
        found = tuple(_stages_from(plan, parts))
        _stages.setdefault(plan, {})[nested_maps] = found
    return found


def each_step(plan: Plan) -> tuple[Stage, ...]:
    """Every step of a plan as a stage of its own."""
    parts: list[tuple[Step, ...] | SubMap | SubRun] = [
        (step,) if isinstance(step, Call) or _part_of_region(step) else step for step in plan.steps
    ]
    return tuple(_stages_from(plan, parts))


def _parts(
    steps: tuple[Step, ...], *, nested_maps: bool
) -> Iterator[tuple[Step, ...] | SubMap | SubRun]:
    """Steps by stage: regions as tuples, what stands alone as itself."""
    region: list[Step] = []
    for step in steps:
        if isinstance(step, Call) or _part_of_region(step, nested_maps=nested_maps):
            region.append(step)
            continue
        if region:
            yield tuple(region)
            region = []
        yield step
    if region:
        yield tuple(region)


def _part_of_region(step: SubRun | SubMap, *, nested_maps: bool = True) -> bool:
    if isinstance(step, SubMap):
        # A map on SeqEngine (`inline`) asked for a loop; one without an engine is spread.
        return step.inline and step.engine is not None
    whole = not nested_maps or step.engine is not None
    return step.inline and (whole or not has_maps(step.plan))


def _stages_from(plan: Plan, parts: list[tuple[Step, ...] | SubMap | SubRun]) -> Iterator[Stage]:
    read_by = [_reads(part) for part in parts]
    last: dict[str, int] = {}
    for i, names in enumerate(read_by):
        last.update(dict.fromkeys(names, i))
    last.update(dict.fromkeys(plan.outputs, len(parts)))
    for i, part in enumerate(parts):
        forget = tuple(name for name in read_by[i] if last[name] == i)
        if isinstance(part, tuple):
            made = (name for step in part for name in step.outputs)
            outputs = tuple(name for name in made if last.get(name, -1) > i)
            yield Stage(Plan(plan.name, read_by[i], outputs, part), None, forget)
        elif part.engine is None and isinstance(part, SubMap):
            yield Stage(_within(plan.name, part), part, forget)
        else:
            yield Stage(part.plan, part, forget)


def _within(outer: str, step: SubMap) -> Plan:
    """The plan of a step so that notes on exceptions name the pipeline around it too."""
    inner = step.plan
    feeds, gives = ({name: name for name in names} for names in (inner.inputs, inner.outputs))
    return Plan(outer, inner.inputs, inner.outputs, (SubRun(step.name, inner, feeds, {}, gives),))


def _reads(part: tuple[Step, ...] | SubMap | SubRun) -> tuple[str, ...]:
    """The names that a part takes from outside."""
    if not isinstance(part, tuple):
        return part.reads
    made: set[str] = set()
    reads: dict[str, None] = {}
    for step in part:
        reads.update(dict.fromkeys(name for name in step.reads if name not in made))
        made.update(step.outputs)
    return tuple(reads)
