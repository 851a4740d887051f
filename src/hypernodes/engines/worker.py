"""The inside of a worker process: read a call, make it, answer, until the other end closes.

A message is one pickle, which says by itself where it ends. Calls come in and answers go
out through pipes of their own, so the user's prints cannot disturb them. A third pipe, the
lifeline, carries nothing: it closes when the parent is gone, however that happened.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from hypernodes import policies

READY = "ready"
serving = False  # whether this process is a worker


def main(requests: BinaryIO, replies_fd: int, lifeline: int, status: int) -> None:
    """Serve one pool until it closes the pipe of requests."""
    global serving  # noqa: PLW0603 - a process is one or is none
    serving = True
    fds = (requests.fileno(), replies_fd, lifeline, status)
    for fd in fds:
        os.set_inheritable(fd, False)  # not for programs that the user's code starts
    # A copy of this process made by fork must not keep the pipes open after our death.
    os.register_at_fork(after_in_child=lambda: _close_all(fds))
    # Ctrl-C is for the parent. A handler, unlike SIG_IGN, is not handed on to programs.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    threading.Thread(target=_die_with_parent, args=(lifeline,), daemon=True).start()
    blackbox = BlackBox(status)
    policies.deadline.set(blackbox.watch)
    replies = os.fdopen(replies_fd, "wb", buffering=1 << 16)
    send(replies, READY)
    while True:
        try:
            data = pickle.load(requests)
        except EOFError:
            return
        blackbox.begin()
        reply = answer(data)
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):  # whatever the user has put there
                stream.flush()
        send(replies, reply)


def send(pipe: BinaryIO, message: Any) -> None:
    """Write one message."""
    # Written through the file, large bytes are not copied into one pickle first.
    pickle.dump(message, pipe, protocol=5)
    pipe.flush()


def pack(function: Callable[..., Any], *args: Any, **kwargs: Any) -> bytes:
    """A call as bytes; code that is not installed travels along."""
    from hypernodes.shipping import dumps

    return dumps((function, args, kwargs))


def pack_plain(function: Callable[..., Any], *args: Any) -> bytes:
    """A call of our own as bytes: what is in it are bytes already."""
    return pickle.dumps((function, args, {}), protocol=5)


def unpack(data: bytes) -> Any:
    """What these, or `answer`, made into bytes."""
    from hypernodes.shipping.envelope import MAGIC

    if not data.startswith(MAGIC):
        return pickle.loads(data)
    from hypernodes.shipping import loads

    return loads(data)


def answer(data: bytes) -> tuple[bool, bytes]:
    """Make a call: whether it returned, and what it returned or raised."""
    from hypernodes.shipping.payload import dumps_light

    try:
        function, args, kwargs = unpack(data)
        result = function(*args, **kwargs)
        if type(result).__module__.startswith("hypernodes.engines."):
            return True, pickle.dumps(result, protocol=5)
        return True, dumps_light(result)
    except BaseException as error:
        try:
            return False, dumps_light(error)
        except Exception as second:
            lost = RuntimeError(f"{type(error).__qualname__}: {error} (it cannot travel: {second})")
            return False, dumps_light(lost)


class BlackBox:
    """Keeps in a file what the parent wants to know when this process has died.

    How many calls were begun, and the node that has a deadline now. Deadlines are the
    kernel's: SIGALRM ends the process also in a call that never gives up the interpreter.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        self._begun = 0
        self._deadline: tuple[str, float] | None = None

    def begin(self) -> None:
        """A call has arrived whole and is made now."""
        self._begun += 1
        self._write()

    @contextlib.contextmanager
    def watch(self, node: str, seconds: float) -> Iterator[None]:
        """End the process when the body takes longer than `seconds`."""
        outer, outer_left = self._deadline, signal.setitimer(signal.ITIMER_REAL, 0)[0]
        if outer is not None and outer_left <= seconds:  # the nearer end counts
            signal.setitimer(signal.ITIMER_REAL, max(outer_left, 1e-6))
            yield
            return
        self._deadline = node, seconds
        self._write()
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-6))
        try:
            yield
        finally:
            spent = seconds - signal.setitimer(signal.ITIMER_REAL, 0)[0]
            self._deadline = outer
            if outer is not None:
                self._write()
                signal.setitimer(signal.ITIMER_REAL, max(outer_left - spent, 1e-6))

    def _write(self) -> None:
        # A pickle ends where it says: what a longer one left behind it is not read.
        os.pwrite(self._file, pickle.dumps((self._begun, self._deadline)), 0)


def last_words(file: int) -> tuple[int, tuple[str, float] | None]:
    """In the parent: the calls that a dead process had begun, and its last deadline."""
    data = os.pread(file, 1 << 16, 0)
    found: tuple[int, tuple[str, float] | None] = pickle.loads(data) if data else (0, None)
    return found


def _die_with_parent(lifeline: int) -> None:
    with contextlib.suppress(OSError):
        os.read(lifeline, 1)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # with everything that the user's code started
    os._exit(1)


def _close_all(fds: tuple[int, ...]) -> None:
    for fd in fds:
        with contextlib.suppress(OSError):
            os.close(fd)
