"""The desk: Daft batches row numbers, and home is told which rows to run.

Daft never sees a value. Its batch UDF is a coroutine that hands the row numbers of a batch
to the thread that called the engine and waits until they are done. So the user's functions
run where `SeqEngine` would run them: one batch after another, in order, in the caller's
thread and context, where an exception or an interrupt is an ordinary one. And as no thread
of Daft's ever waits for user code, a node may itself run a pipeline on Daft; from inside a
plain UDF such a query waits for ever (Daft 0.7).
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import queue
import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import daft
import pyarrow as pa
import pyarrow.compute as pc

from hypernodes.errors import EngineError
from hypernodes.integrations.daft.query import quiet

_PATIENCE = 0.2  # seconds to wait for the batch that comes next in order


@dataclass(order=True)
class Batch:
    """Row numbers that Daft wants to see done; `release` says that they are."""

    first: int
    numbers: Sequence[int] = field(compare=False)
    release: Callable[[], Any] = field(compare=False)


_Desk: TypeAlias = "queue.SimpleQueue[Batch | BaseException | None]"
_desks: dict[int, _Desk] = {}
_keys = itertools.count()


async def hand_over(rows: daft.Series, key: int) -> daft.Series:
    """The batch UDF. Daft pickles it by name; the key finds this run's desk."""
    desk = _desks.get(key)
    if desk is not None:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        numbers = _numbers(rows.to_arrow())
        desk.put(Batch(numbers[0], numbers, lambda: loop.call_soon_threadsafe(_finish, done)))
        await done
    return rows


def _finish(done: asyncio.Future[None]) -> None:
    if not done.done():  # a cancelled query waits no more
        done.set_result(None)


def _numbers(rows: Any) -> Sequence[int]:
    # Row numbers are distinct: as many as their span means all of them.
    ends = pc.min_max(rows).as_py()
    if ends["max"] - ends["min"] + 1 == len(rows):
        return range(ends["min"], ends["max"] + 1)
    return sorted(rows.to_pylist())


def batches(count: int) -> Generator[Sequence[int], None, None]:
    """The row numbers of each batch that Daft makes of `count` rows; close it when done.

    A batch counts as done when the next one is asked for.
    """
    desk: _Desk = queue.SimpleQueue()
    key = next(_keys)
    _desks[key] = desk
    thread = threading.Thread(
        target=_query, args=(count, key, desk), name="hypernodes-daft", daemon=True
    )
    thread.start()
    waiting: list[Batch] = []
    try:
        served = 0
        while served < count:
            batch = _next(desk, waiting, served)
            try:
                yield batch.numbers
            finally:
                batch.release()
            served += len(batch.numbers)
    finally:
        # Whatever happened: answer what still comes until the query has ended.
        del _desks[key]
        for batch in waiting:
            batch.release()
        while isinstance(message := desk.get(), Batch):
            message.release()
        thread.join()


def _next(desk: _Desk, waiting: list[Batch], served: int) -> Batch:
    """The next batch in order, or the first of those there when Daft has another order."""
    while not (waiting and waiting[0].first == served):
        try:
            message = desk.get(timeout=_PATIENCE if waiting else None)
        except queue.Empty:
            break
        if not isinstance(message, Batch):
            desk.put(message)  # for the one who waits for the end
            raise EngineError(
                f"the Daft query ended before its rows were done: {message}",
                hint="this is a defect of DaftEngine or of Daft, not of your nodes",
            ) from message
        heapq.heappush(waiting, message)
    return heapq.heappop(waiting)


def _query(count: int, key: int, desk: _Desk) -> None:
    """The query, in a thread of its own; its last word on the desk is its outcome."""
    outcome: BaseException | None = None
    try:
        udf: Any = daft.func.batch(return_dtype=daft.DataType.int64(), use_process=False)(hand_over)
        numbers = pc.cumulative_sum(pa.repeat(1, count), start=-1)
        frame = daft.from_arrow(pa.table({"row": numbers}))
        with quiet():
            for _ in frame.select(udf(frame["row"], key)).to_arrow_iter():
                pass
    except BaseException as error:
        outcome = error
    desk.put(outcome)
