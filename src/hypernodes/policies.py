"""Retries and timeouts: what is done around a call when its node asks for it."""

from __future__ import annotations

import contextvars
import functools
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from hypernodes.errors import EngineError
from hypernodes.node import Node, is_async
from hypernodes.plan import Call, Plan

# Set by processes that we own: a context manager that ends the process when time is up.
deadline: contextvars.ContextVar[Callable[[str, float], AbstractContextManager[Any]] | None] = (
    contextvars.ContextVar("deadline", default=None)
)

# Set around a call by who wants to hear of retries: (exception, tries made so far).
on_retry: contextvars.ContextVar[Callable[[BaseException, int], None] | None] = (
    contextvars.ContextVar("on_retry", default=None)
)
# Frames of this module are machinery: `failures` cuts them out of tracebacks.
__hypernodes__ = None


def with_policies(
    node: Node[..., Any], batch: Callable[..., Any] | None = None
) -> Callable[..., Any]:
    """The node's function (or its batch one), wrapped only for retries or a timeout."""
    func = batch or node.func
    if not node.retries and node.timeout is None:
        return func
    return _async_call(node, func) if is_async(func) else _call(node, func)


def check_timeouts(plan: Plan, engine: str) -> None:
    """Raise `EngineError` where a plain function has a timeout and runs in this process."""
    for step in plan.steps:
        if not isinstance(step, Call):
            if step.inline:
                check_timeouts(step.plan, engine)
        elif step.node.timeout is not None and not step.node.is_async:
            raise EngineError(
                f"{engine} cannot keep the timeout of node {step.node.name!r}: "
                "a plain function cannot be stopped within its own process",
                hint='use ParallelEngine("processes"), or make the node async',
                node=step.node.name,
            )


def _call(node: Node[..., Any], func: Callable[..., Any]) -> Callable[..., Any]:
    retries, retry_on, timeout = node.retries, node.retry_on, node.timeout

    @functools.wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        watch = deadline.get() if timeout is not None else None
        for left in range(retries, -1, -1):
            try:
                if watch is None:
                    return func(*args, **kwargs)
                with watch(node.name, timeout or 0.0):
                    return func(*args, **kwargs)
            except retry_on as error:
                _tried(error, retries, left)
                if not left:
                    raise
        raise AssertionError("the last try returns or raises")

    return call


def _async_call(node: Node[..., Any], func: Callable[..., Any]) -> Callable[..., Any]:
    retries, retry_on, timeout = node.retries, node.retry_on, node.timeout

    @functools.wraps(func)
    async def call(*args: Any, **kwargs: Any) -> Any:
        import asyncio

        for left in range(retries, -1, -1):
            try:
                if timeout is None:
                    return await func(*args, **kwargs)
                async with asyncio.timeout(timeout):
                    return await func(*args, **kwargs)
            except TimeoutError as error:
                error.add_note(f"hypernodes: node {node.name!r} has a timeout of {timeout:g} s")
                if not issubclass(TimeoutError, retry_on):
                    raise
                _tried(error, retries, left)
                if not left:
                    raise
            except retry_on as error:
                _tried(error, retries, left)
                if not left:
                    raise
        raise AssertionError("the last try returns or raises")

    return call


def _tried(error: BaseException, retries: int, left: int) -> None:
    if not left and retries:
        error.add_note(f"hypernodes: failed {retries + 1} times, the last one is shown")
    tell = on_retry.get()
    if left and tell is not None:
        tell(error, retries + 1 - left)
