"""What Daft's worker processes import: bytes in, bytes out.

A worker gets the code and the job once, as arguments of the UDF, and chunks of rows as a
binary column. The user's exception travels as a result: Daft would bring its text only.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import daft
import pyarrow as pa

from hypernodes.context import Context
from hypernodes.engines.base import run_once, run_rows
from hypernodes.engines.remote_events import FarScope, Recorder
from hypernodes.failures import trim
from hypernodes.plan import Plan
from hypernodes.shipping import Payload
from hypernodes.shipping.payload import dumps_light

DONE, FAILED, SKIPPED = b"d", b"f", b"s"
_POLL = 0.1  # seconds


@dataclass(frozen=True, slots=True)
class Job:
    """The work of one query; without `names` it is a single run of the plan."""

    plan: Plan
    names: tuple[str, ...]
    values: dict[str, Any]
    ctx: Context
    scope: FarScope | None = None


class _Stopped(BaseException):
    """Ends a chunk that nobody waits for."""


class Bench:
    """One query's job in this process, read from its bytes once.

    `alive` is a file that is there as long as home wants answers.
    """

    def __init__(self, digest: str, code: Payload, job: bytes, alive: str) -> None:
        self.digest = digest
        self.session = code.load()
        self.job: Job = self.session.loads(job)
        self.stopped = False
        threading.Thread(target=self._watch, args=(alive,), daemon=True).start()

    def work(self, start: int, chunk: bytes) -> bytes:
        if self.stopped:
            return SKIPPED
        recorder = Recorder(self.job.scope, self.job.ctx)
        try:
            made = self._outputs(start, self.session.loads(chunk), recorder.ctx)
            data: bytes = self.session.dumps((made, recorder.told(self.session.dumps)))
        except _Stopped:
            return SKIPPED
        except BaseException as error:
            self.stopped = True  # home raises: nobody needs the rest
            trim(error)
            recorder.failed(error)
            return FAILED + dumps_light((error, recorder.told(dumps_light)))
        return DONE + data

    def _watch(self, alive: str) -> None:
        while os.path.exists(alive):  # noqa: PTH110 - half the price, ten times a second
            time.sleep(_POLL)
        self.stopped = True

    def _until_stopped(self, rows: list[Any]) -> Iterator[Any]:
        for row in rows:
            if self.stopped:
                raise _Stopped
            yield row

    def _outputs(self, start: int, rows: list[Any], ctx: Context) -> Any:
        job = self.job
        if job.names:
            indices = range(start, start + len(rows))
            todo = self._until_stopped(rows)
            return run_rows(job.plan, job.names, todo, job.values, ctx, indices)
        return run_once(job.plan, job.values, ctx)


_bench: Bench | None = None


def run_chunks(
    starts: daft.Series, chunks: daft.Series, digest: str, code: Payload, job: bytes, alive: str
) -> Any:
    """The batch UDF. Daft pickles it by name, and the arguments once per process."""
    global _bench  # noqa: PLW0603 - a worker process serves one query
    try:
        if _bench is None or _bench.digest != digest:
            _bench = Bench(digest, code, job, alive)
        bench = _bench
    except BaseException as error:
        # What the code or a constant raises where it is rebuilt is the user's to see.
        return _answers([FAILED + dumps_light((error, None))] * len(starts))
    todo = zip(starts.to_pylist(), chunks.to_pylist(), strict=True)
    return _answers([bench.work(start, chunk) for start, chunk in todo])


def _answers(answers: list[bytes]) -> Any:
    return pa.array(answers, pa.large_binary())
