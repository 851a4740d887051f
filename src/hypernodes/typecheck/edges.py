"""`check`: every edge of a graph."""

from __future__ import annotations

import types
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from hypernodes.errors import GraphError
from hypernodes.graph import Graph, GraphNode
from hypernodes.node import Node, Parameter
from hypernodes.typecheck import views
from hypernodes.typecheck.fit import Fit
from hypernodes.typecheck.forms import NO, UNKNOWN, YES, shown
from hypernodes.typecheck.hints import hints_of

if TYPE_CHECKING:
    from hypernodes.plan import Nested

CheckTypes: TypeAlias = Literal["error", "warn", "off"]
_SHOWN = 12


@dataclass(slots=True, eq=False)
class Maker:
    """The node that makes a name: through which pipelines, and what."""

    node: str
    within: tuple[str, ...]
    makes: Any
    maps: tuple[str, ...]  # the nested pipelines on the way that map


@dataclass(slots=True, eq=False)
class Reader:
    """A parameter that reads a name of the graph, be it through nested pipelines."""

    node: str
    within: tuple[str, ...]
    name: str  # in the graph that is checked
    parameter: Parameter | None  # None: a nested pipeline maps over the name
    expects: Any
    levels: int = 0  # how many maps take the value apart before it arrives
    maps: str = ""  # the pipeline that does


@dataclass(slots=True, eq=False)
class Misfit:
    """An edge whose annotations cannot both be right."""

    reader: Reader
    maker: Maker

    @property
    def expected(self) -> Any:
        return _listed(self.reader.expects, self.reader.levels)

    def __str__(self) -> str:
        reader, maker = self.reader, self.maker
        makes, expects = shown(maker.makes), shown(self.expected)
        if makes == expects:
            makes, expects = shown(maker.makes, full=True), shown(self.expected, full=True)
        parameter = reader.parameter.name if reader.parameter else reader.name
        return (
            f"{_place(reader.node, reader.within)} expects {expects} for {reader.name!r}"
            + (f" (its parameter {parameter!r})" if parameter != reader.name else "")
            + (f", over which {reader.maps!r} maps" if reader.levels else "")
            + f", but {_place(maker.node, maker.within)} makes {makes}"
            + (f", as {maker.maps[-1]!r} maps" if maker.maps else "")
        )


