"""A pipeline as a tree of text: inputs, nodes, nested pipelines, outputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hypernodes.graph import Graph, GraphNode
from hypernodes.nesting import PipelineNode
from hypernodes.pipeline import Pipeline
from hypernodes.viz.facts import Facts, default_of, show_value
from hypernodes.viz.text import one_line


class Description(str):
    """A text that a prompt shows as it reads, not as a literal."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@dataclass(slots=True)
class _Branch:
    text: str
    below: list[_Branch] = field(default_factory=list)


def describe(pipeline: Pipeline) -> Description:
    """The tree of a pipeline as text."""
    facts = Facts()
    name = f"Pipeline {one_line(pipeline.name)!r}" if pipeline.name else "Pipeline"
    if pipeline.engine is not None:
        name += f" on {type(pipeline.engine).__name__}"
    graph, bound = pipeline.graph, pipeline.bound_inputs
    names = [*pipeline.inputs, *(n for n in bound if n in graph.producers)]
    inputs = []
    for each in names:
        row = _typed(each, facts.asks(graph, each))
        if each in bound:
            inputs.append(_Branch(f"{row} = {show_value(bound[each])} (bound)"))
        else:
            inputs.append(_Branch(f"{row} {_default(graph, each)}".rstrip()))
    outputs = [_Branch(_typed(each, facts.gives(graph, each))) for each in pipeline.outputs]
    nodes = [_node(facts, node) for node in pipeline.nodes]
    root = _Branch(name, _parts(inputs, nodes, outputs))
    return Description("\n".join(_lines(root)))


def _parts(inputs: list[_Branch], nodes: list[_Branch], outputs: list[_Branch]) -> list[_Branch]:
    found = [_Branch("inputs", inputs), _Branch("nodes", nodes), _Branch("outputs", outputs)]
    return [part for part in found if part.below]


def _node(facts: Facts, node: GraphNode) -> _Branch:
    reads = ", ".join(one_line(n) for n in node.reads)
    makes = ", ".join(_typed(n, facts.makes(node, n)) for n in node.outputs)
    text = f"{one_line(node.name)}({reads}) -> {makes}"
    notes = ["async"] * bool(getattr(node, "is_async", False))
    notes += ["not cached"] * (not getattr(node, "cache", True))
    if not isinstance(node, PipelineNode):
        return _Branch(f"{text} [{', '.join(notes)}]" if notes else text)
    if node.map_over:
        mode = "map" if node.map_mode == "zip" else "map (product)"
        outer = ", ".join(one_line(node.feeds.get(n, n)) for n in node.map_over)
        notes.insert(0, f"{mode} over {outer}")
    if node.engine is not None:
        notes.append(type(node.engine).__name__)
    work, _ = node.graph.needed(node.gives, {*node.feeds, *node.constants})
    inputs = []
    for inner, outer in node.feeds.items():
        if outer in node.reads:
            each = "each of " if inner in node.map_over else ""
            origin = f" <- {each}{one_line(outer)}" if each or inner != outer else ""
            inputs.append(_Branch(_typed(inner, facts.asks(node.graph, inner)) + origin))
    for inner, value in node.constants.items():
        if inner not in node.feeds:
            row = _typed(inner, facts.asks(node.graph, inner))
            inputs.append(_Branch(f"{row} = {show_value(value)} (bound)"))
    outputs = []
    for inner, outer in node.gives.items():
        goal = f" -> {one_line(outer)}" if inner != outer else ""
        outputs.append(_Branch(_typed(inner, facts.gives(node.graph, inner)) + goal))
    nodes = [_node(facts, each) for each, _ in work]
    heading = f"{text} [{', '.join(notes)}]" if notes else text
    return _Branch(heading, _parts(inputs, nodes, outputs))


def _default(graph: Graph, name: str) -> str:
    return next((default_of(node, name) for node in graph.nodes if name in node.reads), "")


def _typed(name: str, kind: str) -> str:
    return f"{one_line(name)}: {kind}" if kind else one_line(name)


def _lines(root: _Branch) -> Iterator[str]:
    yield root.text
    stack = [(branch, "", n == 0) for n, branch in enumerate(reversed(root.below))]
    while stack:
        branch, pad, last = stack.pop()
        yield f"{pad}{'└─ ' if last else '├─ '}{branch.text}"
        deeper = pad + ("   " if last else "│  ")
        stack += [(each, deeper, n == 0) for n, each in enumerate(reversed(branch.below))]
