"""Plan: what really runs for these outputs and these given names.

Engines read plans, never pipelines. A plan is an immutable, ordered tuple of steps:

    Call     call the function of a node
    SubRun   run a nested plan once
    SubMap   run a nested plan for each item

Every step reads and writes names of its own plan; `feeds` and `gives` of a nested step
say how the names of the inner plan correspond to them.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from hypernodes.errors import GraphError, InputError, did_you_mean, quoted
from hypernodes.graph import Graph, GraphNode
from hypernodes.node import Node, Parameter

if TYPE_CHECKING:
    from hypernodes.compile import Program

MapMode: TypeAlias = Literal["zip", "product"]
_PLANS_KEPT = 512


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """Call `node.func` with `arguments`: (parameter, name read) in calling order."""

    node: Node[..., Any]
    arguments: tuple[tuple[Parameter, str], ...]
    outputs: tuple[str, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        return tuple(source for _, source in self.arguments)

    @property
    def has_batches(self) -> bool:
        return self.node.batch_func is not None


@dataclass(frozen=True, slots=True, eq=False)
class SubRun:
    """Run the nested `plan` once; `constants` are its bound values by inner name."""

    name: str
    plan: Plan
    feeds: Mapping[str, str]  # inner input name -> name of this plan
    constants: Mapping[str, Any]
    gives: Mapping[str, str]  # inner output name -> name of this plan
    engine: Any = None

    @property
    def reads(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.feeds.values()))

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(self.gives.values())

    @property
    def inline(self) -> bool:
        return _inline(self.engine)

    @property
    def has_batches(self) -> bool:
        return self.inline and self.plan.has_batches

    def with_plan(self, plan: Plan) -> SubRun:
        return replace(self, plan=plan)


@dataclass(frozen=True, slots=True, eq=False)
class SubMap:
    """Run the nested `plan` for each item of `map_over` (inner names)."""

    name: str
    plan: Plan
    feeds: Mapping[str, str]
    constants: Mapping[str, Any]
    gives: Mapping[str, str]
    map_over: tuple[str, ...]
    map_mode: MapMode
    engine: Any = None

    @property
    def reads(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.feeds.values()))

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(self.gives.values())

    @property
    def inline(self) -> bool:
        return _inline(self.engine)

    @property
    def has_batches(self) -> bool:
        return False  # the batches of an inner map are its own: one call per outer item

    def with_plan(self, plan: Plan) -> SubMap:
        return replace(self, plan=plan)


def _inline(engine: Any) -> bool:
    """Whether the nested plan is simply part of the program around it."""
    return engine is None or getattr(engine, "inline", False)


Step: TypeAlias = Call | SubRun | SubMap


@dataclass(frozen=True, eq=False)
class Plan:
    """The steps that make `outputs` from `inputs`, in order.

    `inputs` are the names that a run of the plan reads from its values: given,
    bound, or both; names with a default that were not given are not among them.
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    steps: tuple[Step, ...]
    _mappers: dict[Any, Program] = field(default_factory=dict, repr=False)

    @functools.cached_property
    def is_async(self) -> bool:
        """Whether any function of the plan, nested ones included, is a coroutine function."""
        return any(
            step.node.is_async if isinstance(step, Call) else step.inline and step.plan.is_async
            for step in self.steps
        )

    @functools.cached_property
    def program(self) -> Program:
        """The plan as one Python function: ``function(values) -> dict``."""
        from hypernodes.compile import compile_run

        return compile_run(self)

    @functools.cached_property
    def traced(self) -> Program:
        """As `program`, for listeners and a cache: ``function(values, scope) -> dict``."""
        from hypernodes.compile import compile_run

        return compile_run(self, traced=True)

    @functools.cached_property
    def has_timeouts(self) -> bool:
        """Whether a node has a timeout, nested ones included."""
        return any(
            step.node.timeout is not None if isinstance(step, Call) else step.plan.has_timeouts
            for step in self.steps
        )

    @functools.cached_property
    def has_batches(self) -> bool:
        """Whether a map of this plan calls batch implementations."""
        return any(step.has_batches for step in self.steps)

    def mapper(
        self, map_over: tuple[str, ...], *, guarded: bool = False, traced: bool = False
    ) -> Program:
        """The plan as a loop: ``function(rows, values) -> one list per output``.

        Guarded, it is ``function(rows, values, fail)`` and goes on after exceptions.
        Traced, it takes a scope as its last argument.
        """
        program = self._mappers.get((map_over, guarded, traced))
        if program is None:
            from hypernodes.compile import compile_guarded, compile_map

            make = compile_guarded if guarded else compile_map
            program = self._mappers[map_over, guarded, traced] = make(self, map_over, traced=traced)
        return program

    @functools.cached_property
    def without_engines(self) -> Plan:
        """The same plan where nested pipelines run where the outer one runs."""
        steps = tuple(
            step
            if isinstance(step, Call)
            else replace(step, plan=step.plan.without_engines, engine=None)
            for step in self.steps
        )
        return Plan(self.name, self.inputs, self.outputs, steps)

    def __ship_state__(self) -> tuple[Any, tuple[Any, ...]]:
        # Compiled programs are made again where the plan arrives.
        return Plan, (self.name, self.inputs, self.outputs, self.steps)


