"""Names -> edges: which node makes what, in which order, and what a request needs."""

from __future__ import annotations

import graphlib
import heapq
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from hypernodes.errors import CycleError, DependencyError, GraphError, did_you_mean, quoted


class GraphNode(Protocol):
    """What the graph asks of a node, be it a function or a nested pipeline."""

    @property
    def name(self) -> str: ...
    @property
    def outputs(self) -> tuple[str, ...]: ...
    @property
    def reads(self) -> tuple[str, ...]: ...
    @property
    def optional(self) -> frozenset[str]:
        """Names among `reads` that have a default."""

    def requires(self, outputs: tuple[str, ...]) -> tuple[str, ...]:
        """Names that must be read to produce just these outputs."""


class Graph:
    """The nodes of one pipeline, ordered; never changes.

    `nodes` is in order of execution: as given, but producers first.
    """

    __slots__ = ("inputs", "known", "nodes", "optional", "outputs", "plans", "producers")

    def __init__(self, nodes: Iterable[GraphNode]) -> None:
        given = tuple(nodes)
        makers = _makers(given)
        self.nodes = _ordered(given, makers)
        self.producers: dict[str, int] = {
            name: i for i, node in enumerate(self.nodes) for name in node.outputs
        }
        reads = dict.fromkeys(name for node in self.nodes for name in node.reads)
        required = {n for node in self.nodes for n in node.reads if n not in node.optional}
        self.inputs: tuple[str, ...] = tuple(n for n in reads if n not in self.producers)
        self.optional = frozenset(n for n in self.inputs if n not in required)
        self.outputs: tuple[str, ...] = tuple(n for node in self.nodes for n in node.outputs)
        self.known = frozenset({*self.inputs, *self.producers})
        # Filled by plan.plan_for: one plan for each (outputs, given names) ever asked for.
        self.plans: dict[Any, Any] = {}

    def needed(
        self, outputs: Iterable[str], given: Iterable[str]
    ) -> tuple[list[tuple[GraphNode, tuple[str, ...]]], dict[str, GraphNode]]:
        """What must run for these outputs where these names are given.

        Returns the nodes in order, each with those of its outputs that are wanted, and
        every name read from outside with the node that reads it.
        """
        have = frozenset(given)
        wanted = set(outputs)
        work: list[tuple[GraphNode, tuple[str, ...]]] = []
        for node in reversed(self.nodes):
            made = tuple(n for n in node.outputs if n in wanted and n not in have)
            if made:
                work.append((node, made))
                wanted.update(node.requires(made))
        work.reverse()
        outside = {
            name: node
            for node, made in reversed(work)
            for name in node.requires(made)
            if name in have or name not in self.producers
        }
        return work, outside

    def check_outputs(self, names: Sequence[str]) -> None:
        """Raise `DependencyError` for a requested output that no node makes."""
        for name in names:
            if name not in self.producers:
                raise DependencyError(
                    f"no node makes the output {name!r}",
                    hint=did_you_mean(str(name), self.outputs),
                    name=name,
                )


def _makers(nodes: Sequence[GraphNode]) -> dict[str, int]:
    makers: dict[str, int] = {}
    for i, node in enumerate(nodes):
        for name in node.outputs:
            if name in makers:
                first = nodes[makers[name]]
                raise GraphError(
                    f"two nodes make the output {name!r}: {first.name!r} and {node.name!r}",
                    hint="give one of them another output_name "
                    "(for a nested pipeline: as_node(output_mapping={...}))",
                    name=name,
                    nodes=(first.name, node.name),
                )
            makers[name] = i
    return makers


def _ordered(nodes: Sequence[GraphNode], makers: Mapping[str, int]) -> tuple[GraphNode, ...]:
    sorter: graphlib.TopologicalSorter[int] = graphlib.TopologicalSorter()
    for i, node in enumerate(nodes):
        sorter.add(i, *{makers[name] for name in node.reads if name in makers})
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        # Each node of the circle feeds the next.
        names = tuple(nodes[i].name for i in error.args[1])
        raise CycleError(
            f"these nodes wait for each other: {' -> '.join(names[:12])}"
            + (" -> ..." if len(names) > 12 else ""),
            hint=f"one of them must not read what the circle makes; it goes through "
            f"{quoted(_edge_names([nodes[i] for i in error.args[1]]))}",
            cycle=names,
        ) from None
    ready = list(sorter.get_ready())
    heapq.heapify(ready)
    order: list[GraphNode] = []
    while ready:
        i = heapq.heappop(ready)
        order.append(nodes[i])
        sorter.done(i)
        for successor in sorter.get_ready():
            heapq.heappush(ready, successor)
    return tuple(order)


def _edge_names(circle: Sequence[GraphNode]) -> list[str]:
    made = {name for node in circle for name in node.outputs}
    return sorted({name for node in circle for name in node.reads if name in made})
