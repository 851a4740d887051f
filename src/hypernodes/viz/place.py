"""Coordinates: where each slot of a level stands, given the sizes of its items.

Works along two axes: `u` follows the ranks, `v` runs across them, so that the two
orientations are one algorithm. page/place.js is the same for the page, where nested
pipelines open and close; a test holds the two together.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from hypernodes.viz.layout import Skeleton

_GAP_ITEM, _GAP_BEND = 18.0, 12.0  # between neighbours in a rank
_RANK_GAP, _STEEP, _STEEP_MAX = 42.0, 0.14, 70.0
_ROUNDS = 8
_BEND_WEIGHT = 4.0
_SNAP = 26.0
_PORT_MOVE, _PORT_GAP, _PORT_EDGE = 10.0, 6.0, 7.0  # how far an arrival may move, and from what


@dataclass(slots=True)
class Size:
    """Of an item: its extent, and where on it edges leave and arrive (None: spread)."""

    u: float
    v: float
    outs: list[float] | None = None
    ins: list[float] | None = None
    align: str = "start"  # in its rank: "start", "end"
    inset: float = 0.0  # distance kept from the start of the rank


@dataclass(slots=True)
class Link:
    """A piece of a route: from slot a to slot b, with the offsets on both."""

    a: int
    b: int
    out: float
    into: float
    weight: float


@dataclass(slots=True)
class Placed:
    """Of each slot `u`, `v` and rank; `into` is where each edge arrives on its target."""

    u: list[float]
    v: list[float]
    ranks: list[int]
    into: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


def out_offset(size: Size, out: int | None) -> float:
    if out is None:
        return size.v / 2
    if size.outs is not None:
        return size.outs[out]
    return size.v / 2


def in_offset(size: Size, into: int | None, port: tuple[int, int]) -> float:
    if size.ins is not None and into is not None:
        return size.ins[into]
    n, of = port
    step = min(12.0, (size.v - 12.0) / of)
    return size.v / 2 + (n - (of - 1) / 2) * step


def place(
    skeleton: Skeleton, ends: Sequence[tuple[int | None, int | None]], sizes: Sequence[Size]
) -> Placed:
    """Place the slots; `ends[e]` is (out, into) of edge e, `sizes` are the items'."""
    count = len(sizes)
    slots = max((slot for rank in skeleton.ranks for slot in rank), default=-1) + 1
    links = _links(skeleton, ends, sizes, count)
    before: list[list[Link]] = [[] for _ in range(slots)]
    after: list[list[Link]] = [[] for _ in range(slots)]
    for link in links:
        after[link.a].append(link)
        before[link.b].append(link)
    v = [0.0] * slots
    for rank in skeleton.ranks:
        _settle(rank, [0.0] * len(rank), [1.0] * len(rank), sizes, v)
    for turn in range(_ROUNDS):
        both = turn >= _ROUNDS // 2
        for rank in skeleton.ranks:
            _pull(rank, before, after if both else None, sizes, v)
        for rank in reversed(skeleton.ranks):
            _pull(rank, before if both else None, after, sizes, v)
    for rank in skeleton.ranks:
        _snap(rank, before, before, sizes, v, forward=True)
    for rank in reversed(skeleton.ranks):
        _snap(rank, before, after, sizes, v, forward=False)
    placed = _extent(skeleton, links, sizes, v)
    placed.into = _straighten(skeleton, ends, sizes, v)
    return placed


def _links(
    skeleton: Skeleton,
    ends: Sequence[tuple[int | None, int | None]],
    sizes: Sequence[Size],
    count: int,
) -> list[Link]:
    links: list[Link] = []
    seen: set[tuple[int, int]] = set()
    for route, (out, into), port in zip(skeleton.routes, ends, skeleton.ports, strict=True):
        for n, (a, b) in enumerate(itertools.pairwise(route)):
            last = n == len(route) - 2
            if not last:
                if (a, b) in seen:
                    continue
                seen.add((a, b))
            bends = (a >= count) + (b >= count)
            links.append(
                Link(
                    a,
                    b,
                    out_offset(sizes[a], out) if a < count else 0.0,
                    in_offset(sizes[b], into, port) if b < count else 0.0,
                    _BEND_WEIGHT if bends == 2 else 1.0,
                )
            )
    return links


def _pull(
    rank: Sequence[int],
    before: Sequence[Sequence[Link]] | None,
    after: Sequence[Sequence[Link]] | None,
    sizes: Sequence[Size],
    v: list[float],
) -> None:
    """Move the slots of a rank towards what they are linked to."""
    wanted: list[float] = []
    weights: list[float] = []
    for slot in rank:
        total = weight = 0.0
        for link in before[slot] if before is not None else ():
            total += (v[link.a] + link.out - link.into) * link.weight
            weight += link.weight
        for link in after[slot] if after is not None else ():
            total += (v[link.b] + link.into - link.out) * link.weight
            weight += link.weight
        wanted.append(total / weight if weight else v[slot])
        weights.append(weight or 0.1)
    _settle(rank, wanted, weights, sizes, v)


