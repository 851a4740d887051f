"""One process: what changes under a live function, as in a notebook."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from hypernodes import MemoryCache, Pipeline, SeqEngine, node
from hypernodes.code.fingerprint import fingerprint, parts, state

CELL = """
RATE = 2
CONFIG = {"k": 1}
LOG = []
class Meter:
    def __init__(self):
        self.reads, self.scale = 0, 10
    def read(self, x):
        self.reads += 1
        return x * self.scale
METER = Meter()
def helper(x):
    LOG.append(x)
    return METER.read(x) * RATE + CONFIG["k"]
def work(x):
    return helper(x)
"""


@pytest.fixture
def cell() -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(CELL, names)
    return names


def test_changes_are_seen_on_the_next_run(cell: dict[str, Any]) -> None:
    pipeline = Pipeline([node(output_name="y")(cell["work"])]).with_engine(
        SeqEngine(cache=MemoryCache())
    )

    def run() -> tuple[int, bool]:
        before = len(cell["LOG"])
        return pipeline.run({"x": 1})["y"], len(cell["LOG"]) > before

    assert run() == (21, True)
    assert run() == (21, False)
    cell["RATE"] = 3
    assert run() == (31, True)
    cell["CONFIG"]["k"] = 5
    assert run() == (35, True)
    cell["METER"].scale = 1
    assert run() == (8, True)
    assert run() == (8, False)
    exec("def helper(x):\n    LOG.append(x)\n    return -x", cell)
    assert run() == (-1, True)
    exec("def helper(x):\n    # the same\n    LOG.append(x)\n    return -x", cell)
    assert run() == (-1, False)


def test_state_and_parts_are_told(cell: dict[str, Any]) -> None:
    assert state(cell["work"]) == ["LOG", "Meter.reads"]
    found = parts(cell["work"])
    assert {n.rpartition(".")[2] for n in found if n.startswith("function")} >= {"work", "helper"}
    assert any(name.endswith(".RATE") for name in found)
    cell["RATE"] = 9
    now = parts(cell["work"])
    assert [n.rpartition(".")[2] for n in now if now[n] != found[n]] == ["RATE"]


def test_a_file_edited_under_a_live_function_is_not_believed(tmp_path: Path) -> None:
    file = tmp_path / "edited_module.py"

    def load() -> Any:
        spec = importlib.util.spec_from_file_location("edited_module", file)
        assert spec is not None and spec.loader is not None
        module = sys.modules["edited_module"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    file.write_text("def f(x):\n    return x + 1\n")
    old = load()
    before = fingerprint(old.f)
    file.write_text("def f(x):\n    return x + 1000\n")
    try:
        assert fingerprint(old.f) == before
        assert fingerprint(load().f) != before
    finally:
        del sys.modules["edited_module"]


def test_equal_closures_of_one_factory_are_told_apart_by_what_they_hold() -> None:
    def make(k: int) -> Any:
        def add(x: int) -> int:
            return x + k

        return add

    assert fingerprint(make(1)) == fingerprint(make(1)) != fingerprint(make(2))

    def both(first: Any, second: Any) -> Any:
        return lambda x: first(second(x))

    assert fingerprint(both(make(1), make(2))) != fingerprint(both(make(2), make(1)))


def test_a_nonlocal_counter_and_a_memo_default_are_state() -> None:
    count = 0

    def counting(x: int, _memo: dict[int, int] = {}) -> int:  # noqa: B006 - the case
        nonlocal count
        count += 1
        _memo[x] = count
        return x

    before = fingerprint(counting)
    counting(3)
    assert fingerprint(counting) == before