def check(graph: Graph, mode: CheckTypes = "error", *, stacklevel: int = 2) -> None:
    """Hold what every node makes against what its readers expect.

    Raises `GraphError` that tells all misfits at once, or warns in mode "warn".
    """
    found = misfits(graph)
    if not found:
        return
    lines = [str(each) for each in found[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append(f"and {len(found) - _SHOWN} more")
    first = found[0]
    error = GraphError(
        lines[0]
        if len(found) == 1
        else "\n  ".join([f"the annotations of {len(found)} edges do not fit:", *lines]),
        hint=_advice(first),
        node=first.reader.node,
        parameter=first.reader.parameter.name if first.reader.parameter else first.reader.name,
        expected=first.expected,
        given=first.maker.makes,
        producer=first.maker.node,
        misfits=tuple(lines),
    )
    if mode == "warn":
        warnings.warn(str(error), UserWarning, stacklevel=stacklevel + 1)
    else:
        raise error


def misfits(graph: Graph) -> list[Misfit]:
    """The edges of which it is sure that the annotations do not fit."""
    fit = Fit()
    makers: dict[str, Maker] = {}
    found: list[Misfit] = []
    for consumer in graph.nodes:
        no_series: set[str] = set()  # told once, not again for every parameter within
        for reader in _readers(consumer, graph.producers):
            name = reader.name
            maker = makers.get(name)
            if maker is None:
                producer = graph.nodes[graph.producers[name]]
                maker = makers[name] = _maker(producer, name, fit)
            if name not in no_series and _surely_not(fit, maker.makes, reader):
                found.append(Misfit(reader, maker))
                if reader.parameter is None:
                    no_series.add(name)
    return found


def _surely_not(fit: Fit, makes: Any, reader: Reader) -> bool:
    if makes is UNKNOWN:
        return False
    if reader.levels:
        item = reader.expects
        for _ in range(reader.levels - 1):
            item = types.GenericAlias(Iterable, (item,))
        return fit.series(makes, item) is NO
    if fit(makes, reader.expects) is not NO:
        return False
    # `x: int = None` says that None is taken, whatever the annotation says.
    none = reader.parameter is not None and reader.parameter.default is None
    return not (none and fit(makes, types.NoneType) is not NO)


# -- who reads


def _readers(consumer: GraphNode, made: Mapping[str, int]) -> Iterator[Reader]:
    if not isinstance(consumer, Node):
        yield from _readers_within(cast("Nested", consumer), made)
        return
    hints = hints_of(consumer)
    if not hints:
        return
    for parameter in consumer.parameters:
        if parameter.source in made and parameter.name in hints:
            expects = hints[parameter.name]
            yield Reader(consumer.name, (), parameter.source, parameter, expects)


@dataclass(slots=True, eq=False)
class _Visit:
    """A nested pipeline, what it is asked to make, and what arrives in it."""

    nested: Nested
    wanted: Collection[str]
    within: tuple[str, ...]
    # Inner name to the name in the graph that is checked, and the pipelines that map over it.
    arrives: Mapping[str, tuple[str, tuple[str, ...]]]


def _readers_within(outermost: Nested, made: Mapping[str, int]) -> Iterator[Reader]:
    """The functions inside that get what the outer graph makes, and as what."""
    name = outermost.name
    feeds = {inner: outer for inner, outer in outermost.feeds.items() if outer in made}
    if not feeds:
        return
    for inner in outermost.map_over:
        if inner in feeds:
            yield Reader(name, (), feeds[inner], None, Any, 1, name)
    pending = [
        _visit(outermost, outermost.gives.values(), (), {f: (f, ()) for f in feeds.values()}, feeds)
    ]
    while pending:
        visit = pending.pop()
        nested, within = visit.nested, (*visit.within, visit.nested.name)
        asked = [inner for inner, outer in nested.gives.items() if outer in visit.wanted]
        overridden = nested.feeds.keys() - set(nested.graph.inputs)
        work, _ = nested.graph.needed(asked, nested.constants.keys() | overridden)
        for node, outputs in work:
            if not isinstance(node, Node):
                deeper = cast("Nested", node)
                visit_deeper = _visit(deeper, outputs, within, visit.arrives, deeper.feeds)
                if visit_deeper.arrives:
                    pending.append(visit_deeper)
                continue
            hints = hints_of(node)
            for p in node.parameters:
                if p.source in visit.arrives and p.name in hints:
                    outer, maps = visit.arrives[p.source]
                    by = maps[0] if maps else ""
                    yield Reader(node.name, within, outer, p, hints[p.name], len(maps), by)


def _visit(
    nested: Nested,
    wanted: Collection[str],
    within: tuple[str, ...],
    around: Mapping[str, tuple[str, tuple[str, ...]]],
    feeds: Mapping[str, str],
) -> _Visit:
    arrives = {}
    for inner, outer in feeds.items():
        if outer in around:
            name, maps = around[outer]
            arrives[inner] = (name, (*maps, nested.name) if inner in nested.map_over else maps)
    return _Visit(nested, wanted, within, arrives)


# -- who makes


def _maker(node: GraphNode, name: str, fit: Fit) -> Maker:
    within: tuple[str, ...] = ()
    maps: tuple[str, ...] = ()
    makes: Any = UNKNOWN
    while not isinstance(node, Node):
        nested = cast("Nested", node)
        name = next(inner for inner, outer in nested.gives.items() if outer == name)
        within = (*within, nested.name)
        if nested.map_over:
            maps = (*maps, nested.name)
        if name in nested.feeds or name in nested.constants:  # a value replaces the node
            return Maker(name, within, _listed(UNKNOWN, len(maps)), maps)
        node = nested.graph.nodes[nested.graph.producers[name]]
    makes = hints_of(node).get("return", UNKNOWN)
    if not isinstance(node.output_name, str):
        several = fit.several(makes, len(node.outputs))
        makes = several[node.outputs.index(name)]
    return Maker(node.name, within, _listed(makes, len(maps)), maps)


def _listed(annotation: Any, levels: int) -> Any:
    for _ in range(levels):
        annotation = types.GenericAlias(list, (annotation,))
    return annotation


# -- how it is told


def _place(node: str, within: tuple[str, ...]) -> str:
    inside = f" in {' > '.join(map(repr, within))}" if within else ""
    return f"node {node!r}{inside}"


def _advice(misfit: Misfit) -> str:
    reader, maker = misfit.reader, misfit.maker
    fit = Fit()
    advice = "correct the annotation that is wrong"
    if not reader.levels and fit(views.elements(maker.makes), reader.expects) is YES:
        advice = (
            f"to run {reader.node!r} for each item, nest it: "
            f"Pipeline([...]).as_node(map_over={reader.name!r}); or {advice}"
        )
    elif reader.levels and fit(maker.makes, _listed(reader.expects, reader.levels - 1)) is YES:
        advice = f"leave {reader.name!r} out of the map_over of {reader.maps!r}, or {advice}"
    return f'{advice}; Pipeline(..., check_types="off") does not look, "warn" only tells'
