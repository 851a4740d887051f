"""From which item time on an engine is faster than a loop: the table of docs/engines.md.

python -m benchmarks.crossover
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from hypernodes import DaftEngine, ParallelEngine, Pipeline, SeqEngine, node

COSTS = (0, 3, 10, 30, 100, 1_000)  # microseconds of one item
BUDGET = 0.2  # seconds of a loop over all items
MOST = 10_000
ROUNDS = 3


@node(output_name="y")
def spins(x: int, microseconds: int) -> int:
    end = time.thread_time_ns() + 1_000 * microseconds
    while microseconds and time.thread_time_ns() < end:
        pass
    return x


@node(output_name="y")
def sleeps(x: int, microseconds: int) -> int:
    if microseconds:
        time.sleep(microseconds / 1e6)
    return x


def speed_ups(function: Any, cost: int, engines: dict[str, Any]) -> dict[str, float]:
    """For each engine how often it is as fast as SeqEngine; all have started."""
    count = min(MOST, int(BUDGET * 1e6 / max(cost, 1)))
    inputs = {"x": list(range(count)), "microseconds": cost}
    pipeline = Pipeline([function])

    def timed(engine: Any) -> float:
        start = time.perf_counter()
        if pipeline.map(inputs, "x", engine=engine)["y"] != inputs["x"]:
            raise AssertionError(f"{engine}: not the same")
        return time.perf_counter() - start

    for engine in engines.values():
        timed(engine)
    found: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(ROUNDS):
        loop = timed(SeqEngine())
        for name, engine in engines.items():
            found[name].append(loop / timed(engine))
    return {name: statistics.median(each) for name, each in found.items()}


def table(function: Any, make: Callable[[], dict[str, Any]]) -> str:
    engines = make()
    lines = [f"| one item | {' | '.join(engines)} |", "|---" * (len(engines) + 1) + "|"]
    for cost in COSTS:
        ups = speed_ups(function, cost, engines)
        cells = [f"**{up:.2f}**" if up > 1 else f"{up:.2f}" for up in ups.values()]
        lines.append(f"| {cost:,} us | {' | '.join(cells)} |")
        print(lines[-1], file=sys.stderr)
    for engine in engines.values():
        if hasattr(engine, "close"):
            engine.close()
    return "\n".join(lines)


def main() -> None:
    print("Processor time (pure Python, holds the interpreter)\n")
    print(
        table(
            spins,
            lambda: {
                "threads, 2": ParallelEngine("threads", workers=2),
                "processes, 2": ParallelEngine("processes", workers=2),
                "DaftEngine()": DaftEngine(),
            },
        )
    )
    print("\nWaiting (time.sleep)\n")
    print(
        table(
            sleeps,
            lambda: {
                "threads, 32": ParallelEngine("threads", workers=32),
                "processes, 2": ParallelEngine("processes", workers=2),
                "DaftEngine()": DaftEngine(),
            },
        )
    )


if __name__ == "__main__":
    main()
