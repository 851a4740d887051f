"""How far a run is: events counted into one line for each pipeline, map and node."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hypernodes import events as ev


class Line:
    """The counts of everything that happened under one name at one place."""

    __slots__ = (
        "batch",
        "began",
        "below",
        "cached",
        "done",
        "ended",
        "errors",
        "map",
        "name",
        "parent",
        "running",
        "total",
        "unknown",
    )  # fmt: skip

    def __init__(self, name: str, parent: Line | None, began: float) -> None:
        self.name = "".join(c if c.isprintable() else "?" for c in name)
        self.parent = parent
        self.below: list[Line] = []
        self.began = began
        self.ended = began
        self.done = self.errors = self.cached = self.running = self.total = 0
        self.map = self.unknown = self.batch = False

    @property
    def expected(self) -> int | None:
        """How many there will be, as far as is known."""
        if self.batch:
            return None
        line: Line | None = self if self.map else self.parent
        while line is not None and not line.map:
            line = line.parent
        if line is None:
            return max(1, self.finished + self.running)
        return None if line.unknown else max(line.total, self.finished)

    @property
    def finished(self) -> int:
        return self.done + self.errors + self.cached

    def rate(self, now: float) -> float | None:
        """How many a second."""
        seconds = (now if self.running else self.ended) - self.began
        return self.finished / seconds if self.finished and seconds > 0 else None

    def left(self, now: float) -> float | None:
        """Seconds to the end at this pace; what came from the cache says nothing of it."""
        expected, ran = self.expected, self.done + self.errors
        if expected is None or not ran:
            return None
        return (expected - self.finished) * (now - self.began) / ran


class Board:
    """Counts events. Cheap: a look-up and a few additions for each."""

    def __init__(self) -> None:
        self.roots: list[Line] = []
        self.open = 0  # runs and maps under way that belong to nothing else
        self._lines: dict[tuple[Any, ...], Line] = {}
        self._maps: dict[str, Line] = {}
        kinds: dict[type[ev.Event], Callable[[Any], None]] = {
            ev.NodeStart: self._node_start,
            ev.NodeEnd: self._node_end,
            ev.NodeError: self._node_error,
            ev.NodeCached: self._node_cached,
            ev.ItemStart: self._item_start,
            ev.ItemEnd: self._item_end,
            ev.ItemError: self._item_error,
            ev.ItemCached: self._item_cached,
            ev.MapStart: self._map_start,
            ev.MapEnd: self._map_end,
            ev.MapError: self._map_end,
            ev.RunStart: self._start,
            ev.RunEnd: self._end,
            ev.RunError: self._failed,
            ev.PipelineStart: self._start,
            ev.PipelineEnd: self._end,
            ev.PipelineError: self._failed,
            ev.PipelineCached: self._whole_cached,
        }
        self._add = kinds.get

    def add(self, event: ev.Event) -> None:
        """Count an event."""
        count = self._add(type(event))
        if count is not None:
            count(event)

    def lines(self) -> Iterator[tuple[int, Line]]:
        """Depth and line, from the top down."""
        waiting = [(0, line) for line in reversed(self.roots)]
        while waiting:
            depth, line = waiting.pop()
            yield depth, line
            waiting += [(depth + 1, each) for each in reversed(line.below)]

    # One method for each kind of event

    def _around(self, event: ev.Event) -> Line:
        """The line of a run, map or nested pipeline; an item's is its map's."""
        return self._lines.get(event.path) or self._made(event.path, event)

    def _node(self, event: ev.Event) -> Line:
        return self._lines.get((event.path, event.name)) or self._made(
            (event.path, event.name), event, event.path
        )

    def _made(self, key: Any, event: ev.Event, around: tuple[str, ...] | None = None) -> Line:
        path = event.path[:-1] if around is None else around
        parent = None
        if path:
            parent = self._lines.get(path) or self._made_above(path, event)
        line = self._lines[key] = Line(event.name, parent, event.time)
        (self.roots if parent is None else parent.below).append(line)
        return line

    def _made_above(self, path: tuple[str, ...], event: ev.Event) -> Line:
        parent = None
        for size in range(1, len(path) + 1):
            line = self._lines.get(path[:size])
            if line is None:
                line = self._lines[path[:size]] = Line(path[size - 1], parent, event.time)
                (self.roots if parent is None else parent.below).append(line)
            parent = line
        assert parent is not None
        return parent

    def _node_start(self, event: ev.NodeStart) -> None:
        line = self._node(event)
        line.running += 1
        line.batch = line.batch or event.parent in self._maps

    def _node_end(self, event: ev.NodeEnd) -> None:
        line = self._node(event)
        line.running -= 1
        line.done += 1
        line.ended = event.time

    def _node_error(self, event: ev.NodeError) -> None:
        line = self._node(event)
        line.running -= 1
        line.errors += 1
        line.ended = event.time

    def _node_cached(self, event: ev.NodeCached) -> None:
        line = self._node(event)
        line.cached += 1
        line.ended = event.time

    def _item_start(self, event: ev.ItemStart) -> None:
        pass

    def _item_end(self, event: ev.ItemEnd) -> None:
        line = self._around(event)
        line.done += 1
        line.ended = event.time

    def _item_error(self, event: ev.ItemError) -> None:
        line = self._around(event)
        line.errors += 1
        line.ended = event.time

    def _item_cached(self, event: ev.ItemCached) -> None:
        line = self._around(event)
        line.cached += 1
        line.ended = event.time

    def _map_start(self, event: ev.MapStart) -> None:
        line = self._around(event)
        line.map = True
        line.running += 1
        self._maps[event.id] = line
        if event.total is None:
            line.unknown = True
        else:
            line.total += event.total
        self.open += event.parent is None

    def _map_end(self, event: ev.MapEnd | ev.MapError) -> None:
        line = self._around(event)
        line.running -= 1
        line.ended = event.time
        self._maps.pop(event.id, None)
        self.open -= event.parent is None

    def _start(self, event: ev.Start) -> None:
        self._around(event).running += 1
        self.open += event.parent is None

    def _end(self, event: ev.End) -> None:
        line = self._around(event)
        line.running -= 1
        line.done += 1
        line.ended = event.time
        self.open -= event.parent is None

    def _failed(self, event: ev.Error) -> None:
        line = self._around(event)
        line.running -= 1
        line.errors += 1
        line.ended = event.time
        self.open -= event.parent is None

    def _whole_cached(self, event: ev.PipelineCached) -> None:
        line = self._around(event)
        line.cached += 1
        line.ended = event.time
