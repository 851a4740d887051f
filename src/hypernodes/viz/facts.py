"""What can be known of a node without running it: types, defaults, source, docstring."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from hypernodes.errors import preview
from hypernodes.graph import Graph, GraphNode
from hypernodes.nesting import PipelineNode
from hypernodes.node import Node
from hypernodes.stateful import Lazy
from hypernodes.viz.annotations import signature_types
from hypernodes.viz.text import clean, elide, one_line

_VALUE_LIMIT = 32
_SOURCE_LIMIT = 12_000


class Facts:
    """Types of names; each signature is read once."""

    def __init__(self) -> None:
        self._signatures: dict[int, tuple[dict[str, str], list[str]]] = {}
        self._readers: dict[int, dict[str, GraphNode]] = {}

    def reads(self, node: GraphNode, name: str) -> str:
        """The type that a node wants for a name it reads."""
        if isinstance(node, Node):
            types, _ = self._signature(node)
            return next((types.get(p.name, "") for p in node.parameters if p.source == name), "")
        if isinstance(node, PipelineNode):
            inner = next((i for i, outer in node.feeds.items() if outer == name), name)
            return _listed(self.asks(node.graph, inner), inner in node.map_over)
        return ""

    def makes(self, node: GraphNode, name: str) -> str:
        """The type of an output of a node."""
        if isinstance(node, Node):
            _, returned = self._signature(node)
            return returned[node.outputs.index(name)]
        if isinstance(node, PipelineNode):
            inner = next(i for i, outer in node.gives.items() if outer == name)
            return _listed(self.gives(node.graph, inner), bool(node.map_over))
        return ""

    def asks(self, graph: Graph, name: str) -> str:
        """The type that the first reader of a name in this graph wants."""
        readers = self._readers.get(id(graph))
        if readers is None:
            readers = self._readers[id(graph)] = {}
            for node in graph.nodes:
                for read in node.reads:
                    readers.setdefault(read, node)
        reader = readers.get(name)
        return self.reads(reader, name) if reader is not None else ""

    def gives(self, graph: Graph, name: str) -> str:
        """The type of an output of a graph."""
        return self.makes(graph.nodes[graph.producers[name]], name)

    def _signature(self, node: Node[..., Any]) -> tuple[dict[str, str], list[str]]:
        found = self._signatures.get(id(node))
        if found is None:
            found = self._signatures[id(node)] = signature_types(node.func, len(node.outputs))
        return found


def _listed(kind: str, mapped: bool) -> str:
    return f"list[{kind}]" if mapped and kind else kind


def default_of(node: GraphNode, name: str) -> str:
    """The default of a name that a node reads, as `= 5`; "" where it has none."""
    if isinstance(node, Node):
        for parameter in node.parameters:
            if parameter.source == name and not parameter.required:
                return f"= {show_value(parameter.default)}"
    elif isinstance(node, PipelineNode) and name in node.optional:
        inner = next((i for i, outer in node.feeds.items() if outer == name), name)
        if inner in node.constants:
            return f"= {show_value(node.constants[inner])}"
        for reader in node.graph.nodes:
            if inner in reader.reads:
                return default_of(reader, inner)
    return ""


def show_value(value: Any, limit: int = _VALUE_LIMIT) -> str:
    """A value in a few characters; never raises, and never builds a stateful object.

    >>> show_value("a" * 100, 12)
    "'aaaaaa…aaa'"
    """
    if issubclass(type(value), Lazy):
        recipe = object.__getattribute__(value, "_hn_recipe")
        arguments = [preview(a) for a in recipe[1]]
        arguments += [f"{key}={preview(a)}" for key, a in recipe[2].items()]
        text = f"{recipe[0].__name__}({', '.join(arguments)})"
    else:
        text = preview(value)
    return elide(one_line(text), limit)


@dataclass(frozen=True, slots=True)
class Code:
    """The docstring, source and place of a node's function."""

    doc: str
    source: str
    where: str


def code_of(node: Node[..., Any]) -> Code:
    """What a reader of the picture may want to look up; empty where it cannot be had."""
    func: Any = node.func
    while isinstance(func, functools.partial):
        func = func.func
    doc = source = where = ""
    try:
        doc = clean(inspect.getdoc(func) or "")
        if not inspect.isroutine(func):
            func = type(func)
        func = inspect.unwrap(func)
        source = clean(inspect.getsource(func))
        file = PurePath(inspect.getsourcefile(func) or "").name
        where = clean(f"{file}:{inspect.getsourcelines(func)[1]}") if file else ""
    except Exception:  # noqa: S110 - what cannot be had is not shown
        pass  # built in, made by exec, typed at a prompt, moved
    return Code(doc[:_SOURCE_LIMIT], _cut(source), where)


def _cut(source: str) -> str:
    if len(source) <= _SOURCE_LIMIT:
        return source
    return f"{source[:_SOURCE_LIMIT]}\n… {len(source) - _SOURCE_LIMIT} more characters"
