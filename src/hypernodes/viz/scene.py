"""What a picture shows, as plain data: levels of items and edges, nested as the pipelines are.

Renderers only draw. An item is a card: a node, a nested pipeline (with its own level
inside), a group of inputs or of bound inputs, or a tab in the wall of a nested pipeline
where a value comes in (entry) or goes out (exit).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from hypernodes.graph import Graph, GraphNode
from hypernodes.nesting import PipelineNode
from hypernodes.node import Node
from hypernodes.pipeline import Pipeline
from hypernodes.viz.facts import Code, Facts, code_of, default_of, show_value
from hypernodes.viz.text import one_line

Kind: TypeAlias = Literal["node", "pipeline", "inputs", "bound", "entry", "exit"]


@dataclass(frozen=True, slots=True)
class Value:
    """A name with its type and a note: a default, a bound value, a name outside."""

    name: str
    type: str = ""
    note: str = ""

    @property
    def label(self) -> str:
        """The name with its type, as in a signature.

        >>> Value("k", "int", "= 5").label
        'k: int'
        """
        return f"{self.name}: {self.type}" if self.type else self.name


@dataclass(frozen=True, slots=True)
class Item:
    """One card. `values` are what edges leave from: outputs, inputs, a tab's one value."""

    id: int
    kind: Kind
    title: str
    path: str
    values: tuple[Value, ...]
    reads: tuple[Value, ...] = ()
    badges: tuple[str, ...] = ()
    inside: Level | None = None
    expanded: bool = False
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """From item `source` to item `target`, both by their place in the level's items.

    `out` is the place in the source's `values` (None: all of them), `into` the place
    among the entries of a nested pipeline.
    """

    source: int
    target: int
    values: tuple[Value, ...]
    out: int | None = None
    into: int | None = None


@dataclass(frozen=True, slots=True)
class Level:
    items: tuple[Item, ...]
    edges: tuple[Edge, ...]

    def tabs(self, kind: Literal["entry", "exit"]) -> list[int]:
        """The places of the entries or exits, in the order in which edges count them."""
        return [i for i, item in enumerate(self.items) if item.kind == kind]


@dataclass(frozen=True, slots=True)
class Scene:
    title: str
    top: Level

    def walk(self) -> Iterator[tuple[Item, int]]:
        """Every item with its depth, those inside a nested pipeline after it."""
        stack = [(item, 0) for item in reversed(self.top.items)]
        while stack:
            item, depth = stack.pop()
            yield item, depth
            if item.inside is not None:
                stack += [(each, depth + 1) for each in reversed(item.inside.items)]


def scene_of(
    pipeline: Pipeline,
    *,
    depth: int | None = None,
    show_types: bool = True,
    show_bound: bool = True,
    collapsed: bool = False,
    code: bool = False,
) -> Scene:
    """The scene of a pipeline, nested pipelines opened down to `depth` (None: all).

    With `collapsed`, closed pipelines keep their level too, so that a page can open
    them; with `code`, items know source and docstring.

    >>> from hypernodes import Pipeline, node
    >>> @node("size")
    ... def measure(text: str) -> int:
    ...     return len(text)
    >>> [(item.kind, item.title) for item in scene_of(Pipeline([measure])).top.items]
    [('node', 'measure'), ('inputs', '')]
    """
    title = one_line(pipeline.name or "pipeline")
    builder = _Builder(depth, show_types, show_bound, collapsed, code)
    return Scene(title, builder.level(pipeline.graph, pipeline.bound_inputs, None, "", 1))


