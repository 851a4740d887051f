"""What the tests of worker processes share: scripts, pids, waiting."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path


def wait_until(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie has ended; whoever inherited it has only not looked yet.
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def all_gone(pids: Iterable[int], seconds: float = 10.0) -> bool:
    pids = list(pids)
    return bool(pids) and wait_until(lambda: not any(map(is_running, pids)), seconds)


def start(script: Path, *args: str, stdin: int | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(script), *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=stdin,
        text=True,
        cwd=script.parent,
    )


def run(script: Path, *args: str) -> str:
    process = start(script, *args)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out
