"""The loop of a map over workers: how large chunks are, how many are under way, what fails."""

from __future__ import annotations

import queue
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from hypernodes.errors import EngineError

T = TypeVar("T")

_TARGET = 0.08  # seconds of work in a chunk: then a round trip is nothing
_LEAST = 0.005  # seconds: smaller chunks share no better, they only cost round trips
_GROWTH = 16  # times that a chunk may be larger than the one before
_LARGEST = 1 << 15  # rows
_SHARE = 3  # chunks for each worker that the remaining rows are split into
_AHEAD = 4  # times `limit` that a stream in order may run ahead of its slowest chunk
_PATIENCE = 1.0  # seconds for chunks under way to end by themselves when one has failed


class Pace:
    """The number of rows in the next chunk, from how long the last ones took.

    >>> pace = Pace(total=1000, workers=2)
    >>> first = pace.next()
    >>> pace.learn(1, 0.001)
    >>> first, pace.next()
    (1, 16)
    """

    def __init__(self, total: int | None, workers: int, fixed: int | None = None) -> None:
        self._left = total
        self._workers = workers
        self._fixed = fixed
        self._last = 1
        self._each: float | None = None  # seconds

    def next(self) -> int:
        """How many rows to take now; they count as taken."""
        self._last = self._fixed or self._size()
        if self._left is not None:
            self._left = max(0, self._left - self._last)
        return self._last

    def _size(self) -> int:
        if self._each is None:
            return 1
        each = max(self._each, 1e-9)
        size = min(int(_TARGET / each), _LARGEST)
        if self._left is not None:
            # Chunks get small towards the end, so that nobody waits long for the last one.
            share = -(-self._left // (self._workers * _SHARE))
            size = min(size, max(share, int(_LEAST / each)))
        return max(1, min(size, self._last * _GROWTH))

    def learn(self, count: int, seconds: float) -> None:
        """A chunk of `count` rows took so long."""
        each = seconds / count
        self._each = each if self._each is None else (self._each + each) / 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk under way: its place among the chunks, and its rows."""

    number: int
    start: int
    count: int

    def __str__(self) -> str:
        last = self.start + self.count - 1
        return f"item {last}" if self.count == 1 else f"items {self.start} to {last}"


@dataclass(slots=True, eq=False)
class Spread(Generic[T]):
    """Keeps up to `limit` chunks under way and hands on what comes back.

    `submit(piece, rows)` returns a future. `finish(piece, future)` makes a result of one
    that is done, or raises, or returns a further future for the same chunk.
    `stop(futures, patience)` ends what still runs and returns when nothing does.

    An exception ends the map: chunks of later rows are stopped, those of earlier rows are
    waited for, as the first exception by row is the one that is raised.
    """

    submit: Callable[[Piece, list[Any]], Future[Any]]
    finish: Callable[[Piece, Future[Any]], T | Future[Any]]
    stop: Callable[[list[Future[Any]], float], None]
    limit: int
    in_order: bool
    _pending: dict[Future[Any], Piece] = field(default_factory=dict)
    _finished: queue.SimpleQueue[Future[Any]] = field(default_factory=queue.SimpleQueue)
    _failure: tuple[int, BaseException] | None = None
    _read: int = 0  # rows

    def run(self, batches: Iterator[tuple[int, list[Any]]]) -> Generator[T, None, None]:
        """Yield the results of the chunks, as they finish."""
        patience = 0.0
        try:
            number, more = 0, True
            while True:
                while more and self._failure is None and self._has_room(number):
                    more = self._start(batches, number)
                    number += 1
                if not self._is_waiting():
                    break
                future = self._finished.get()
                piece = self._pending.pop(future, None)
                if piece is None:  # cancelled
                    continue
                try:
                    result = self.finish(piece, future)
                except BaseException as error:
                    self._fail(piece, self._told(error, piece))
                    continue
                del future
                if isinstance(result, Future):
                    self._wait_for(result, piece)
                elif self._failure is None:
                    yield result
                del result  # while we wait, nobody holds it
            if self._failure is not None:
                patience = _PATIENCE
                raise self._failure[1]
        finally:
            self._failure = None
            if self._pending:
                self.stop(list(self._pending), patience)

    def _has_room(self, number: int) -> bool:
        if len(self._pending) >= self.limit:
            return False
        if not self.in_order or not self._pending:
            return True
        slowest = min(piece.number for piece in self._pending.values())
        return number - slowest < self.limit * _AHEAD

    def _start(self, batches: Iterator[tuple[int, list[Any]]], number: int) -> bool:
        """Submit the next chunk; False when there is none."""
        start = self._read
        try:
            _, rows = next(batches, (start, []))
            if not rows:
                return False
            self._read += len(rows)
            piece = Piece(number, start, len(rows))
            self._wait_for(self.submit(piece, rows), piece)
        except Exception as error:
            # Rows before these may fail as well, and would have done so first.
            self._fail(Piece(number, start, 1), error)
            return False
        return True

    def _wait_for(self, future: Future[Any], piece: Piece) -> None:
        self._pending[future] = piece
        future.add_done_callback(self._finished.put)

    def _is_waiting(self) -> bool:
        if self._failure is None:
            return bool(self._pending)
        return any(piece.start < self._failure[0] for piece in self._pending.values())

    def _told(self, error: BaseException, piece: Piece) -> BaseException:
        """The exception, or what an executor says of itself with the items it worked on."""
        if not isinstance(error, BrokenExecutor | CancelledError):
            return error
        lost = ", ".join(map(str, (piece, *self._pending.values())))
        told = EngineError(
            f"the executor gave up while it worked on {lost}: {error!r}",
            hint="did a node end its process, or was the system short of memory?",
            items=lost,
        )
        told.__cause__ = error
        return told

    def _fail(self, piece: Piece, error: BaseException) -> None:
        if self._failure is None or piece.start < self._failure[0]:
            self._failure = piece.start, error
        for future, other in list(self._pending.items()):
            if other.start > self._failure[0] and future.cancel():
                del self._pending[future]
