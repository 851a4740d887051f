"""Error policies of maps, retries, timeouts, replay, streams."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hypernodes import EngineError, GraphError, InputError, Pipeline, node


@node(output_name="half")
def halve(x: int) -> int:
    if x % 2:
        raise ValueError(f"{x} is odd")
    return x // 2


@node(output_name="size")
def measure(x: int) -> int:
    return len(str(x))


@node(output_name="next")
def after(half: int) -> int:
    return half + 1


PIPELINE = Pipeline([measure, halve, after], name="halves")


def test_collect_keeps_length_and_what_was_finished() -> None:
    rows = PIPELINE.map({"x": [2, 3, 40]}, map_over="x", on_error="collect")
    assert rows.to_dict() == {
        "size": [1, 1, 2],
        "half": [1, None, 20],
        "next": [2, None, 21],
    }
    assert str(rows.errors[1]) == "3 is odd"
    assert rows.errors[0] is None
    assert list(rows.errors) == [1]
    assert list(rows.index) == [0, 1, 2]
    assert rows[1:].errors[0] is rows.errors[1]


def test_skip_drops_failed_rows_and_tells_the_numbers_of_the_others() -> None:
    rows = PIPELINE.map({"x": [2, 3, 40]}, map_over="x", on_error="skip")
    assert rows["next"] == [2, 21]
    assert list(rows.index) == [0, 2]


def test_a_failing_inner_map_fails_its_outer_item() -> None:
    each = PIPELINE.as_node(
        input_mapping={"xs": "x"}, output_mapping={"next": "all"}, map_over="xs"
    )
    rows = Pipeline([each]).map({"xs": [[2], [4, 3], []]}, map_over="xs", on_error="collect")
    assert rows["all"] == [[2], None, []]
    assert "item 1 > item 1" in rows.errors[1].__notes__[0]


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(InputError, match="on_error must be 'raise', 'collect' or 'skip'"):
        PIPELINE.map({"x": []}, map_over="x", on_error="ignore")  # type: ignore[arg-type]


def test_retries_call_again_and_tell_how_often() -> None:
    tries: list[int] = []

    @node(output_name="y", retries=2, retry_on=ConnectionError)
    def flaky(x: int) -> int:
        tries.append(x)
        if len(tries) < 3:
            raise ConnectionError("not yet")
        return x

    assert Pipeline([flaky]).run({"x": 1}) == {"y": 1}
    assert tries == [1, 1, 1]

    @node(output_name="y", retries=1)
    def hopeless(x: int) -> int:
        tries.append(x)
        raise ConnectionError("never")

    with pytest.raises(ConnectionError) as caught:
        Pipeline([hopeless]).run({"x": 2})
    assert tries[3:] == [2, 2]
    assert "hypernodes: failed 2 times, the last one is shown" in caught.value.__notes__


def test_retry_on_leaves_other_exceptions_alone() -> None:
    tries: list[int] = []

    @node(output_name="y", retries=5, retry_on=ConnectionError)
    def wrong(x: int) -> int:
        tries.append(x)
        raise KeyError(x)

    with pytest.raises(KeyError):
        Pipeline([wrong]).run({"x": 1})
    assert tries == [1]


@pytest.mark.parametrize("options", [{"retries": -1}, {"retry_on": "no"}, {"timeout": 0}])
def test_wrong_policies_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(GraphError, match="node 'measure'"):
        node(output_name="y", **options)(measure.func)  # type: ignore[call-overload]


def test_a_timeout_ends_an_async_node_and_can_be_retried() -> None:
    tries: list[int] = []

    @node(output_name="y", timeout=0.05, retries=1)
    async def slow(x: int) -> int:
        tries.append(x)
        await asyncio.sleep(5 if len(tries) < x else 0)
        return x

    assert Pipeline([slow]).run({"x": 2}) == {"y": 2}
    with pytest.raises(TimeoutError) as caught:
        Pipeline([slow]).run({"x": 9})
    assert any("timeout of 0.05 s" in note for note in caught.value.__notes__)


def test_a_timeout_that_cannot_be_kept_is_refused_before_anything_runs() -> None:
    ran: list[int] = []

    @node(output_name="y", timeout=1)
    def plain(x: int) -> int:
        ran.append(x)
        return x

    with pytest.raises(EngineError, match="cannot keep the timeout of node 'plain'"):
        Pipeline([plain]).run({"x": 1})
    with pytest.raises(EngineError, match="cannot keep the timeout of node 'plain'"):
        Pipeline([plain]).map({"x": [1]}, map_over="x")
    assert not ran


def test_replay_runs_the_failed_node_with_its_inputs() -> None:
    with pytest.raises(ValueError, match="3 is odd") as caught:
        PIPELINE.map({"x": [2, 3]}, map_over="x")
    with pytest.raises(ValueError, match="3 is odd") as again:
        PIPELINE.replay(caught.value)
    assert again.value is not caught.value
    kept = PIPELINE.map({"x": [5]}, map_over="x", on_error="collect").errors[0]
    with pytest.raises(ValueError, match="5 is odd"):
        PIPELINE.replay(kept)
    with pytest.raises(InputError, match="does not come from a node"):
        PIPELINE.replay(ValueError("another"))


SCRIPT = """
import pdb
from hypernodes import Pipeline, node

@node(output_name="half")
def halve(x):
    if x % 2:
        raise ValueError(x)
    return x // 2

pipeline = Pipeline([halve])
try:
    pipeline.map({"x": [2, 7]}, map_over="x")
except ValueError as error:
    pdb.runcall(pipeline.replay, error)
"""


def test_replay_stops_in_the_node_under_pdb(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    line = SCRIPT.splitlines().index("    if x % 2:") + 1
    done = subprocess.run(
        [sys.executable, str(script)],
        input=f"break {script}:{line}\ncontinue\np ('x is', x)\nquit\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert "('x is', 7)" in done.stdout, done.stdout + done.stderr


def test_stream_reads_no_further_than_needed() -> None:
    read: list[int] = []

    def endless() -> Iterator[int]:
        for i in itertools.count():
            read.append(i)
            yield 2 * i

    rows = PIPELINE.stream({"x": endless()}, map_over="x", output_name="next")
    assert [next(rows) for _ in range(3)] == [{"next": 1}, {"next": 2}, {"next": 3}]
    assert len(read) <= 4


def test_stream_policies() -> None:
    assert list(PIPELINE.stream({"x": [2, 3, 4]}, "x", output_name="half", on_error="skip")) == [
        {"half": 1},
        {"half": 2},
    ]
    rows = PIPELINE.stream({"x": [2, 3]}, "x", on_error="collect")
    assert list(rows)[1] == {"size": 1, "half": None, "next": None}
    with pytest.raises(ValueError, match="3 is odd"):
        list(PIPELINE.stream({"x": [2, 3]}, "x"))


def test_unequal_iterators_are_told_when_they_end() -> None:
    @node(output_name="sum")
    def add(a: int, b: int) -> int:
        return a + b

    pipeline = Pipeline([add])
    with pytest.raises(InputError, match="'a' has more than 1, 'b' has 1"):
        pipeline.map({"a": iter([1, 2]), "b": [1]}, map_over=["a", "b"])
