"""Running a Daft query: on the right runner, and quietly."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import daft

from hypernodes.errors import EngineError

# What Daft reads when a query starts, to draw bars and to tell the query's id.
_NOISE = ("DAFT_PROGRESS_BAR", "DAFT_SHOW_QUERY_ID")
_lock = threading.Lock()
_quiet_queries = 0
_set_here: list[str] = []


def need_native_runner() -> None:
    """Raise `EngineError` where Daft runs its queries elsewhere."""
    kind = daft.get_or_infer_runner_type()
    if kind != "native":
        raise EngineError(
            f"DaftEngine needs Daft's native runner, but Daft is set to {kind!r}",
            hint="call daft.set_runner_native() before anything else uses Daft",
            runner=kind,
        )


_SETTLING = 0.5  # seconds after a query in which Daft's threads let go of Python objects
_last_end = -_SETTLING


@atexit.register
def _settle() -> None:
    """Let Daft's threads finish: one that meets a finalising interpreter aborts the process."""
    left = _last_end + _SETTLING - time.monotonic()
    if left > 0:
        time.sleep(left)


@contextmanager
def quiet() -> Iterator[None]:
    """A query: Daft's bars stay off the terminal, unless the user's environment wants them."""
    global _last_end  # noqa: PLW0603 - Daft's threads are one set per process
    try:
        with _without_bars():
            yield
    finally:
        _last_end = time.monotonic()


@contextmanager
def _without_bars() -> Iterator[None]:
    global _quiet_queries  # noqa: PLW0603 - the environment is one per process
    if not sys.stderr or not sys.stderr.isatty():
        yield
        return
    with _lock:
        _quiet_queries += 1
        for name in _NOISE:
            if name not in os.environ:
                os.environ[name] = "0"
                _set_here.append(name)
    try:
        yield
    finally:
        with _lock:
            _quiet_queries -= 1
            if not _quiet_queries:
                while _set_here:
                    os.environ.pop(_set_here.pop(), None)
