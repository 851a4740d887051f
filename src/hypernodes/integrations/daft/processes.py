"""Stages in Daft's worker processes: everything goes as bytes of our own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator, Iterator
from contextlib import closing
from tempfile import NamedTemporaryFile
from typing import Any

import daft
import pyarrow as pa

from hypernodes.context import Context
from hypernodes.engines.base import Chunk
from hypernodes.engines.remote_events import sent, tell
from hypernodes.errors import EngineError
from hypernodes.integrations.daft.query import quiet
from hypernodes.integrations.daft.worker import FAILED, SKIPPED, Job, run_chunks
from hypernodes.items import Items
from hypernodes.plan import Plan
from hypernodes.shipping import Shipment

# Small enough that workers share the rows evenly, large enough that a chunk's round trip
# (about 2 ms) does not count.
_CHUNKS_PER_WORKER = 8
_WINDOW = 4096  # rows of an endless series that one query takes


def run_row(plan: Plan, values: dict[str, Any], ctx: Context) -> dict[str, Any]:
    """One run of a plan in a worker."""
    ((_, made),) = _results(Job(plan, (), values, *sent(ctx)), [], 1, 0, ctx)
    result: dict[str, Any] = made
    return result


def map_rows(plan: Plan, items: Items, ctx: Context) -> Iterator[Chunk]:
    """The rows of a map in workers, in chunks; each query starts workers of its own."""
    values = {name: items.values[name] for name in plan.inputs if name not in items.names}
    job = Job(plan, items.names, values, *sent(ctx))
    endless = ctx.streaming and items.size is None
    windows = items.batches(lambda: _WINDOW) if endless else [(0, list(items.rows()))]
    for first, rows in windows:
        if not rows:
            continue
        size = -(-len(rows) // (_CHUNKS_PER_WORKER * (os.cpu_count() or 1)))
        end = first + len(rows)
        for start, (columns, errors) in _results(job, rows, size, first, ctx):
            indices = range(start, min(start + size, end))
            yield Chunk(indices, dict(zip(plan.outputs, columns, strict=True)), errors)


def _results(
    job: Job, rows: list[Any], size: int, first: int, ctx: Context
) -> Iterator[tuple[int, Any]]:
    """The first row's number of each chunk of `size` rows, and what a worker made of it."""
    shipment = Shipment(job.ctx.policy)
    work = shipment.add(job)
    offsets = range(0, len(rows) or 1, size)
    chunks = [shipment.add(rows[offset : offset + size]) for offset in offsets]
    starts = [first + offset for offset in offsets]
    code = shipment.code()  # last: it defines what the blobs refer to
    digest = hashlib.sha256(code.digest.encode() + work).hexdigest()
    udf: Any = daft.func.batch(return_dtype=daft.DataType.binary(), use_process=True, batch_size=1)(
        run_chunks
    )
    frame = daft.from_arrow(
        pa.table({"start": starts, "chunk": pa.array(chunks, pa.large_binary())})
    )
    del chunks
    with NamedTemporaryFile(prefix="hypernodes-") as alive:
        answer = udf(frame["start"], frame["chunk"], digest, code, work, alive.name)
        query = frame.select("start", answer.alias("answer"))
        with closing(_answers(query)) as answers:
            try:
                for start, data in answers:
                    status = data[:1]
                    if status == SKIPPED:
                        continue
                    made, told = shipment.loads(data[1:])
                    tell(ctx, told)
                    if status == FAILED:
                        raise made
                    yield start, made
            finally:
                alive.close()  # gone: workers end the chunks that they are at


def _answers(frame: daft.DataFrame) -> Generator[tuple[int, bytes], None, None]:
    try:
        batches: Any = frame.to_arrow_iter()
        with quiet(), closing(batches):
            for batch in batches:
                yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
    except Exception as error:
        # The user's exceptions come as answers: this one is of a worker, or of Daft's.
        raise EngineError(
            f"a worker process of Daft's was lost, or its query failed: {error}",
            hint="did a node end its process, or run out of memory? Without processes=True "
            "the nodes run in this process",
        ) from error
