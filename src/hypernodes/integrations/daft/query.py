"""Running a Daft query: on the right runner, and quietly."""

from __future__ import annotations

import os
import sys
import threading
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


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Daft's bars off the terminal, unless the user's environment asks for them."""
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
