"""The order of slots within ranks, with few crossings (barycenters, then exchanges)."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Mapping, Sequence

from hypernodes.viz.scene import Edge, Level

_SWEEPS = 12
_EXCHANGES_UP_TO = 1500  # slots; beyond, looking at each pair costs more than it gives


class Ports:
    """Where on an item an edge leaves and arrives, as a part of its length, from -0.5 to 0.5."""

    def __init__(self, level: Level, tabs: Mapping[int, tuple[list[int], list[int]]]) -> None:
        self.level = level
        self.tabs = tabs  # entries and values of an item in the order in which they stand

    def leaving(self, edge: Edge) -> float:
        if edge.out is None:
            return 0.0
        if edge.source in self.tabs:
            return _part(self.tabs[edge.source][1], edge.out)
        return (edge.out + 1) / (len(self.level.items[edge.source].values) + 1) - 0.5

    def arriving(self, edge: Edge) -> float:
        if edge.into is None or edge.target not in self.tabs:
            return 0.0
        return _part(self.tabs[edge.target][0], edge.into)


def _part(order: list[int], which: int) -> float:
    return (order.index(which) + 1) / (len(order) + 1) - 0.5


class _Links:
    """The pieces of routes between neighbouring ranks, each once, with the other end's port."""

    def __init__(self, ports: Ports, routes: Sequence[Sequence[int]], slots: int) -> None:
        self.left: list[list[tuple[int, float, float]]] = [[] for _ in range(slots)]
        self.right: list[list[tuple[int, float, float]]] = [[] for _ in range(slots)]
        seen: set[tuple[int, int, float, float]] = set()
        for route, edge in zip(routes, ports.level.edges, strict=True):
            for n, (a, b) in enumerate(itertools.pairwise(route)):
                out = ports.leaving(edge) if n == 0 else 0.0
                into = ports.arriving(edge) if n == len(route) - 2 else 0.0
                if (a, b, out, into) not in seen:
                    seen.add((a, b, out, into))
                    self.right[a].append((b, into, out))
                    self.left[b].append((a, out, into))


def ordered(
    ports: Ports, slots: list[list[int]], routes: Sequence[Sequence[int]], count: int
) -> tuple[list[list[int]], dict[int, int]]:
    """The ranks in an order with few crossings, and each slot's place in its rank."""
    links = _Links(ports, routes, count)
    best: list[list[int]] = [list(rank) for rank in slots]
    fewest = -1
    starts = [best, _depth_first(slots, links)]
    for first in (0, 1):  # the sweep to begin with: forward, backward
        for start in starts:
            found, crossings = _improve(start, links, count, first)
            if fewest < 0 or crossings < fewest:
                best, fewest = found, crossings
        if not fewest or count > _EXCHANGES_UP_TO:
            break
    return best, {slot: i for rank in best for i, slot in enumerate(rank)}


def _depth_first(slots: list[list[int]], links: _Links) -> list[list[int]]:
    rank_of = {slot: r for r, rank in enumerate(slots) for slot in rank}
    ranks: list[list[int]] = [[] for _ in slots]
    seen: set[int] = set()
    for root in (slot for rank in slots for slot in rank):
        stack = [root]
        while stack:
            slot = stack.pop()
            if slot in seen:
                continue
            seen.add(slot)
            ranks[rank_of[slot]].append(slot)
            near = [link[0] for link in (*links.right[slot], *links.left[slot])]
            stack += reversed(near)
    return ranks


def _improve(
    start: list[list[int]], links: _Links, count: int, first: int
) -> tuple[list[list[int]], int]:
    ranks = [list(rank) for rank in start]
    place = [0.0] * count
    for rank in ranks:
        _number(rank, place)
    best = [list(rank) for rank in ranks]
    fewest = crossings_of(ranks, links, place)
    stale = 0
    for sweep in range(first, first + _SWEEPS):
        if not fewest or stale > 3:
            break
        side = links.left if sweep % 2 == 0 else links.right
        for rank in ranks[1:] if sweep % 2 == 0 else reversed(ranks[:-1]):
            _sort(rank, side, place)
        if count <= _EXCHANGES_UP_TO:
            _exchange(ranks, links, place)
        crossings = crossings_of(ranks, links, place)
        stale += 1
        if crossings < fewest:
            best, fewest, stale = [list(rank) for rank in ranks], crossings, 0
    return best, fewest


def _number(rank: list[int], place: list[float]) -> None:
    for i, slot in enumerate(rank):
        place[slot] = float(i)


def _sort(rank: list[int], side: list[list[tuple[int, float, float]]], place: list[float]) -> None:
    """By the mean place of the neighbours on one side; who has none keeps its place."""
    keys: list[tuple[float, int, int]] = []
    for i, slot in enumerate(rank):
        near = side[slot]
        if near:
            total = 0.0
            for other, port, own in near:
                total += place[other] + port - own / 4
            keys.append((total / len(near), i, slot))
    fixed = {i for i, slot in enumerate(rank) if not side[slot]}
    moved = iter(sorted(keys))
    rank[:] = [slot if i in fixed else next(moved)[2] for i, slot in enumerate(list(rank))]
    _number(rank, place)


def _exchange(ranks: list[list[int]], links: _Links, place: list[float]) -> None:
    """Swap neighbours while that takes crossings away."""
    for _ in range(4):
        better = False
        for rank in ranks:
            for i in range(len(rank) - 1):
                a, b = rank[i], rank[i + 1]
                now = later = 0
                for side in (links.left, links.right):
                    n, s = _pair(side[a], side[b], place)
                    now += n
                    later += s
                if later < now:
                    rank[i], rank[i + 1] = b, a
                    place[a], place[b] = place[b], place[a]
                    better = True
        if not better:
            return


def _pair(
    first: list[tuple[int, float, float]],
    second: list[tuple[int, float, float]],
    place: list[float],
) -> tuple[int, int]:
    """Crossings between the links of two neighbours, as they stand and swapped."""
    now = swapped = 0
    for a, p, _ in first:
        for b, q, _ in second:
            x, y = place[a] + p, place[b] + q
            now += x > y
            swapped += x < y
    return now, swapped


def crossings_of(ranks: list[list[int]], links: _Links, place: list[float]) -> int:
    """How often links cross in the whole level."""
    total = 0
    for rank in ranks:
        ends = sorted(
            (place[a] + port, place[b] + own) for b in rank for a, port, own in links.left[b]
        )
        seen: list[float] = []
        for _, end in ends:
            total += len(seen) - bisect.bisect_right(seen, end)
            bisect.insort(seen, end)
    return total