@dataclass
class _Builder:
    depth: int | None
    show_types: bool
    show_bound: bool
    collapsed: bool
    code: bool
    facts: Facts = field(default_factory=Facts)
    ids: itertools.count[int] = field(default_factory=itertools.count)

    def level(
        self,
        graph: Graph,
        bound: Mapping[str, Any],
        nested: PipelineNode | None,
        path: str,
        depth: int,
    ) -> Level:
        draft = _Draft()
        nodes: list[GraphNode] = list(graph.nodes)
        fed = nested.feeds if nested is not None else {}
        if nested is not None:
            # With an output_mapping, what only makes hidden outputs never runs.
            work, _ = graph.needed(nested.gives, {*fed, *nested.constants})
            nodes = [node for node, _ in work]
            self._entries(draft, nested, path)
        first = len(draft.items)
        for node in nodes:
            draft.items.append(self._node(node, path, depth))
        for i, node in enumerate(nodes, first):
            for out, name in enumerate(node.outputs):
                if name not in fed and name not in bound:
                    draft.sources[name] = (i, out)
        outside = self._inputs(draft, nodes, first, bound, path)
        for i, node in enumerate(nodes, first):
            self._connect(draft, node, i, outside)
        if nested is not None:
            self._exits(draft, nested, path)
        return Level(tuple(draft.items), tuple(draft.edges))

    def _value(self, name: str, kind: str = "", note: str = "") -> Value:
        return Value(one_line(name), kind if self.show_types else "", note)

    def _node(self, node: GraphNode, path: str, depth: int) -> Item:
        own = f"{path}/{node.name}" if path else node.name
        number = next(self.ids)
        badges: list[str] = []
        inside = None
        opened = self.depth is None or depth < self.depth
        if isinstance(node, PipelineNode):
            if node.map_over:
                outer = ", ".join(node.feeds.get(n, n) for n in node.map_over)
                verb = "map" if node.map_mode == "zip" else "map product"
                badges.append(one_line(f"{verb} over {outer}"))
            if node.engine is not None:
                badges.append(one_line(type(node.engine).__name__))
            if opened or self.collapsed:
                inside = self.level(node.graph, node.constants, node, own, depth + 1)
        elif getattr(node, "is_async", False):
            badges.append("async")
        if not getattr(node, "cache", True):
            badges.append("not cached")
        reads = [self._value(n, self.facts.reads(node, n), default_of(node, n)) for n in node.reads]
        return Item(
            number,
            "pipeline" if isinstance(node, PipelineNode) else "node",
            one_line(node.name),
            own,
            tuple(self._value(n, self.facts.makes(node, n)) for n in node.outputs),
            tuple(reads),
            tuple(badges),
            inside,
            expanded=inside is not None and opened,
            code=code_of(node) if self.code and isinstance(node, Node) else None,
        )

    def _entries(self, draft: _Draft, nested: PipelineNode, path: str) -> None:
        for inner, outer in nested.feeds.items():
            if outer not in nested.reads:
                continue
            note = "each" if inner in nested.map_over else ""
            value = self._value(inner, self.facts.asks(nested.graph, inner), note)
            draft.sources[inner] = (draft.add(self._tab("entry", path, value)), 0)

    def _exits(self, draft: _Draft, nested: PipelineNode, path: str) -> None:
        for inner, outer in nested.gives.items():
            kind = self.facts.makes(nested, outer)
            place = draft.add(self._tab("exit", path, self._value(outer, kind)))
            source = draft.sources.get(inner)
            if source is not None:
                note = "all" if nested.map_over else ""
                value = self._value(inner, self.facts.gives(nested.graph, inner), note)
                draft.edges.append(Edge(source[0], place, (value,), source[1]))

    def _tab(self, kind: Kind, path: str, value: Value) -> Item:
        return Item(next(self.ids), kind, "", path, (value,))

    def _inputs(
        self,
        draft: _Draft,
        nodes: list[GraphNode],
        first: int,
        bound: Mapping[str, Any],
        path: str,
    ) -> dict[str, tuple[int, int]]:
        """Cards of names from outside: one for each set of readers."""
        readers: dict[str, list[int]] = {}
        for i, node in enumerate(nodes, first):
            for name in node.reads:
                if name not in draft.sources:
                    readers.setdefault(name, []).append(i)
        groups: dict[tuple[bool, tuple[int, ...]], list[str]] = {}
        for name, places in readers.items():
            if name not in bound or self.show_bound:
                groups.setdefault((name in bound, tuple(places)), []).append(name)
        found: dict[str, tuple[int, int]] = {}
        for (is_bound, at), names in groups.items():
            reader = nodes[at[0] - first]
            rows = [
                self._value(
                    n,
                    self.facts.reads(reader, n),
                    f"= {show_value(bound[n])}" if is_bound else default_of(reader, n),
                )
                for n in names
            ]
            kind: Kind = "bound" if is_bound else "inputs"
            place = draft.add(Item(next(self.ids), kind, "", path, tuple(rows)))
            found.update({name: (place, row) for row, name in enumerate(names)})
        return found

    def _connect(
        self, draft: _Draft, node: GraphNode, place: int, outside: Mapping[str, tuple[int, int]]
    ) -> None:
        together: dict[int, list[str]] = {}
        entries: dict[str, list[int | None]] = {}
        if isinstance(node, PipelineNode):
            tabs = [outer for outer in node.feeds.values() if outer in node.reads]
            for i, outer in enumerate(tabs):
                entries.setdefault(outer, []).append(i)
        for name in node.reads:
            source = draft.sources.get(name, outside.get(name))
            if source is None:
                continue  # bound, and not shown
            if name in outside and not entries:
                together.setdefault(source[0], []).append(name)
                continue
            made = draft.items[source[0]].values[source[1]].type
            value = self._value(name, made or self.facts.reads(node, name))
            for into in entries.get(name, (None,)):
                draft.edges.append(Edge(source[0], place, (value,), source[1], into))
        for card, names in together.items():
            values = tuple(self._value(n, self.facts.reads(node, n)) for n in names)
            draft.edges.append(Edge(card, place, values))


@dataclass
class _Draft:
    items: list[Item] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    sources: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, item: Item) -> int:
        self.items.append(item)
        return len(self.items) - 1
