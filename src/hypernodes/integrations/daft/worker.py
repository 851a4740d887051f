"""What Daft's worker processes import: bytes in, bytes out.

A worker gets the code and the job once, as arguments of the UDF, and chunks of rows as a
binary column. The user's exception travels as a result: Daft would bring its text only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import daft
import pyarrow as pa

from hypernodes.context import Context
from hypernodes.engines.base import drive, run_rows
from hypernodes.failures import annotate, trim
from hypernodes.plan import Plan
from hypernodes.shipping import Payload

DONE, FAILED, SKIPPED = b"d", b"f", b"s"


@dataclass(frozen=True, slots=True)
class Job:
    """The work of one query; without `names` it is a single run of the plan."""

    plan: Plan
    names: tuple[str, ...]
    values: dict[str, Any]
    ctx: Context


class Bench:
    """One query's job in this process, read from its bytes once."""

    def __init__(self, digest: str, code: Payload, job: bytes) -> None:
        self.digest = digest
        self.session = code.load()
        self.job: Job = self.session.loads(job)
        self.failed = False

    def work(self, start: int, chunk: bytes) -> bytes:
        if self.failed:  # home raises anyway: nobody needs the rest
            return SKIPPED
        try:
            data: bytes = self.session.dumps(self._outputs(start, self.session.loads(chunk)))
        except BaseException as error:
            self.failed = True
            trim(error)
            return FAILED + bytes(self.session.dumps(error))
        return DONE + data

    def _outputs(self, start: int, rows: list[Any]) -> Any:
        job = self.job
        if job.names:
            indices = range(start, start + len(rows))
            return run_rows(job.plan, job.names, rows, job.values, job.ctx, indices)
        try:
            program = job.plan.program
            outputs = program.function(job.values)
            return drive(outputs) if program.is_async else outputs
        except BaseException as error:
            annotate(error, previews=job.ctx.previews)
            raise


_bench: Bench | None = None


def run_chunks(
    starts: daft.Series, chunks: daft.Series, digest: str, code: Payload, job: bytes
) -> Any:
    """The batch UDF. Daft pickles it by name, and the arguments once per process."""
    global _bench  # noqa: PLW0603 - a worker process serves one query
    if _bench is None or _bench.digest != digest:
        _bench = Bench(digest, code, job)
    todo = zip(starts.to_pylist(), chunks.to_pylist(), strict=True)
    return pa.array([_bench.work(start, chunk) for start, chunk in todo], pa.large_binary())