class Nested:
    """What a plan needs to know of a pipeline used as a node (see PipelineNode)."""

    name: str
    graph: Graph
    engine: Any
    feeds: Mapping[str, str]  # inner input -> outer name
    constants: Mapping[str, Any]
    gives: Mapping[str, str]  # inner output -> outer name
    map_over: tuple[str, ...]  # inner names
    map_mode: MapMode


def plan_for(
    graph: Graph, outputs: tuple[str, ...] | None, given: frozenset[str], name: str
) -> Plan:
    """The plan that makes `outputs` (None: all) where the names of `given` have values.

    Plans are kept on the graph. Raises `InputError` that tells missing and unexpected
    names together, `DependencyError` for an output that nothing makes.
    """
    key = (outputs, given, name)
    plan: Plan | None = graph.plans.get(key)
    if plan is None:
        plan = _build(graph, outputs, given, name)
        if len(graph.plans) >= _PLANS_KEPT:
            graph.plans.clear()
        graph.plans[key] = plan
    return plan


def _build(graph: Graph, outputs: tuple[str, ...] | None, given: frozenset[str], name: str) -> Plan:
    if outputs is None:
        outputs = graph.outputs
    graph.check_outputs(outputs)
    work, outside = graph.needed(outputs, given)
    _check_names(graph, work, outside, given, name)
    made: set[str] = set(given)
    steps: list[Step] = []
    for node, wanted in work:
        steps.append(_step(node, wanted, made))
        made.update(wanted)
    read = {source for step in steps for source in step.reads} | set(outputs)
    return Plan(
        name,
        tuple(n for n in (*graph.inputs, *graph.outputs) if n in given & read),
        outputs,
        tuple(steps),
    )


def _step(node: GraphNode, wanted: tuple[str, ...], made: set[str]) -> Step:
    if isinstance(node, Node):
        arguments = tuple((p, p.source) for p in node.parameters if p.source in made)
        return Call(node, arguments, node.outputs)
    assert isinstance(node, Nested)
    gives = {inner: outer for inner, outer in node.gives.items() if outer in wanted}
    feeds = {inner: outer for inner, outer in node.feeds.items() if outer in made}
    constants = {k: v for k, v in node.constants.items() if k not in feeds}
    plan = plan_for(node.graph, tuple(gives), frozenset({*feeds, *constants}), node.name)
    # Only what the inner plan really reads, and what is mapped over, crosses the border.
    reads = {*plan.inputs, *node.map_over}
    feeds = {inner: outer for inner, outer in feeds.items() if inner in reads}
    constants = {k: v for k, v in constants.items() if k in reads}
    if node.map_over:
        return SubMap(
            node.name, plan, feeds, constants, gives, node.map_over, node.map_mode, node.engine
        )
    return SubRun(node.name, plan, feeds, constants, gives, node.engine)


def _check_names(
    graph: Graph,
    work: Sequence[tuple[GraphNode, tuple[str, ...]]],
    outside: Mapping[str, GraphNode],
    given: frozenset[str],
    name: str,
) -> None:
    for node in graph.nodes:
        here = [n for n in node.outputs if n in given]
        if here and len(here) < len(node.outputs):
            raise InputError(
                f"node {node.name!r} makes {quoted(node.outputs)} together, "
                f"but only {quoted(here)} was given",
                hint="give all of its outputs to replace the node, or none",
                node=node.name,
                missing=tuple(n for n in node.outputs if n not in given),
            )
    required = {
        source: node
        for node, wanted in reversed(work)  # the first reader is the one to tell
        for source in node.requires(wanted)
        if source not in node.optional
    }
    missing = [n for n in graph.inputs if n in outside and n not in given and n in required]
    unexpected = sorted(given - graph.known, key=str)
    problems = [f"  missing: {n!r}, read by node {required[n].name!r}" for n in missing]
    problems += [f"  unexpected: {n!r} ({_advice(graph, n)})" for n in unexpected]
    if problems:
        raise InputError(
            f"the inputs of {name!r} do not fit:\n" + "\n".join(problems),
            hint=_input_hint(missing, unexpected),
            missing=tuple(missing),
            unexpected=tuple(unexpected),
        )


def _advice(graph: Graph, name: str) -> str:
    for node in graph.nodes:
        if isinstance(node, Nested) and name in node.constants:
            return f"it is bound inside the nested pipeline {node.name!r}"
    return did_you_mean(str(name), sorted(graph.known))


def _input_hint(missing: Sequence[str], unexpected: Sequence[str]) -> str:
    if missing:
        example = ", ".join(f"{n!r}: ..." for n in missing[:3])
        return f"pass inputs={{{example}}}, or fix them once with .bind({missing[0]}=...)"
    return f"leave out {quoted(unexpected)}"


def unwrap_outputs(node: Node[..., Any], value: Any) -> tuple[Any, ...]:
    """The several outputs of a node as a tuple, or a `GraphError` that says what came."""
    count = len(node.outputs)
    if isinstance(value, tuple | list) and len(value) == count:
        return tuple(value)
    what = f"{len(value)} values" if isinstance(value, tuple | list) else type(value).__name__
    raise GraphError(
        f"node {node.name!r} declares {count} outputs {quoted(node.outputs)} but returned {what}",
        hint=f"return a tuple of {count} values, or change output_name",
        node=node.name,
        expected=count,
        given=len(value) if isinstance(value, tuple | list) else None,
    )


EMPTY: Mapping[str, Any] = types.MappingProxyType({})
