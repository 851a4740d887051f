"""One library against the same calls by hand, in the environment where it is installed.

    python -m benchmarks.peers hypernodes|pipefunc|hamilton|dask

Prints one JSON object: for each work the ratio to hand-written code (or seconds), or a few
words where the library cannot do it. `hypernodes` is this one or the original, whichever is
installed.
"""

from __future__ import annotations

import functools
import gc
import json
import logging
import os
import signal
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from benchmarks.adapters import ADAPTERS, Adapter, NoWayError
from benchmarks.hand import (
    by_hand,
    chain_functions,
    fan_by_hand,
    fan_functions,
    nested_by_hand,
)

PATIENCE = 20  # seconds for one work
ENOUGH = 0.25  # seconds of a library's own work in one round


class _TooLongError(Exception):
    pass


def _ring(*_: object) -> None:
    raise _TooLongError


def _seconds(work: Callable[[], Any], times: int) -> float:
    gc.collect()
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times


def ratio(theirs: Callable[[], Any], hand: Callable[[], Any], rounds: int = 7) -> float:
    """The median over interleaved rounds, after a look that both return the same."""
    first, want = theirs(), hand()
    if first != want:
        raise AssertionError(f"not the same: {first!r:.100} against {want!r:.100}")
    once, bare = _seconds(theirs, 1), _seconds(hand, 1)
    if once > 0.5:
        rounds = 3
    times = max(1, min(1000, int(ENOUGH / rounds / once)))
    bare_times = max(1, min(20_000, int(ENOUGH / rounds / bare)))
    return statistics.median(
        _seconds(theirs, times) / _seconds(hand, bare_times) for _ in range(rounds)
    )


def start_up(code: str, rounds: int = 11) -> float:
    """Milliseconds over a bare interpreter; compiled files are there, as after an install."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def run(text: str) -> float:
        command = [sys.executable, "-c", text]
        return _seconds(lambda: subprocess.run(command, check=True, env=env), 1)

    run(code)
    return statistics.median(run(code) - run("pass") for _ in range(rounds)) * 1e3


def _build(adapter: Adapter, length: int, kind: str) -> float:
    functions = chain_functions(length)
    start = time.perf_counter()
    chain = adapter.chain(functions)
    made = (chain.last if kind == "last" else chain.all)({"v0": 0})
    took = time.perf_counter() - start
    if made[f"v{length}"] != length or len(made) != (1 if kind == "last" else length):
        raise AssertionError(made)
    return took


def _map(adapter: Adapter, kind: str) -> float:
    functions = chain_functions(10)
    made, hand = adapter.mapped(functions), by_hand(functions)
    values = list(range(adapter.items))
    theirs, loop = (
        (made.last, hand["map_last"]) if kind == "last" else (made.all, hand["map_columns"])
    )
    return ratio(lambda: theirs(values), lambda: loop(values), rounds=5)


def works(adapter: Adapter) -> dict[str, Callable[[], float]]:
    found: dict[str, Callable[[], float]] = {}

    def run(length: int, kind: str) -> float:
        functions = chain_functions(length)
        made, hand = adapter.chain(functions), by_hand(functions)
        theirs = made.last if kind == "last" else made.all
        return ratio(lambda: theirs({"v0": 1}), lambda: hand[f"run_{kind}"]({"v0": 1}))

    def nested() -> float:
        functions = chain_functions(1)
        table = [list(range(100)) for _ in range(100)]
        theirs, hand = adapter.nested(functions[0]), nested_by_hand(functions[0])
        return ratio(lambda: theirs(table), lambda: hand(table))

    def fan() -> float:
        functions = fan_functions(1000)
        made, hand = adapter.fan(functions), fan_by_hand(functions)
        return ratio(lambda: made({"v0": 1}), lambda: hand({"v0": 1}))

    for kind in ("last", "all"):
        found[f"build 1000 {kind}"] = functools.partial(_build, adapter, 1000, kind)
    for length in (10, 100, 1000):
        for kind in ("last", "all"):
            found[f"run {length} {kind}"] = functools.partial(run, length, kind)
    for kind in ("last", "all"):
        found[f"map {kind}"] = functools.partial(_map, adapter, kind)
    found["nested"] = nested
    found["fan"] = fan
    found["import"] = lambda: start_up(f"import {adapter.module}")
    return found


def measured(work: Callable[[], float]) -> float | str:
    signal.alarm(PATIENCE)
    try:
        return work()
    except _TooLongError:
        return f"over {PATIENCE} s"
    except NoWayError:
        return "none"
    except Exception as error:
        return type(error).__name__
    finally:
        signal.alarm(0)


def main(name: str) -> None:
    signal.signal(signal.SIGALRM, _ring)
    warnings.simplefilter("ignore")
    logging.disable()
    adapter = ADAPTERS[name]()
    results: dict[str, float | str] = {}
    for work, measure in works(adapter).items():
        built = results.get(work.replace("run", "build")) if work.startswith("run") else None
        # What could not be run once needs no second minute to fail.
        results[work] = built if isinstance(built, str) else measured(measure)
    print(
        json.dumps(
            {"version": version(adapter.package), "items": adapter.items, "results": results}
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