def _extent_of(slot: int, sizes: Sequence[Size]) -> float:
    return sizes[slot].v if slot < len(sizes) else 0.0


def _gap(a: int, b: int, sizes: Sequence[Size]) -> float:
    return _GAP_BEND if a >= len(sizes) or b >= len(sizes) else _GAP_ITEM


def _settle(
    rank: Sequence[int],
    wanted: Sequence[float],
    weights: Sequence[float],
    sizes: Sequence[Size],
    v: list[float],
) -> None:
    """As near to what is wanted as order and gaps allow (least squares, pool adjacent)."""
    offset = 0.0
    offsets: list[float] = []
    pools: list[tuple[float, float, int]] = []  # mean, weight, slots
    for i, slot in enumerate(rank):
        if i:
            offset += _extent_of(rank[i - 1], sizes) + _gap(rank[i - 1], slot, sizes)
        offsets.append(offset)
        mean, weight, size = wanted[i] - offset, weights[i], 1
        while pools and pools[-1][0] > mean:
            other, heavy, more = pools.pop()
            mean = (mean * weight + other * heavy) / (weight + heavy)
            weight += heavy
            size += more
        pools.append((mean, weight, size))
    i = 0
    for mean, _, size in pools:
        for _ in range(size):
            v[rank[i]] = mean + offsets[i]
            i += 1


def _snap(
    rank: Sequence[int],
    before: Sequence[Sequence[Link]],
    near: Sequence[Sequence[Link]],
    sizes: Sequence[Size],
    v: list[float],
    *,
    forward: bool,
) -> None:
    """Make nearly straight lines straight where there is room."""
    for i, slot in enumerate(rank):
        links = near[slot]
        if len(links) != 1 or (not forward and slot < len(sizes) and before[slot]):
            continue
        link = links[0]
        other = v[link.a] + link.out - link.into if forward else v[link.b] + link.into - link.out
        if abs(other - v[slot]) > _SNAP:
            continue
        low, high = other, other
        if i:
            prior = rank[i - 1]
            low = v[prior] + _extent_of(prior, sizes) + _gap(prior, slot, sizes)
        if i + 1 < len(rank):
            after = rank[i + 1]
            high = v[after] - _extent_of(slot, sizes) - _gap(slot, after, sizes)
        if low <= other <= high:
            v[slot] = other


def _straighten(
    skeleton: Skeleton,
    ends: Sequence[tuple[int | None, int | None]],
    sizes: Sequence[Size],
    v: Sequence[float],
) -> list[float]:
    """Where each edge arrives: a little off its even place if it is straight then."""
    into = [0.0] * len(ends)
    arriving: dict[int, list[int]] = {}
    for e, route in enumerate(skeleton.routes):
        if route:
            size = sizes[route[-1]]
            into[e] = in_offset(size, ends[e][1], skeleton.ports[e])
            if size.ins is None:
                arriving.setdefault(route[-1], []).append(e)
    for target, edges in arriving.items():
        edges.sort(key=lambda e: skeleton.ports[e][0])
        for n, e in enumerate(edges):
            a = skeleton.routes[e][-2]
            from_v = v[a] + (out_offset(sizes[a], ends[e][0]) if a < len(sizes) else 0.0)
            offset = from_v - v[target]
            low = into[edges[n - 1]] + _PORT_GAP if n else _PORT_EDGE
            high = sizes[target].v - _PORT_EDGE
            if n + 1 < len(edges):
                high = into[edges[n + 1]] - _PORT_GAP
            if abs(offset - into[e]) <= _PORT_MOVE and low <= offset <= high:
                into[e] = offset
    return into


def _extent(
    skeleton: Skeleton, links: Sequence[Link], sizes: Sequence[Size], v: list[float]
) -> Placed:
    slots = len(v)
    rank_of = [0] * slots
    for r, rank in enumerate(skeleton.ranks):
        for slot in rank:
            rank_of[slot] = r
    top = min(v, default=0.0)
    for slot in range(slots):
        v[slot] -= top
    steep = [0.0] * len(skeleton.ranks)
    for link in links:
        rise = abs(v[link.a] + link.out - v[link.b] - link.into)
        r = rank_of[link.a]
        steep[r] = max(steep[r], rise)
    placed = Placed([0.0] * slots, v, rank_of)
    start = 0.0
    for r, rank in enumerate(skeleton.ranks):
        extent = 0.0
        for slot in rank:
            if slot < len(sizes):
                extent = max(extent, sizes[slot].u + sizes[slot].inset)
        for slot in rank:
            placed.u[slot] = start
            if slot < len(sizes):
                size = sizes[slot]
                end = size.align == "end"
                placed.u[slot] = start + (extent - size.u if end else size.inset)
                placed.height = max(placed.height, v[slot] + size.v)
        placed.height = max([placed.height, *(v[slot] for slot in rank)])
        placed.starts.append(start)
        placed.ends.append(start + extent)
        placed.width = start + extent
        start += extent + _RANK_GAP + min(_STEEP_MAX, steep[r] * _STEEP)
    return placed
