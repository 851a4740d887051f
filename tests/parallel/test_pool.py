from __future__ import annotations

import concurrent.futures
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from processes import all_gone, is_running, run, start, wait_until

from hypernodes import EngineError, ShippingError
from hypernodes.engines.pool import WorkerPool


@pytest.fixture
def pool():
    with WorkerPool(2) as pool:
        yield pool


def double(x):
    return 2 * x


def slowly(seconds, result):
    time.sleep(seconds)
    return result


def test_is_an_executor(pool):
    assert isinstance(pool, concurrent.futures.Executor)
    assert list(pool.map(double, range(20))) == [2 * i for i in range(20)]


def test_code_that_is_not_installed_travels(pool):
    class Local:
        def __init__(self, value):
            self.value = value

    result = pool.submit(lambda: Local(double(4))).result()
    assert type(result) is Local
    assert result.value == 8


def test_runs_in_other_processes_that_stay(pool):
    pids = {pool.submit(os.getpid).result() for _ in range(10)}
    assert os.getpid() not in pids
    assert len(pids) <= 2


def test_starts_no_process_before_there_is_work(pool):
    assert not pool._desk.threads
    pool.submit(double, 1).result()
    assert len(pool._desk.threads) == 1
    pool.submit(double, 1).result()
    assert len(pool._desk.threads) == 1, "an idle worker takes the next call"


def test_an_exception_keeps_type_and_message(pool):
    class NoLuckError(Exception):
        pass

    def fail():
        raise NoLuckError("today")

    with pytest.raises(NoLuckError, match="today"):
        pool.submit(fail).result()
    assert pool.submit(double, 3).result() == 6


def test_what_cannot_travel_is_said_at_home(pool):
    with pytest.raises(ShippingError):
        pool.submit(double, threading.Lock())


def test_a_result_that_cannot_travel_is_an_error_of_this_call_only(pool):
    with pytest.raises(ShippingError):
        pool.submit(threading.Lock).result()
    assert pool.submit(double, 3).result() == 6


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (lambda: os._exit(3), "exited with code 3"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "was ended by SIGKILL"),
        (lambda: os.kill(os.getpid(), signal.SIGSEGV), "was ended by SIGSEGV"),
    ],
)
def test_a_worker_that_dies_fails_only_its_call(pool, end, told):
    other = pool.submit(slowly, 0.5, "done")
    with pytest.raises(EngineError, match=told) as caught:
        pool.submit(end).result()
    assert "lambda" in caught.value.task
    assert other.result() == "done"
    assert list(pool.map(double, range(6))) == [0, 2, 4, 6, 8, 10]


def test_a_worker_killed_while_idle_costs_no_call(pool):
    pid = pool.submit(os.getpid).result()
    os.kill(pid, signal.SIGKILL)
    assert all_gone([pid])
    assert pool.submit(double, 2).result() == 4
    assert pool.submit(os.getpid).result() != pid


def test_a_running_call_can_be_killed_with_what_it_started(pool, tmp_path):
    def hang(path):
        import subprocess

        child = subprocess.Popen(["sleep", "100"])
        Path(path).write_text(f"{os.getpid()} {child.pid}")
        time.sleep(100)

    noted = tmp_path / "pids"
    future = pool.submit(hang, str(noted))
    assert wait_until(lambda: noted.exists() and " " in noted.read_text())
    pids = [int(each) for each in noted.read_text().split()]
    assert all(map(is_running, pids))
    pool.kill(future)
    with pytest.raises(EngineError, match="stopped"):
        future.result(timeout=10)
    assert all_gone(pids)
    assert pool.submit(double, 2).result() == 4


def test_a_call_that_waits_is_cancelled_by_kill():
    with WorkerPool(1) as pool:
        first = pool.submit(time.sleep, 0.3)
        second = pool.submit(double, 1)
        pool.kill(second)
        assert second.cancelled()
        first.result()


def test_large_messages_both_ways(pool):
    data = bytes(range(256)) * 200_000
    both = [pool.submit(lambda d: d + d, data) for _ in range(3)]
    assert all(future.result() == data + data for future in both)


def test_prints_reach_the_terminal_and_not_the_protocol(capfd):
    def talk():
        import subprocess

        print("from python")
        print("to stderr", file=sys.stderr)
        os.write(1, b"raw bytes\n")
        subprocess.run(["echo", "from a program"], check=True)
        return sys.stdin.read()

    with WorkerPool(1) as pool:
        assert pool.submit(talk).result() == "", "stdin is empty, not the user's terminal"
    out, err = capfd.readouterr()
    assert all(text in out for text in ("from python", "raw bytes", "from a program"))
    assert "to stderr" in err


