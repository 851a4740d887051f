"""Threads, processes and streams, against ideal time or a bare pool."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from benchmarks.core import chain
from benchmarks.hand import chain_functions
from benchmarks.timing import Row
from hypernodes import ParallelEngine, Pipeline, SeqEngine, node

NOOPS = 100_000
ITEMS = 1_000


@node(output_name="slept")
def sleeps(x: int) -> int:
    time.sleep(0.001)
    return x


@node(output_name="spun")
def spins(x: int) -> int:
    end = time.thread_time() + 0.001  # of this thread's own processor time
    while time.thread_time() < end:
        pass
    return x


def rows() -> list[Row]:
    return [_noops(), _threads(), _processes(), *_streams()]


def _timed(work: Callable[[], Any], rounds: int) -> float:
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def loop(values: list[int]) -> list[int]:
    return [value + 1 for value in values]


def _noops() -> Row:
    """Against a pool by hand: 100 chunks, one function that loops, the results joined."""
    pipeline, values = chain(chain_functions(1)), list(range(NOOPS))
    size = NOOPS // 100
    with (
        ParallelEngine("processes", workers=2) as engine,
        ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool,
    ):

        def ours() -> list[int]:
            made: list[int] = pipeline.map({"v0": values}, "v0", engine=engine)["v1"]
            return made

        def bare() -> list[int]:
            chunks = [values[i : i + size] for i in range(0, NOOPS, size)]
            return [value for chunk in pool.map(loop, chunks) for value in chunk]

        if ours() != bare():
            raise AssertionError("not the same")
        found = statistics.median(_timed(ours, 1) / _timed(bare, 1) for _ in range(9))
    return Row(
        "processes, 100,000 no-op items, 2 workers", "a bare pool, 100 chunks", found, "<= 2"
    )


def _share_of_ideal(
    pipeline: Pipeline, output: str, engine: ParallelEngine, one: float, rounds: int
) -> float:
    """In percent; the engine has started."""
    values = list(range(ITEMS))
    with engine:
        for _ in range(2):  # workers started, code there
            if pipeline.map({"x": values}, "x", engine=engine)[output] != values:
                raise AssertionError("not the same")
        took = _timed(lambda: pipeline.map({"x": values}, "x", engine=engine), rounds)
    return 100 * one * ITEMS / engine.workers / took


def _threads() -> Row:
    # What the machine makes of a sleep of 1 ms is the machine's.
    one = _timed(lambda: [sleeps(0) for _ in range(200)], 3) / 200
    share = _share_of_ideal(
        Pipeline([sleeps]), "slept", ParallelEngine("threads", workers=32), one, 9
    )
    return Row("threads, 1 ms sleep x 1,000, 32 workers", "% of ideal", share, ">= 90 %")


def _processes() -> Row:
    share = _share_of_ideal(
        Pipeline([spins]), "spun", ParallelEngine("processes", workers=2), 0.001, 7
    )
    return Row("processes, 1 ms CPU x 1,000, 2 workers", "% of ideal", share, ">= 85 %")


def _streams() -> list[Row]:
    """Milliseconds until the first of many rows is there; the source never ends."""
    pipeline = Pipeline([sleeps])

    def endless() -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1

    def first(engine: Any) -> float:
        start = time.perf_counter()
        rows = pipeline.stream({"x": endless()}, "x", engine=engine)
        if next(rows) != {"slept": 0}:
            raise AssertionError("not the first row")
        took = time.perf_counter() - start
        rows.close()  # type: ignore[attr-defined]
        return took

    found = []
    for name, engine in (
        ("SeqEngine", SeqEngine()),
        ("threads", ParallelEngine("threads", workers=32)),
        ("processes", ParallelEngine("processes", workers=2)),
    ):
        first(engine)
        took = statistics.median(first(engine) for _ in range(15)) * 1e3
        found.append(Row(f"stream(), 1 ms items, {name}", "ms to the first row", took, ""))
        if isinstance(engine, ParallelEngine):
            engine.close()
    return found
