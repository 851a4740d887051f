"""Ratios of medians of interleaved rounds: what a noisy machine can still tell."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, against what, and the goal."""

    work: str
    against: str
    ratio: float
    goal: str
    note: str = ""  # why, where the goal is missed


def seconds(work: Callable[[], Any], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        work()
    return time.perf_counter() - start


def ratio(
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    *,
    times: int = 1,
    rounds: int = 15,
    check: Callable[[Any, Any], bool] | None = None,
) -> float:
    """The median over rounds of ours/theirs; both sides run in turn in every round.

    The two must return the same before they are timed.
    """
    left, right = ours(), theirs()
    same = check(left, right) if check else left == right
    if not same:
        raise AssertionError(f"not the same work: {left!r:.200} against {right!r:.200}")
    del left, right
    found = []
    for _ in range(rounds):
        gc.collect()
        mine = seconds(ours, times)
        gc.collect()
        found.append(mine / seconds(theirs, times))
    return statistics.median(found)


def start_up(code: str, rounds: int = 15) -> float:
    """Milliseconds that `code` adds to a bare interpreter; the median of pairs."""

    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def run(text: str) -> float:
        command = [sys.executable, "-c", text]
        return seconds(lambda: subprocess.run(command, check=True, env=env), 1)

    run(code)  # compiled files are written once, by whoever installs a package
    return statistics.median(run(code) - run("pass") for _ in range(rounds)) * 1e3
