"""Ranks: which column (or row) of its level each item stands in."""

from __future__ import annotations

from hypernodes.viz.scene import Level

_PILLS = ("inputs", "bound")


def ranks_of(level: Level) -> list[int]:
    """A rank for each item: edges go up, entries stand first, exits last.

    What could stand in several ranks goes where its edges are shortest.
    """
    items, edges = level.items, level.edges
    before: list[list[int]] = [[] for _ in items]
    after: list[list[int]] = [[] for _ in items]
    for edge in edges:
        before[edge.target].append(edge.source)
        after[edge.source].append(edge.target)
    entries = set(level.tabs("entry"))
    exits = set(level.tabs("exit"))
    order = _topological(before, after)
    ranks = [0] * len(items)
    for i in order:
        least = 1 if entries and i not in entries and items[i].kind not in _PILLS else 0
        ranks[i] = max([least, *(ranks[j] + 1 for j in before[i])])
    for i in reversed(order):
        if i in entries or i in exits or not after[i]:
            continue
        highest = min(ranks[j] for j in after[i]) - 1
        held = [j for j in before[i] if items[j].kind not in _PILLS]
        if len(held) < len(after[i]):
            ranks[i] = highest
    last = max((ranks[i] for i in order if i not in exits), default=-1) + 1
    for i in exits:
        ranks[i] = last
    return _without_gaps(ranks)


def _topological(before: list[list[int]], after: list[list[int]]) -> list[int]:
    waiting = [len(each) for each in before]
    order = [i for i, count in enumerate(waiting) if not count]
    for i in order:  # grows while it is read
        for j in after[i]:
            waiting[j] -= 1
            if not waiting[j]:
                order.append(j)
    return order


def _without_gaps(ranks: list[int]) -> list[int]:
    dense = {rank: i for i, rank in enumerate(sorted(set(ranks)))}
    return [dense[rank] for rank in ranks]
