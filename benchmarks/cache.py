"""Cached re-runs, storing, fingerprints and hashes, in microseconds."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

from benchmarks.core import chain, chain_functions
from benchmarks.timing import Row
from hypernodes import DiskCache, MemoryCache, SeqEngine
from hypernodes.cache import content_hash
from hypernodes.code.fingerprint import Print, fingerprint

_ITEMS = 2_000


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        found = [*_maps("memory", MemoryCache(), "30"), *_maps("disk", DiskCache(folder), "150")]
    return [*found, *_fingerprints(), *_hashes()]


def _microseconds(work: Callable[[], Any], times: int, rounds: int = 5) -> float:
    """The best of some rounds: what others do on this machine only adds."""
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        found.append((time.perf_counter() - start) / times * 1e6)
    return min(found)


def _maps(name: str, cache: Any, goal: str) -> list[Row]:
    pipeline = chain(chain_functions(10)).with_engine(SeqEngine(cache=cache))
    inputs = {"v0": list(range(_ITEMS))}
    start = time.perf_counter()
    first = pipeline.map(inputs, "v0").to_dict()
    stored = (time.perf_counter() - start) / _ITEMS * 1e6
    if pipeline.map(inputs, "v0").to_dict() != first:
        raise AssertionError("a cached map gives something else")
    again = _microseconds(lambda: pipeline.map(inputs, "v0"), _ITEMS)
    once = _microseconds(lambda: [pipeline.run({"v0": 1}) for _ in range(50)], 50)
    return [
        Row(f"cached map, {name}, 10 nodes", "us per item", again, f"<= {goal}"),
        Row(f"storing a map, {name}, 10 nodes", "us per item", stored, "<= 200"),
        Row(f"cached run, {name}, 10 nodes", "us", once, "<= 200"),
    ]


def _fingerprints() -> list[Row]:
    names: dict[str, Any] = {"__name__": "__main__", "RATE": 2}
    calls = " + ".join(f"h{i}(v)" for i in range(49))
    for i in range(49):
        exec(f"def h{i}(v):\n    if v > {i}:\n        return v * RATE\n    return v\n", names)
    exec(f"def top(v):\n    return {calls}\n", names)
    top = names["top"]
    start = time.perf_counter()
    Print(top)
    first = (time.perf_counter() - start) * 1e3
    fingerprint(top)
    after = _microseconds(lambda: [fingerprint(top) for _ in range(200)], 200)
    return [
        Row("fingerprint of 50 functions, first", "ms", first, "<= 20"),
        Row("fingerprint of 50 functions, after", "us", after, "<= 30"),
    ]


def _hashes() -> list[Row]:
    found = [
        Row(f"hash of {value!r}", "us", _hash(value), "about 1") for value in (1, 1.5, "text", None)
    ]
    data = bytes(100_000_000)
    speeds = []
    for _ in range(3):
        start = time.perf_counter()
        content_hash(_numpy().frombuffer(data, "u1"))
        speeds.append(0.1 / (time.perf_counter() - start))
    return [*found, Row("hash of an array of 100 MB", "GB/s", statistics.median(speeds), ">= 1")]


def _hash(value: Any) -> float:
    from hypernodes.cache.hashing import Hasher

    hasher = Hasher()
    return _microseconds(lambda: [hasher.hash(value) for _ in range(1000)], 1000)


def _numpy() -> Any:
    import numpy as np

    return np
