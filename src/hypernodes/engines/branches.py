"""One run with independent steps side by side."""

from __future__ import annotations

import contextvars
import heapq
import queue
import weakref
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from hypernodes.engines.stages import Stage, each_step
from hypernodes.plan import Plan

_stages: weakref.WeakKeyDictionary[Plan, tuple[Stage, ...]] = weakref.WeakKeyDictionary()


def run(
    plan: Plan,
    values: Mapping[str, Any],
    workers: int,
    work: Callable[[Stage, dict[str, Any]], dict[str, Any]],
) -> dict[str, Any]:
    """The outputs of a plan; each step starts when what it reads is there.

    When a step fails, steps before it in the plan still run and later ones do not start:
    the exception is the one that a run in order would raise.
    """
    stages = _stages.get(plan)
    if stages is None:
        stages = _stages[plan] = each_step(plan)
    maker = {name: i for i, step in enumerate(plan.steps) for name in step.outputs}
    waits = [{maker[name] for name in step.reads if name in maker} for step in plan.steps]
    readers: list[list[int]] = [[] for _ in plan.steps]
    for i, makers in enumerate(waits):
        for each in makers:
            readers[each].append(i)
    left = [len(makers) for makers in waits]
    ready = [i for i, count in enumerate(left) if not count]
    known = dict(values)
    failure: tuple[int, BaseException] | None = None
    finished: queue.SimpleQueue[Future[dict[str, Any]]] = queue.SimpleQueue()
    numbers: dict[Future[dict[str, Any]], int] = {}  # of the steps that run
    with ThreadPoolExecutor(min(workers, len(stages)), "hypernodes-branch") as pool:
        try:
            while ready or numbers:
                while ready:
                    i = heapq.heappop(ready)
                    if failure is not None and i > failure[0]:
                        continue
                    reads = {name: known[name] for name in plan.steps[i].reads}
                    future = pool.submit(contextvars.copy_context().run, work, stages[i], reads)
                    numbers[future] = i
                    future.add_done_callback(finished.put)
                if not numbers:
                    break
                future = finished.get()
                i = numbers.pop(future)
                try:
                    known.update(future.result())
                except BaseException as error:
                    if failure is None or i < failure[0]:
                        failure = i, error
                    continue
                for reader in readers[i]:
                    left[reader] -= 1
                    if not left[reader]:
                        heapq.heappush(ready, reader)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if failure is not None:
        raise failure[1]
    return {name: known[name] for name in plan.outputs}
