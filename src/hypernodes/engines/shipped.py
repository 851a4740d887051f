"""Maps and runs in other processes: chunks as bytes, over any executor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, wait
from typing import Any, TypeAlias

from hypernodes.context import Context
from hypernodes.engines.base import Chunk
from hypernodes.engines.chunks import Done, Failed, Job, Need, Task, work
from hypernodes.engines.pool import WorkerPool
from hypernodes.engines.remote_events import lost
from hypernodes.engines.spread import Pace, Piece, Spread
from hypernodes.engines.worker import pack_plain
from hypernodes.items import Items
from hypernodes.node import Node
from hypernodes.plan import Call, Plan

_Answer: TypeAlias = "Future[Need | Done | Failed]"


def map_rows(
    plan: Plan,
    items: Items,
    ctx: Context,
    executor: Executor,
    workers: int,
    chunk_size: int | None,
) -> Iterator[Chunk]:
    """The rows of a map in the workers of an executor."""
    job = Job(plan, items.names, items.values, ctx)
    carrier = carrier_for(executor, job, plan)
    tasks: dict[int, Task] = {}

    def submit(piece: Piece, rows: list[Any]) -> _Answer:
        task = tasks[piece.number] = job.task(rows, piece.start)
        return carrier.send(task, f"{piece} of {plan.name!r}")

    def finish(piece: Piece, future: _Answer) -> Chunk | _Answer:
        indices = range(piece.start, piece.start + piece.count)
        try:
            answer = future.result()
        except TimeoutError as error:
            error.add_note(f"hypernodes: in pipeline {plan.name!r}, item {piece.start}")
            if ctx.on_error == "raise":
                raise
            lost(ctx, indices, error)
            return Chunk(indices, {name: [None] for name in plan.outputs}, {piece.start: error})
        if isinstance(answer, Need):
            return carrier.send(job.bring(tasks[piece.number], answer), "")
        del tasks[piece.number]
        columns, errors = job.opened(answer)
        if isinstance(answer, Done):
            pace.learn(piece.count, answer.seconds)
        return Chunk(indices, dict(zip(plan.outputs, columns, strict=True)), errors)

    # A node that overruns its time takes its process with it: it has to be alone there.
    pace = Pace(items.size, workers, 1 if plan.has_timeouts else chunk_size)
    spread: Spread[Chunk] = Spread(
        submit, finish, carrier.stop, 2 * workers + 1, in_order=ctx.streaming and ctx.ordered
    )
    yield from spread.run(items.batches(pace.next))


def run_once(plan: Plan, values: dict[str, Any], ctx: Context, executor: Executor) -> Any:
    """One run of a plan in a worker of an executor: its outputs by name."""
    job = Job(plan, None, values, ctx)
    carrier = carrier_for(executor, job, plan)
    task = job.task([None], 0)
    future = carrier.send(task, f"a run of {plan.name!r}")
    try:
        while isinstance(answer := future.result(), Need):
            future = carrier.send(job.bring(task, answer), "")
    except TimeoutError as error:
        error.add_note(f"hypernodes: in pipeline {plan.name!r}")
        raise
    except BaseException:
        carrier.stop([future], 0.0)
        raise
    return job.opened(answer)


class ExecutorCarrier:
    """Takes tasks to whatever an executor runs calls in: `work` is found there by its name."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def send(self, task: Task, name: str) -> _Answer:
        """The future of the answer."""
        return self._executor.submit(work, task)

    def stop(self, futures: list[Future[Any]], patience: float) -> None:
        """End what can be ended, and wait until nothing runs."""
        for future in futures:
            future.cancel()
        wait(futures)


class PoolCarrier:
    """Takes tasks to processes of our own: what one lacks goes to that one, and it can be ended."""

    def __init__(self, pool: WorkerPool, job: Job, plan: Plan) -> None:
        self._pool = pool
        self._job = job
        self._retries = {
            node.name: node.retries
            for node in _timed(plan)
            if node.retries and issubclass(TimeoutError, node.retry_on)
        }

    def send(self, task: Task, name: str) -> _Answer:
        """The future of the answer."""

        def follow(answer: Any) -> bytes | None:
            lacks = isinstance(answer, Need)
            return pack_plain(work, self._job.bring(task, answer)) if lacks else None

        return self._pool.send(pack_plain(work, task), name, follow, self._again())

    def _again(self) -> Callable[[str], bool]:
        left = dict(self._retries)

        def again(node: str) -> bool:
            left[node] = left.get(node, 0) - 1
            return left[node] >= 0

        return again

    def stop(self, futures: list[Future[Any]], patience: float) -> None:
        """End the calls, with their processes where they do not end in time."""
        for future in futures:
            future.cancel()
        for future in wait(futures, patience).not_done:
            self._pool.kill(future)
        wait(futures)


def carrier_for(executor: Executor, job: Job, plan: Plan) -> ExecutorCarrier | PoolCarrier:
    """How the tasks of a job travel with this executor."""
    if isinstance(executor, WorkerPool):
        return PoolCarrier(executor, job, plan)
    return ExecutorCarrier(executor)


def _timed(plan: Plan) -> Iterator[Node[..., Any]]:
    """The nodes of a plan, and of those nested in it, that have a timeout."""
    for step in plan.steps:
        if not isinstance(step, Call):
            yield from _timed(step.plan)
        elif step.node.timeout is not None:
            yield step.node
