"""Runs and maps for async code: in the caller's event loop, many items at once."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from hypernodes.context import Context
from hypernodes.engines.base import Chunk, Engine, map_scope, run_told
from hypernodes.errors import InputError
from hypernodes.failures import annotate, forget_frames
from hypernodes.items import Items
from hypernodes.plan import Call, Plan, Step
from hypernodes.scopes import tracer_of

_CONCURRENCY = 100


async def run(
    engine: Engine, plan: Plan, values: dict[str, Any], ctx: Context, *, threads: bool
) -> dict[str, Any]:
    """One run; in the loop where the engine works in this process anyway."""
    tracer = tracer_of(engine)
    if tracer is not None:  # listeners and caches are called in another thread
        return await asyncio.to_thread(run_told, engine, plan, values, tracer, ctx)
    if not getattr(engine, "inline", False):
        return await asyncio.to_thread(engine.run, plan, values, ctx)
    if threads:
        plan = threaded(plan)
    if not plan.is_async:
        return engine.run(plan, values, ctx)
    try:
        result: dict[str, Any] = await plan.program.function(values)
    except BaseException as error:
        annotate(error, previews=ctx.previews)
        raise
    return result


async def chunks(
    engine: Engine,
    plan: Plan,
    items: Items,
    ctx: Context,
    concurrency: int | None,
    *,
    threads: bool,
) -> AsyncIterator[Chunk]:
    """The rows of a map as they finish, up to `concurrency` at once; in order if asked."""
    if concurrency is not None and concurrency < 1:
        raise InputError(
            f"concurrency must be a whole number from 1, got {concurrency!r}",
            hint="concurrency=20 works on up to 20 items at once",
            parameter="concurrency",
        )
    if threads:
        plan = threaded(plan)
    if not getattr(engine, "inline", False) or not plan.is_async:
        inner, told = map_scope(plan, items, ctx)
        with told:
            async for chunk in _elsewhere(engine, plan, items, inner):
                yield chunk
        return
    pending: dict[asyncio.Task[Chunk], int] = {}
    finished: dict[int, Chunk] = {}
    source = _numbered(items)
    more, next_out = True, 0
    try:
        while more or pending or finished:
            # In order, what waits for an earlier row counts as under way: memory is bounded.
            while more and len(pending) + len(finished) < (concurrency or _CONCURRENCY):
                try:
                    index, row = await anext(source)
                except StopAsyncIteration:
                    more = False
                    break
                work = _one(plan, items, ctx, index, row)
                pending[asyncio.create_task(work)] = index
            if pending:
                done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                _raise_first(done, pending)
                for task in done:
                    finished[pending.pop(task)] = task.result()
            while finished and (not ctx.ordered or next_out in finished):
                index = next_out if ctx.ordered else min(finished)
                yield finished.pop(index)
                next_out += 1
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)


def threaded(plan: Plan) -> Plan:
    """The plan with its plain functions called in other threads, and awaited."""
    steps: list[Step] = []
    for step in plan.steps:
        if isinstance(step, Call):
            node = step.node
            if not node.is_async:
                node = node._with(func=_in_thread(node.func), batch=None)
            steps.append(Call(node, step.arguments, step.outputs))
        elif step.inline:
            steps.append(step.with_plan(threaded(step.plan)))
        else:
            steps.append(step)
    return Plan(plan.name, plan.inputs, plan.outputs, tuple(steps))


def _in_thread(func: Any) -> Any:
    @functools.wraps(func)
    async def call(*args: Any, **kwargs: Any) -> Any:
        return await asyncio.to_thread(func, *args, **kwargs)

    return call


async def _one(plan: Plan, items: Items, ctx: Context, index: int, row: Any) -> Chunk:
    errors: dict[int, BaseException] = {}
    where = range(index, index + 1)

    def fail(_: int, error: BaseException) -> None:
        annotate(error, previews=ctx.previews, indices=where)
        forget_frames(error)
        errors[index] = error

    collect = ctx.on_error == "collect"
    program = plan.mapper(items.names, guarded=collect)
    try:
        more = (fail,) if collect else ()
        columns = await program.function([row], items.values, *more)
    except BaseException as error:
        annotate(error, previews=ctx.previews, indices=where)
        raise
    return Chunk(where, dict(zip(plan.outputs, columns, strict=True)), errors)


def _raise_first(done: set[asyncio.Task[Chunk]], index_of: Mapping[Any, int]) -> None:
    failed = [task for task in done if not task.cancelled() and task.exception() is not None]
    if failed:
        min(failed, key=lambda task: index_of[task]).result()


async def _numbered(items: Items) -> AsyncIterator[tuple[int, Any]]:
    source = items.source_async()
    if source is None:
        for index, row in enumerate(items.rows()):
            yield index, row
        return
    index = 0
    async for row in source:
        yield index, row
        index += 1


async def _elsewhere(
    engine: Engine, plan: Plan, items: Items, ctx: Context
) -> AsyncIterator[Chunk]:
    if items.source_async() is not None:
        raise InputError(
            f"{type(engine).__name__} cannot read items from an async generator here",
            hint="use SeqEngine with async nodes, threads=True, or collect the items first",
        )
    work: Iterator[Chunk] = iter(engine.map(plan, items, ctx)) if items.size != 0 else iter(())
    while (chunk := await asyncio.to_thread(next, work, None)) is not None:
        yield chunk