def test_a_copy_made_by_fork_in_a_worker_does_not_hold_the_pool():
    def fork_and_die():
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        os._exit(7)

    with WorkerPool(1) as pool:
        began = time.monotonic()
        with pytest.raises(EngineError, match="code 7"):
            pool.submit(fork_and_die).result(timeout=20)
        assert time.monotonic() - began < 15


def test_shutdown_ends_the_processes_and_refuses_new_calls():
    pool = WorkerPool(2)
    pids = {pool.submit(os.getpid).result() for _ in range(4)}
    last = pool.submit(slowly, 0.2, "finished")
    pool.shutdown()
    assert last.result() == "finished"
    assert all_gone(pids)
    with pytest.raises(RuntimeError, match="shutdown"):
        pool.submit(double, 1)


def test_a_pool_that_is_dropped_ends_its_processes():
    pool = WorkerPool(1)
    pid = pool.submit(os.getpid).result()
    del pool
    assert all_gone([pid])


def test_a_dropped_pool_still_answers_who_waits():
    future = WorkerPool(1).submit(slowly, 0.3, "done")
    assert future.result(timeout=20) == "done"


def test_the_users_folders_are_not_on_the_path(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(
        "import sys, helper_of_mine\n"
        "from hypernodes.engines.pool import WorkerPool\n"
        "print('main runs')\n"
        "def where():\n"
        "    import importlib.util, sys\n"
        "    return list(sys.path), importlib.util.find_spec('cloudpickle') is not None\n"
        "pool = WorkerPool(1)\n"
        "path, found = pool.submit(where).result()\n"
        "assert found\n"
        f"assert {str(tmp_path)!r} not in path and '' not in path, path\n"
        "print(pool.submit(lambda: helper_of_mine.answer()).result())\n"
    )
    (tmp_path / "helper_of_mine.py").write_text("def answer():\n    return 42\n")
    assert run(script).splitlines() == ["main runs", "42"]


NO_GUARD = """\
import os
from hypernodes.engines.pool import WorkerPool
print("main runs")
class Point:
    def __init__(self, x): self.x = x
pool = WorkerPool(2)
pids = [pool.submit(os.getpid).result()]
print(pool.submit(lambda: Point(os.getppid()).x).result() == os.getpid())
print(*pids, flush=True)
"""


def test_a_script_needs_no_guard_and_leaves_no_process(tmp_path):
    script = tmp_path / "plain.py"
    script.write_text(NO_GUARD)
    first, same, pid = run(script).splitlines()
    assert (first, same) == ("main runs", "True")
    assert all_gone([int(pid)])


def test_a_program_read_from_stdin(tmp_path):
    done = subprocess.run(
        [sys.executable, "-"],
        check=False,
        input=NO_GUARD,
        text=True,
        capture_output=True,
        cwd=tmp_path,
    )
    assert done.stdout.startswith("main runs\nTrue\n"), done.stderr
    assert all_gone([int(done.stdout.splitlines()[2])])


BUSY = """\
import os, sys, time, threading
from hypernodes.engines.pool import WorkerPool
pool = WorkerPool(2)
idle = pool.submit(os.getpid).result()
def work():
    import subprocess
    child = subprocess.Popen(["sleep", "100"])
    os.write(1, b"%d %d\\n" % (os.getpid(), child.pid))
    time.sleep(100)
future = pool.submit(work)
os.write(1, b"%d\\n" % idle)
{then}
"""


@pytest.mark.parametrize(
    ("then", "end"),
    [
        ("future.result()", signal.SIGKILL),
        ("future.result()", signal.SIGTERM),
        ("future.result()", signal.SIGINT),
        ("time.sleep(0.5); raise ValueError", None),
        ("time.sleep(0.5); sys.exit(3)", None),
        ("time.sleep(0.5); os._exit(3)", None),
    ],
)
def test_no_process_outlives_its_parent(tmp_path, then, end):
    script = tmp_path / "busy.py"
    script.write_text(BUSY.format(then=then))
    process = start(script)
    assert process.stdout is not None
    pids = [int(each) for _ in range(2) for each in process.stdout.readline().split()]
    assert len(pids) == 3
    if end is not None:
        time.sleep(0.1)
        process.send_signal(end)
    # The pipes stay open as long as anybody holds them.
    process.communicate(timeout=20)
    assert process.returncode != 0
    assert all_gone(pids)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_of_the_parent_does_not_keep_workers_alive(pool):
    pid = pool.submit(os.getpid).result()
    child = os.fork()
    if child == 0:
        try:
            fresh = pool.submit(os.getpid).result() != pid
            os._exit(0 if fresh else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert pool.submit(os.getpid).result() == pid, "the original is as it was"


def test_bad_number_of_workers():
    with pytest.raises(ValueError, match="at least 1"):
        WorkerPool(0)
