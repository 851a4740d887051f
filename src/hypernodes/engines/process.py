"""One worker process, seen from its parent."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import weakref
from pathlib import Path

from hypernodes.code.origin import _site_dirs as site_dirs
from hypernodes.engines import worker
from hypernodes.errors import EngineError

# What the new interpreter does first: find packages where its parent finds them.
_BOOT = """\
import pickle, sys
requests = open(int(sys.argv[1]), "rb", buffering=1 << 16)
sys.path[:] = pickle.load(requests)
from hypernodes.engines.worker import main
main(requests, *map(int, sys.argv[2:]))
"""
_GRACE = 2.0  # seconds that a worker has to end by itself
_started: weakref.WeakSet[WorkerProcess] = weakref.WeakSet()


class WorkerDiedError(Exception):
    """The process ended before it answered; `started` if it had begun with the call."""

    def __init__(self, code: int, *, started: bool, overrun: tuple[str, float] | None) -> None:
        super().__init__(code)
        self.code = code
        self.started = started
        self.overrun = overrun


class WorkerProcess:
    """Starts a process, speaks with it and ends it.

    It has a process group of its own: the terminal's Ctrl-C does not reach it, and what
    the user's code starts in it ends with it. Raises `EngineError` when it cannot start.
    """

    def __init__(self) -> None:
        if os.name != "posix" or not sys.executable:
            raise EngineError(
                "worker processes of our own need a POSIX system and a Python executable",
                hint="pass an executor, as in ParallelEngine(ProcessPoolExecutor())",
            )
        self._asked = 0
        self._status = tempfile.TemporaryFile(prefix="hypernodes-")  # noqa: SIM115 - stays open
        read_requests, write_requests = os.pipe()
        read_replies, write_replies = os.pipe()
        read_life, write_life = os.pipe()
        self._requests = os.fdopen(write_requests, "wb", buffering=1 << 16)
        self._replies = os.fdopen(read_replies, "rb", buffering=1 << 16)
        self._lifeline = os.fdopen(write_life, "wb", buffering=0)
        _started.add(self)
        theirs = (read_requests, write_replies, read_life)
        fds = (*theirs, self._status.fileno())
        command = [sys.executable, *_flags(), "-c", _BOOT, *map(str, fds)]
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, pass_fds=fds, process_group=0
            )
        finally:
            for fd in theirs:
                os.close(fd)
        self.pid = self._process.pid
        try:
            worker.send(self._requests, import_path())
            if pickle.load(self._replies) == worker.READY:
                return
        except (OSError, EOFError, pickle.UnpicklingError):
            pass
        code = self.end()
        raise EngineError(
            f"a worker process could not start: {sys.executable} {outcome(code)}",
            hint="what it said itself is on stderr",
            exit_code=code,
        )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, data: bytes) -> tuple[bool, bytes]:
        """Send a call and wait for its answer; `WorkerDiedError` when none can come."""
        self._asked += 1
        try:
            worker.send(self._requests, data)
            reply: tuple[bool, bytes] = pickle.load(self._replies)
            return reply
        except (OSError, ValueError, EOFError, pickle.UnpicklingError):
            code = self.end()
            begun, deadline = self._last_words
            raise WorkerDiedError(
                code,
                started=begun == self._asked,
                overrun=deadline if code == -signal.SIGALRM else None,
            ) from None

    def kill(self) -> None:
        """End the process, and what it started, at once. Who waits in `ask` is told."""
        if self._process.returncode is None:
            self._kill_group()

    def end(self) -> int:
        """Let the process end by itself, kill what is left after a while; its exit code."""
        with contextlib.suppress(OSError):
            self._requests.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE)
        self._kill_group()
        code = self._process.wait()
        self._last_words = worker.last_words(self._status.fileno())
        for file in (self._replies, self._lifeline, self._status):
            file.close()
        _started.discard(self)
        return code

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def forget(self) -> None:
        """In a copy of this process made by fork: hold on to nothing of the original's."""
        self._process.returncode = 0  # it is no child of this process
        null = os.open(os.devnull, os.O_RDWR)
        for file in (self._requests, self._replies, self._lifeline):
            if not file.closed:
                os.dup2(null, file.fileno(), inheritable=False)
        os.close(null)


def outcome(code: int) -> str:
    """How a process ended, in words.

    >>> outcome(3), outcome(-9)
    ('exited with code 3', 'was ended by SIGKILL')
    """
    if code >= 0:
        return f"exited with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def import_path() -> list[str]:
    """Where a worker finds packages: as here, but for the user's own folders.

    The script's folder and the current one are left out: code from there travels.
    """
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    own = {Path.cwd().resolve()}
    if main:
        own.add(Path(main).resolve().parent)
    own -= {Path(folder) for folder in site_dirs()}
    here = (Path(each) for each in sys.path if each)
    found = [str(each.absolute()) for each in here if each.resolve() not in own]
    ours = str(Path(__file__).absolute().parents[2])
    return found if ours in found else [*found, ours]


def _flags() -> list[str]:
    flags = ["-I" if sys.flags.isolated else "-P", *["-O"] * sys.flags.optimize]
    return flags + [f"-W{each}" for each in sys.warnoptions]


def _forget_all() -> None:
    for each in list(_started):
        each.forget()
    _started.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
