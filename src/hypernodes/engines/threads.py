"""Maps in threads of this process: live objects, nothing pickled."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, wait
from typing import Any

from hypernodes.context import Context
from hypernodes.engines.base import Chunk, run_rows
from hypernodes.engines.spread import Pace, Piece, Spread
from hypernodes.items import Items
from hypernodes.plan import Plan

# Set in the threads that work on chunks: from there, the same threads are not waited for.
working: contextvars.ContextVar[bool] = contextvars.ContextVar("working", default=False)


def map_rows(
    plan: Plan, items: Items, ctx: Context, pool: Executor, workers: int, chunk_size: int | None
) -> Iterator[Chunk]:
    """The rows of a map in the threads of a pool."""
    if chunk_size is not None or ctx.streaming or plan.has_batches:
        return _in_chunks(plan, items, ctx, pool, workers, chunk_size)
    return _dealt(plan, items, ctx, pool, workers)


class _Dealer:
    """Hands out the rows of a map one by one: all threads stay busy until the last row."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows = enumerate(rows)
        self._lock = threading.Lock()
        self._failed: tuple[int, BaseException] | None = None
        self.stopped = False

    def rows(self, indices: list[int]) -> Iterator[Any]:
        """The next row, again and again; its number is added to `indices`."""
        while True:
            with self._lock:
                # Another thread may have come to the end, or upon a failure.
                if self.stopped:
                    return
                try:
                    index, row = next(self._rows)
                except StopIteration:
                    self.stopped = True
                    return
                except BaseException as error:
                    self.stopped = True
                    self._failed = (1 << 62, error)
                    return
            indices.append(index)
            yield row

    def fail(self, index: int, error: BaseException) -> None:
        """Stop; of several failures the first by row counts."""
        with self._lock:
            self.stopped = True
            if self._failed is None or index < self._failed[0]:
                self._failed = (index, error)

    def check(self) -> None:
        if self._failed is not None:
            error = self._failed[1]
            self._failed = None
            raise error


def _dealt(plan: Plan, items: Items, ctx: Context, pool: Executor, workers: int) -> Iterator[Chunk]:
    dealer = _Dealer(items.rows())

    def work() -> Chunk | None:
        working.set(True)
        indices: list[int] = []
        try:
            columns, errors = run_rows(
                plan, items.names, dealer.rows(indices), items.values, ctx, indices
            )
        except BaseException as error:
            dealer.fail(indices[-1] if indices else -1, error)
            return None
        return Chunk(indices, dict(zip(plan.outputs, columns, strict=True)), errors)

    count = workers if items.size is None else min(workers, items.size)
    futures: list[Future[Chunk | None]] = []
    try:
        futures += [pool.submit(contextvars.copy_context().run, work) for _ in range(count)]
        chunks = [future.result() for future in futures]
        dealer.check()
    finally:
        dealer.stopped = True
        for future in futures:
            future.cancel()
        wait(futures)
    yield from (chunk for chunk in chunks if chunk is not None and chunk.indices)


def _in_chunks(
    plan: Plan,
    items: Items,
    ctx: Context,
    pool: Executor,
    workers: int,
    chunk_size: int | None,
) -> Iterator[Chunk]:
    stopped = threading.Event()

    def work(piece: Piece, rows: list[Any]) -> tuple[Chunk, float]:
        working.set(True)
        began = time.perf_counter()
        indices = range(piece.start, piece.start + piece.count)
        each = rows if plan.has_batches else _until(stopped, rows)
        columns, errors = run_rows(plan, items.names, each, items.values, ctx, indices)
        chunk = Chunk(indices, dict(zip(plan.outputs, columns, strict=True)), errors)
        return chunk, time.perf_counter() - began

    def submit(piece: Piece, rows: list[Any]) -> Future[tuple[Chunk, float]]:
        return pool.submit(contextvars.copy_context().run, work, piece, rows)

    def finish(piece: Piece, future: Future[tuple[Chunk, float]]) -> Chunk:
        chunk, seconds = future.result()
        pace.learn(piece.count, seconds)
        return chunk

    def stop(futures: list[Future[Any]], _: float) -> None:
        stopped.set()
        for future in futures:
            future.cancel()
        wait(futures)

    pace = Pace(items.size, workers, chunk_size)
    spread: Spread[Chunk] = Spread(
        submit, finish, stop, 2 * workers, in_order=ctx.streaming and ctx.ordered
    )
    yield from spread.run(items.batches(pace.next))


def _until(stopped: threading.Event, rows: Iterable[Any]) -> Iterator[Any]:
    for row in rows:
        if stopped.is_set():
            return
        yield row
