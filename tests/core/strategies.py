"""Random pipelines, what they are made of, and a naive interpreter that tells what is right.

The interpreter knows nothing of graphs and plans: it asks for a name, finds who makes it and
asks for what that one reads, each time anew. Every function is pure, so that is enough.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from hypernodes import Node, Pipeline, PipelineNode, node

DEFAULT = 7


class Uneven(Exception):  # noqa: N818 - what the interpreter says where zip cannot pair
    pass


@dataclass(frozen=True)
class Reads:
    parameter: str
    source: str
    optional: bool = False


@dataclass(frozen=True)
class Call:
    """A function of numbers and lists; `depth` of lists in lists that its outputs are."""

    salt: int
    outputs: tuple[str, ...]
    reads: tuple[Reads, ...]
    depth: int = 0

    def sources_for(self, names: set[str]) -> set[str]:
        return {each.source for each in self.reads}

    def value(self, arguments: Mapping[str, Any]) -> Any:
        mixed = self.salt
        for each in self.reads:
            mixed = (mixed * 31 + fold(arguments.get(each.parameter, DEFAULT))) % 10007
        made = tuple(mixed + i for i in range(len(self.outputs)))
        if self.depth:
            return [mixed + i for i in range(mixed % 3 + 1)]
        return made if len(made) > 1 else made[0]

    def build(self) -> Node:
        names = [f"{r.parameter}=DEFAULT" if r.optional else r.parameter for r in self.reads]
        code = f"lambda {', '.join(names)}: value(locals())"
        function = eval(code, {"DEFAULT": DEFAULT, "value": self.value})
        output = self.outputs if len(self.outputs) > 1 else self.outputs[0]
        return node(output, rename={r.parameter: r.source for r in self.reads})(function)


@dataclass(frozen=True)
class Nest:
    """A pipeline as a node; mappings as `as_node` takes them."""

    pipe: Pipe
    input_mapping: dict[str, str]
    output_mapping: dict[str, str]
    map_over: tuple[str, ...] = ()
    map_mode: Any = "zip"

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(self.output_mapping.values())

    @property
    def feeds(self) -> dict[str, str]:
        outer = {inner: name for name, inner in self.input_mapping.items()}
        free = self.pipe.inputs - self.pipe.bound.keys()
        return {name: outer.get(name, name) for name in free | outer.keys()}

    def sources_for(self, names: set[str]) -> set[str]:
        wanted = {inner for inner, outer in self.output_mapping.items() if outer in names}
        feeds = self.feeds
        read = {feeds[name] for name in self.pipe.read_for(wanted) if name in feeds}
        return read | set(self.map_over)

    def build(self) -> PipelineNode:
        return self.pipe.build().as_node(
            input_mapping=self.input_mapping,
            output_mapping=self.output_mapping,
            map_over=self.map_over,
            map_mode=self.map_mode,
        )


@dataclass(frozen=True)
class Pipe:
    nodes: tuple[Call | Nest, ...]
    bound: dict[str, Any] = field(default_factory=dict)

    @property
    def made(self) -> set[str]:
        return {name for each in self.nodes for name in each.outputs}

    @property
    def inputs(self) -> set[str]:
        return self.read_for(self.made)

    def read_for(self, names: set[str]) -> set[str]:
        """The inputs that are read to make these names."""
        made = self.made
        found: set[str] = set()
        for each in self.nodes:
            if wanted := names.intersection(each.outputs):
                found |= each.sources_for(wanted)
        return (found - made) | (self.read_for(found & made) if found & made else set())

    def build(self) -> Pipeline:
        return Pipeline([each.build() for each in self.nodes]).bind(**self.bound)


def fold(value: Any) -> int:
    if isinstance(value, list):
        total = 17
        for each in value:
            total = (total * 131 + fold(each)) % 10007
        return total
    return int(value)


class Scope:
    """The interpreter: one pipeline with the values it was given."""

    def __init__(
        self, pipe: Pipe, given: Mapping[str, Any], outer: Scope | None = None, nest: Any = None
    ) -> None:
        self.pipe, self.given, self.outer = pipe, {**pipe.bound, **given}, outer
        self.feeds: dict[str, str] = {} if nest is None else nest.feeds

    def has(self, name: str) -> bool:
        if name in self.given or name in self.pipe.made:
            return True
        return self.outer is not None and name in self.feeds and self.outer.has(self.feeds[name])

    def get(self, name: str) -> Any:
        if name in self.given:
            return self.given[name]
        for each in self.pipe.nodes:
            if name in each.outputs:
                return self._made(each, name)
        assert self.outer is not None, name
        return self.outer.get(self.feeds[name])

    def _made(self, each: Call | Nest, name: str) -> Any:
        if isinstance(each, Call):
            read = {r.parameter: self.get(r.source) for r in each.reads if self.has(r.source)}
            value = each.value(read)
            return value[each.outputs.index(name)] if len(each.outputs) > 1 else value
        inner = next(i for i, outside in each.output_mapping.items() if outside == name)
        if not each.map_over:
            return Scope(each.pipe, {}, self, each).get(inner)
        names = [each.input_mapping[outside] for outside in each.map_over]
        columns = [self.get(outside) for outside in each.map_over]
        rows = rows_of(columns, each.map_mode)
        return [
            Scope(each.pipe, dict(zip(names, row, strict=True)), self, each).get(inner)
            for row in rows
        ]


def rows_of(columns: list[Any], mode: str) -> list[tuple[Any, ...]]:
    if mode == "product":
        return list(itertools.product(*columns))
    if len({len(column) for column in columns}) > 1:
        raise Uneven
    return list(zip(*columns, strict=True))


def values(depth: int) -> st.SearchStrategy[Any]:
    """A number, or lists of lists of numbers."""
    made: st.SearchStrategy[Any] = st.integers(0, 99)
    for _ in range(depth):
        made = st.lists(made, max_size=3)
    return made


@st.composite
def pipes(
    draw: st.DrawFn, inputs: Mapping[str, int], level: int = 0
) -> tuple[Pipe, dict[str, int]]:
    """A pipeline that reads some of `inputs` (name -> depth), and the depths of its outputs."""
    known = dict(inputs)
    nodes: list[Call | Nest] = []
    kinds = ["call", "call", "pair", "list"] + ["nest", "nest"] * (level < 3)
    for i in range(draw(st.integers(1, 4))):
        sources = draw(st.lists(st.sampled_from(sorted(known)), max_size=3, unique=True))
        kind = draw(st.sampled_from(kinds))
        if kind == "nest":
            nest, depths = draw(_nests({name: known[name] for name in sources}, level, i))
            nodes.append(nest)
            known |= depths
            continue
        reads = [Reads(f"p{j}", source) for j, source in enumerate(sources)]
        if draw(st.booleans()):
            reads.append(Reads("q", f"optional{draw(st.integers(0, 1))}", optional=True))
        outputs = (f"v{i}", f"w{i}") if kind == "pair" else (f"v{i}",)
        depth = int(kind == "list")
        nodes.append(Call(draw(st.integers(1, 99)), outputs, tuple(reads), depth))
        known |= dict.fromkeys(outputs, depth)
    pipe = Pipe(tuple(draw(st.permutations(nodes))))
    return pipe, {name: known[name] for name in sorted(pipe.made)}


@st.composite
def _nests(
    draw: st.DrawFn, sources: Mapping[str, int], level: int, number: int
) -> tuple[Nest, dict[str, int]]:
    over = [name for name, depth in sources.items() if depth and draw(st.booleans())]
    inner = {f"x{j}": sources[name] - (name in over) for j, name in enumerate(sources)}
    pipe, made = draw(pipes({**inner, "fixed": 0}, level + 1))
    if "fixed" in pipe.inputs:
        pipe = replace(pipe, bound={"fixed": draw(st.integers(0, 99))})
    mapping = {name: f"x{j}" for j, name in enumerate(sources) if f"x{j}" in pipe.inputs}
    over = [name for name in over if name in mapping]
    chosen = draw(st.lists(st.sampled_from(sorted(made)), min_size=1, unique=True))
    outputs = {name: f"n{number}_{name}" for name in chosen}
    mode = draw(st.sampled_from(["zip", "product"]))
    nest = Nest(pipe, mapping, outputs, tuple(draw(st.permutations(over))), mode)
    return nest, {outputs[name]: made[name] + bool(over) for name in chosen}
