"""ParallelEngine("processes") as users meet it: scripts, Ctrl-C, crashes, timeouts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from processes import all_gone, run, start, wait_until

from hypernodes import EngineError, ParallelEngine, Pipeline, node

SCRIPT = """\
import os, sys, time
from hypernodes import ParallelEngine, Pipeline, node
print("main runs", flush=True)

class Point:
    def __init__(self, x): self.x = x

def helper(x): return Point(x)

@node(output_name="point")
def make(x):
    return helper(x)

@node(output_name="pid")
def who(point):
    return os.getpid()

{then}
"""


def test_a_script_without_guard(tmp_path):
    script = tmp_path / "plain.py"
    script.write_text(
        SCRIPT.format(
            then="""
rows = Pipeline([make, who]).map({"x": range(50)}, "x", engine=ParallelEngine("processes"))
assert [type(p) is Point and p.x for p in rows["point"]] == list(range(50))
assert os.getpid() not in rows["pid"]
print(*set(rows["pid"]))
"""
        )
    )
    first, pids = run(script).splitlines()
    assert first == "main runs"
    assert all_gone(map(int, pids.split()))
    done = subprocess.run(
        [sys.executable, "-"],
        input=script.read_text(),
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.stdout.startswith("main runs\n"), done.stderr
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_map_leaves_nothing_running(tmp_path, end):
    script = tmp_path / "slow.py"
    script.write_text(
        SCRIPT.format(
            then="""
@node(output_name="y")
def slow(point):
    os.write(1, b"%d\\n" % os.getpid())
    time.sleep(100)

Pipeline([make, slow]).map({"x": range(50)}, "x", engine=ParallelEngine("processes", workers=2))
"""
        )
    )
    process = start(script)
    assert process.stdout is not None
    assert process.stdout.readline() == "main runs\n"
    pids = {int(process.stdout.readline()) for _ in range(2)}
    began = time.monotonic()
    process.send_signal(end)
    _, err = process.communicate(timeout=20)
    assert time.monotonic() - began < 5
    assert all_gone(pids)
    if end == signal.SIGINT:
        assert "KeyboardInterrupt" in err
        assert "hypernodes-worker" not in err, "no thread of ours dies aloud"


@pytest.fixture(scope="module")
def engine():
    with ParallelEngine("processes", workers=2) as engine:
        yield engine


def test_a_worker_that_dies_names_the_items(engine):
    @node(output_name="y")
    def crash(x):
        if x == 20:
            os.kill(os.getpid(), signal.SIGSEGV)
        return x

    with pytest.raises(EngineError, match=r"SIGSEGV while it ran items? .*of 'fragile'"):
        Pipeline([crash], name="fragile").map({"x": range(100)}, "x", engine=engine)
    assert Pipeline([crash]).map({"x": range(10)}, "x", engine=engine)["y"] == [*range(10)]


def test_a_foreign_pool_that_breaks_names_the_items():
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    @node(output_name="y")
    def crash(x):
        os._exit(1)

    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    with pool, pytest.raises(EngineError, match="gave up while it worked on item 0"):
        Pipeline([crash]).map({"x": range(5)}, "x", engine=ParallelEngine(pool))


def test_after_an_exception_nothing_runs_on(engine, tmp_path):
    @node(output_name="y")
    def touch(x, folder):
        if x == 3:
            raise ValueError(x)
        for i in range(1000):
            time.sleep(0.01)
            (folder / "beat").write_text(f"{x} {i}")

    one_by_one = ParallelEngine(engine._pool(), chunk_size=1)
    began = time.monotonic()
    with pytest.raises(ValueError, match="3"):
        Pipeline([touch]).map({"x": [3, *range(4, 20)], "folder": tmp_path}, "x", engine=one_by_one)
    assert time.monotonic() - began < 5
    beat = (tmp_path / "beat").read_text() if (tmp_path / "beat").exists() else ""
    time.sleep(0.2)
    assert ((tmp_path / "beat").read_text() if beat else "") == beat


@node(output_name="y", timeout=0.3)
def sometimes_hangs(x):
    while x == 5:  # never gives up the interpreter, nor answers to an exception
        try:
            sum(range(10**7))
        except BaseException:
            continue
    return x


def test_a_node_that_overruns_is_ended(engine):
    pipeline = Pipeline([sometimes_hangs], name="timed")
    began = time.monotonic()
    with pytest.raises(TimeoutError, match="'sometimes_hangs' ran longer") as caught:
        pipeline.map({"x": range(8)}, "x", engine=engine)
    assert time.monotonic() - began < 5
    assert any("'timed', item 5" in note for note in caught.value.__notes__)
    with pytest.raises(TimeoutError, match=r"0\.3 s"):
        pipeline.run({"x": 5}, engine=engine)
    assert pipeline.run({"x": 4}, engine=engine) == {"y": 4}
    kept = pipeline.map({"x": range(8)}, "x", engine=engine, on_error="collect")
    assert kept["y"] == [0, 1, 2, 3, 4, None, 6, 7]
    assert isinstance(kept.errors[5], TimeoutError)


def test_a_node_in_time_may_take_longer_in_all(engine):
    @node(output_name="y", timeout=0.4)
    def quick(x):
        time.sleep(0.05)
        return x

    assert Pipeline([quick]).map({"x": range(20)}, "x", engine=engine)["y"] == [*range(20)]


def test_an_overrun_is_retried(engine, tmp_path):
    @node(output_name="y", timeout=0.3, retries=2)
    def flaky(x, folder):
        tries = folder / str(x)
        tries.write_text(tries.read_text() + "." if tries.exists() else ".")
        if len(tries.read_text()) < (3 if x == 1 else 9 if x == 2 else 1):
            time.sleep(20)
        return x

    pipeline = Pipeline([flaky])
    assert pipeline.map({"x": [0, 1], "folder": tmp_path}, "x", engine=engine)["y"] == [0, 1]
    with pytest.raises(TimeoutError):
        pipeline.run({"x": 2, "folder": tmp_path}, engine=engine)
    assert (tmp_path / "2").read_text() == "..."


def test_a_timeout_that_cannot_be_kept_is_refused():
    with pytest.raises(EngineError, match="timeout"), ParallelEngine("threads") as threads:
        Pipeline([sometimes_hangs]).map({"x": [1]}, "x", engine=threads)


def test_an_abandoned_stream_stops(engine):
    @node(output_name="pid")
    def slow(x):
        time.sleep(0.01 if x else 0)
        return os.getpid()

    rows = Pipeline([slow]).stream({"x": range(10_000)}, "x", engine=engine)
    next(rows)
    began = time.monotonic()
    rows.close()  # type: ignore[attr-defined]  # it is a generator
    assert time.monotonic() - began < 3
    assert wait_until(lambda: not engine._pool()._desk.running, 3)


def test_processes_start_when_needed_and_end_with_the_engine():
    @node(output_name="pid")
    def who(x):
        return os.getpid()

    engine = ParallelEngine("processes", workers=2)
    assert engine._own is None
    Pipeline([who]).run({"x": 1}, engine=engine)
    assert engine._own is None, "a single run is made here"
    pids = set(Pipeline([who]).map({"x": range(50)}, "x", engine=engine)["pid"])
    assert os.getpid() not in pids
    again = set(Pipeline([who]).map({"x": range(50)}, "x", engine=engine)["pid"])
    assert len(pids | again) <= 2, "the same processes go on"
    del engine
    assert all_gone(pids | again)
