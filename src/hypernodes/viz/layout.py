"""The skeleton of a layout: ranks, the way of each edge through them, the order within.

A slot is an item (by its place in the level) or, from `len(items)` on, a bend: the point
where an edge crosses a rank. Edges that leave from the same value share their bends, like
branches of a trunk, so that one value with many readers draws few lines. The skeleton
knows no sizes: it stays the same when nested pipelines open and close.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypernodes.viz.order import Ports, ordered
from hypernodes.viz.ranks import ranks_of
from hypernodes.viz.scene import Level

_BENDS_PER_ITEM = 6
_BENDS_FREE = 4000


@dataclass(slots=True)
class Skeleton:
    """`ranks` hold slots in order; `routes[e]` are the slots that edge e goes through.

    `ports[e]` is (n, of): the edge arrives as the n-th of so many at its target. Edges
    in `far` are so long in a graph so full of long edges that they are only named.
    `rows` is the order in which a card of inputs lists them.
    """

    ranks: list[list[int]]
    routes: list[list[int]]
    ports: list[tuple[int, int]]
    far: set[int] = field(default_factory=set)
    rows: dict[int, list[int]] = field(default_factory=dict)


def skeleton_of(level: Level, inside: Sequence[Skeleton | None] = ()) -> Skeleton:
    """Rank, route and order the items of one level; what is inside them comes first."""
    rank = ranks_of(level)
    count = max(rank, default=-1) + 1
    far = _far_edges(level, rank)
    routes: list[list[int]] = []
    slots: list[list[int]] = [[] for _ in range(count)]
    for i, r in enumerate(rank):
        slots[r].append(i)
    trunks: dict[tuple[int, int | None], list[int]] = {}
    new = len(level.items)
    for e, edge in enumerate(level.edges):
        if e in far:
            routes.append([])
            continue
        trunk = trunks.setdefault((edge.source, edge.out), [edge.source])
        start = rank[edge.source]
        while len(trunk) < rank[edge.target] - start:
            slots[start + len(trunk)].append(new)
            trunk.append(new)
            new += 1
        routes.append([*trunk[: rank[edge.target] - start], edge.target])
    tabs = _tabs(level, inside)
    ranks, places = ordered(Ports(level, tabs), slots, routes, new)
    rows = {i: order for i, (_, order) in tabs.items() if level.items[i].kind != "pipeline"}
    return Skeleton(ranks, routes, _ports(level, routes, places), far, rows)


def _tabs(
    level: Level, inside: Sequence[Skeleton | None]
) -> dict[int, tuple[list[int], list[int]]]:
    """The order of the entries and of the exits of each nested pipeline.

    Inputs that only go into one nested pipeline are listed in the order of its entries.
    """
    found: dict[int, tuple[list[int], list[int]]] = {}
    for i, skeleton in enumerate(inside):
        inner = level.items[i].inside
        if skeleton is None or inner is None:
            continue
        place = {slot: n for rank in skeleton.ranks for n, slot in enumerate(rank)}
        entries, exits = inner.tabs("entry"), inner.tabs("exit")
        found[i] = (
            sorted(range(len(entries)), key=lambda k: place[entries[k]]),
            sorted(range(len(exits)), key=lambda k: place[exits[k]]),
        )
    readers: dict[int, set[int]] = {}
    rows: dict[tuple[int, int], int] = {}
    for edge in level.edges:
        readers.setdefault(edge.source, set()).add(edge.target)
        if edge.out is not None and edge.into is not None and edge.target in found:
            rows[edge.source, edge.out] = found[edge.target][0].index(edge.into)
    for i, item in enumerate(level.items):
        if item.kind in ("inputs", "bound") and len(readers.get(i, ())) == 1:
            count = range(len(item.values))
            found[i] = ([], sorted(count, key=lambda row: rows.get((i, row), 0)))
    return found


def _far_edges(level: Level, rank: list[int]) -> set[int]:
    """The longest edges, where all bends together would be too many to draw."""
    reach: dict[tuple[int, int | None], int] = {}
    spans = [rank[e.target] - rank[e.source] - 1 for e in level.edges]
    for span, edge in zip(spans, level.edges, strict=True):
        key = (edge.source, edge.out)
        reach[key] = max(reach.get(key, 0), span)
    budget = _BENDS_FREE + _BENDS_PER_ITEM * len(level.items)
    limit = 0
    total = 0
    lengths = sorted(reach.values())
    for i, length in enumerate(lengths):
        # All trunks cut to this length cost: the shorter ones whole, the others so much.
        if total + length * (len(lengths) - i) > budget:
            break
        limit = length
        total += length
    else:
        return set()
    return {e for e, span in enumerate(spans) if span > max(limit, 2)}


def _ports(level: Level, routes: list[list[int]], places: dict[int, int]) -> list[tuple[int, int]]:
    arriving: dict[int, list[int]] = {}
    for e, route in enumerate(routes):
        if route:
            arriving.setdefault(route[-1], []).append(e)
    ports = [(0, 1)] * len(routes)
    for edges in arriving.values():
        edges.sort(key=lambda e: (places[routes[e][-2]], level.edges[e].out or 0, e))
        for n, e in enumerate(edges):
            ports[e] = (n, len(edges))
    return ports
