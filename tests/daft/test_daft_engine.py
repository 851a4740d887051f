"""DaftEngine itself: errors, threads, engines in engines, and manners."""

from __future__ import annotations

import contextvars
import os
import pickle
import pty
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from hypernodes import DaftEngine, EngineError, Pipeline, SeqEngine, node

HERE, WORKERS = DaftEngine(), DaftEngine(processes=True)


class BrokenError(Exception):
    def __init__(self, number: int, *, reason: str) -> None:
        super().__init__(f"{number} is broken: {reason}")
        self.number = number


@node(output_name="checked")
def check(x: int) -> int:
    if x % 100 == 42:
        raise BrokenError(x, reason="test")
    return x


@node(output_name="doubled")
def double(x: int) -> int:
    return 2 * x


@pytest.fixture(params=[HERE, WORKERS], ids=["here", "processes"])
def engine(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_an_exception_of_a_run_keeps_type_and_frames(engine: Any):
    with pytest.raises(BrokenError) as caught:
        Pipeline([check], name="checks").run({"x": 42}, engine=engine)
    assert caught.value.number == 42
    assert "node 'check' failed in pipeline 'checks'" in caught.value.__notes__[0]
    assert "x=42" in caught.value.__notes__[0]
    assert "raise BrokenError" in "".join(traceback.format_exception(caught.value))


def test_an_exception_of_a_map_tells_the_first_item_that_failed(engine: Any):
    with pytest.raises(BrokenError) as caught:
        Pipeline([check]).map({"x": range(1000)}, "x", engine=engine)
    assert caught.value.number == 42
    assert "item 42" in caught.value.__notes__[0]
    assert "raise BrokenError" in "".join(traceback.format_exception(caught.value))


def test_notes_are_those_of_seq_engine():
    inner = Pipeline([check], name="inner").as_node(map_over="xs", input_mapping={"xs": "x"})
    notes = []
    for engine in (SeqEngine(), HERE):
        with pytest.raises(BrokenError) as caught:
            Pipeline([inner], name="outer").run({"xs": range(50)}, engine=engine)
        notes.append(caught.value.__notes__)
    assert notes[0] == notes[1]


def test_the_very_exception_object_arrives_here():
    error = BrokenError(1, reason="one")

    @node(output_name="y")
    def fail(x: int) -> int:
        raise error

    with pytest.raises(BrokenError) as caught:
        Pipeline([fail]).map({"x": [1, 2]}, "x", engine=HERE)
    assert caught.value is error


def test_without_previews_no_value_is_told(engine: Any):
    secret = DaftEngine(processes=engine.processes, previews=False)
    with pytest.raises(BrokenError) as caught:
        Pipeline([check]).run({"x": 42}, engine=secret)
    assert "x=42" not in caught.value.__notes__[0]


def test_after_a_failure_nothing_more_runs_here():
    seen: list[int] = []

    @node(output_name="y")
    def fail(x: int) -> int:
        seen.append(x)
        raise ValueError(x)

    with pytest.raises(ValueError, match="0"):
        Pipeline([fail]).map({"x": range(300_000)}, "x", engine=HERE)
    assert seen == [0]


def test_after_a_failure_other_workers_stop_soon():
    @node(output_name="y")
    def slow(x: int) -> int:
        import time

        if not x:
            raise ValueError(x)
        time.sleep(0.5)
        return x

    started = time.perf_counter()
    with pytest.raises(ValueError, match="0"):
        Pipeline([slow]).map({"x": range(40 * (os.cpu_count() or 1) * 8)}, "x", engine=WORKERS)
    assert time.perf_counter() - started < 15  # a chunk alone takes 20 seconds


def test_failed_rows_are_collected(engine: Any):
    pipeline = Pipeline([double, check])
    inputs = {"x": range(40, 45)}
    rows = pipeline.map(inputs, "x", engine=engine, on_error="collect")
    assert rows["doubled"] == [80, 82, 84, 86, 88]
    assert rows["checked"] == [40, 41, None, 43, 44]
    assert len(pipeline.map(inputs, "x", engine=engine, on_error="skip")) == 4


def test_a_worker_that_ends_is_an_engine_error():
    # In a process of its own: Daft 0.7 may abort at exit after it has lost a worker.
    script = """
from hypernodes import DaftEngine, EngineError, Pipeline, node
@node(output_name="y")
def leave(x):
    import os
    os._exit(3)
try:
    Pipeline([leave]).run({"x": 1}, engine=DaftEngine(processes=True))
except EngineError as error:
    print("told:", error, flush=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert "told: a worker process of Daft's was lost" in done.stdout
    assert "Hint: did a node end its process" in done.stdout


def test_what_raises_while_it_is_rebuilt_in_the_worker_arrives():
    class Fragile:
        def __setstate__(self, state: Any) -> None:
            raise OSError("no such model here")

        def __getstate__(self) -> dict[str, int]:
            return {"a": 1}

    @node(output_name="y")
    def use(x: int, fragile: Any) -> int:
        return x

    with pytest.raises(OSError, match="no such model here"):
        Pipeline([use]).run({"x": 1, "fragile": Fragile()}, engine=WORKERS)


def test_what_is_not_needed_need_not_travel():
    rows = Pipeline([double, check]).map({"x": [1, 2]}, "x", output_name="doubled", engine=WORKERS)
    assert rows["doubled"] == [2, 4]


def test_rows_stream(engine: Any):
    read: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(1_000_000_000):
            read.append(number)
            yield number

    rows = Pipeline([double]).stream({"x": numbers()}, "x", engine=engine)
    assert [next(rows)["doubled"] for _ in range(10)] == list(range(0, 20, 2))
    assert len(read) <= 4096
    rows.close()  # type: ignore[attr-defined]


def test_user_code_runs_in_the_thread_and_context_of_the_caller():
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")

    @node(output_name="y")
    def look(x: int) -> tuple[int, str]:
        return threading.get_ident(), variable.get()

    token = variable.set("here")
    rows = Pipeline([look]).map({"x": range(3)}, "x", engine=HERE)
    variable.reset(token)
    assert rows["y"] == [(threading.get_ident(), "here")] * 3


def test_several_threads_at_once():
    def work(start: int) -> Any:
        return Pipeline([double]).map({"x": range(start, start + 1000)}, "x", engine=HERE)

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(work, range(12)))
    for start, rows in enumerate(results):
        assert rows["doubled"] == [2 * x for x in range(start, start + 1000)]


def test_pipelines_on_daft_within_nodes_on_daft():
    @node(output_name="inner")
    def inner(x: int) -> list[int]:
        many: list[int] = Pipeline([double]).map({"x": range(x)}, "x", engine=HERE)["doubled"]
        return many

    @node(output_name="outer")
    def outer(x: int) -> int:
        return sum(map(sum, Pipeline([inner]).map({"x": range(x)}, "x", engine=HERE)["inner"]))

    def work(_: int) -> Any:
        return Pipeline([outer]).map({"x": [2, 3, 4]}, "x", engine=HERE)["outer"]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [[0, 2, 8]] * 4


class Recording(SeqEngine):
    """An engine that a nested pipeline may name; not `inline`, so it is asked."""

    inline = False

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def run(self, plan: Any, values: Any, ctx: Any) -> dict[str, Any]:
        self.asked.append("run")
        return super().run(plan, values, ctx)

    def map(self, plan: Any, items: Any, ctx: Any) -> Any:
        self.asked.append("map")
        return super().map(plan, items, ctx)


def test_a_nested_engine_is_kept_here():
    own = Recording()
    inner = Pipeline([double], name="inner", engine=own)
    assert Pipeline([inner]).run({"x": 3}, engine=HERE) == {"doubled": 6}
    each = inner.as_node(map_over="xs", input_mapping={"xs": "x"})
    assert Pipeline([each]).run({"xs": [1, 2]}, engine=HERE) == {"doubled": [2, 4]}
    assert Pipeline([each]).map({"xs": [[1], [2]]}, "xs", engine=HERE)["doubled"] == [[2], [4]]
    assert own.asked == ["run", "map", "map", "map"]


def test_in_workers_the_outer_engine_wins_and_says_so_once():
    own = Recording()
    pipeline = Pipeline([Pipeline([double], name="inner", engine=own)])
    with pytest.warns(UserWarning, match="runs nested pipelines in its workers"):
        assert pipeline.run({"x": 3}, engine=WORKERS) == {"doubled": 6}
    assert pipeline.run({"x": 4}, engine=WORKERS) == {"doubled": 8}  # a warning would raise
    assert own.asked == []


def test_an_equal_nested_engine_is_part_of_the_outer(engine: Any):
    equal = DaftEngine(processes=engine.processes)
    each = Pipeline([double], engine=equal).as_node(map_over="xs", input_mapping={"xs": "x"})
    assert Pipeline([each]).run({"xs": [1, 2]}, engine=engine) == {"doubled": [2, 4]}
    rows = Pipeline([each]).map({"xs": [[1], [2, 3]]}, "xs", engine=engine)
    assert rows["doubled"] == [[2], [4, 6]]


def test_the_engine_is_a_value():
    assert DaftEngine() == DaftEngine()
    assert DaftEngine() != DaftEngine(processes=True)
    assert pickle.loads(pickle.dumps(DaftEngine(previews=False))) == DaftEngine(previews=False)


def test_a_plain_function_with_a_timeout_is_refused():
    @node(output_name="y", timeout=1.0)
    def wait(x: int) -> int:
        return x

    with pytest.raises(EngineError, match="DaftEngine cannot keep the timeout"):
        Pipeline([wait]).run({"x": 1}, engine=HERE)


def test_another_runner_of_daft_is_an_engine_error():
    script = """
from hypernodes import DaftEngine, EngineError, Pipeline
try:
    Pipeline([]).run({}, engine=DaftEngine())
except EngineError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "DAFT_RUNNER": "ray"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "needs Daft's native runner, but Daft is set to 'ray'" in done.stdout, done.stderr


def test_daft_draws_nothing_on_a_terminal():
    script = """
import os, time
from hypernodes import DaftEngine, Pipeline, node
@node(output_name="y")
def wait(x):
    time.sleep(0.7)
    return x
before = dict(os.environ)
Pipeline([wait]).run({"x": 1}, engine=DaftEngine())
assert dict(os.environ) == before
print("end")
"""
    ours, theirs = pty.openpty()
    done = subprocess.Popen([sys.executable, "-c", script], stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 4096):
            shown += data
    except OSError:  # how Linux says that the other side is closed
        pass
    finally:
        os.close(ours)
    assert done.wait(60) == 0
    assert shown.strip() == b"end"
