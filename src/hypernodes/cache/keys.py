"""Keys: of a node's code, of a call, of an item of a map."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

from hypernodes.cache.hashing import Hasher, digest
from hypernodes.code.fingerprint import fingerprint, parts
from hypernodes.code.modules import logical_name
from hypernodes.node import Node
from hypernodes.plan import Call, Plan, SubMap

_FORMAT = f"call 1 {sys.version_info[0]}.{sys.version_info[1]}".encode()


def node_key(node: Node[..., Any]) -> bytes:
    """The part of a call's key that the node gives: its code, or the user's `version`.

    Name, retries, timeout and the names of outputs do not count, only how many there are.
    Raises `Unhashable` where the code reaches what cannot be told apart.
    """
    count = str(len(node.outputs)).encode()
    version = getattr(node, "version", None)
    if version is not None:
        return digest(_FORMAT, b"version", where(node).encode(), repr(version).encode(), count)
    batch = b"" if node.batch_func is None else fingerprint(node.batch_func)
    return digest(_FORMAT, fingerprint(node.func), batch, count)


def node_parts(node: Node[..., Any]) -> dict[str, str]:
    """The parts of the code by name, for telling what changed."""
    version = getattr(node, "version", None)
    if version is not None:
        return {"version": str(version)}
    found = dict(parts(node.func))
    if node.batch_func is not None:
        found |= parts(node.batch_func)
    found["python"] = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return found


def where(node: Node[..., Any]) -> str:
    """The module and name of a node's function, the same however it was started."""
    func: Any = node.func
    while not isinstance(func, FunctionType):
        inner = getattr(func, "func", None) or getattr(func, "__func__", None)
        if inner is None:
            return f"{type(func).__module__}.{type(func).__qualname__}.{node.name}"
        func = inner
    return f"{logical_name(func.__globals__)}.{func.__qualname__}"


def call_key(code: bytes, inputs: Iterable[tuple[str, bytes]]) -> bytes:
    """The key of a call with these inputs, by parameter name in order."""
    made = [code]
    for name, hashed in inputs:
        made += (name.encode(), hashed)
    return digest(*made)


def plan_key(plan: Plan, hasher: Hasher, code: Callable[[Any], bytes]) -> bytes | None:
    """What stands for a whole plan; None where a node of it is never answered by a cache."""
    made = [_FORMAT, b"plan", *(name.encode() for name in plan.outputs)]
    for step in plan.steps:
        if isinstance(step, Call):
            if not step.node.cache:
                return None
            made += (b"call", code(step.node))
            made += [f"{p.name} {source}".encode() for p, source in step.arguments]
            made += [name.encode() for name in step.outputs]
            continue
        inner = None if getattr(step, "cache", True) is False else plan_key(step.plan, hasher, code)
        if inner is None:
            return None
        made += (
            b"nested",
            inner,
            repr((sorted(step.feeds.items()), list(step.gives.items()))).encode(),
        )
        made += [n.encode() + hasher.hash(v)[0] for n, v in sorted(step.constants.items())]
        if isinstance(step, SubMap):
            made.append(repr((step.map_over, step.map_mode)).encode())
    return digest(*made)
