"""Why a call would run: which function, constant, package or input changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypernodes.cache import keys
from hypernodes.cache.hashing import Unhashable
from hypernodes.cache.session import CacheSession
from hypernodes.cache.store import Entry
from hypernodes.code import fingerprint
from hypernodes.node import Node


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a call is answered by the cache, and what differs from the nearest entry.

    `changed` has lines like "function train.clean changed" or "input 'x' changed"; `state`
    the names that the code writes to, which do not count.
    """

    node: str
    hit: bool
    changed: tuple[str, ...] = ()
    state: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = "hit" if self.hit else "miss: " + "; ".join(self.changed)
        taken = f" (taken for state: {', '.join(self.state)})" if self.state else ""
        return f"{self.node}: {told}{taken}"


def explain(session: CacheSession, node: Node[..., Any], inputs: Mapping[str, Any]) -> Explanation:
    """What the cache says to a call of a node with these refs, by parameter name."""
    if not node.cache:
        return Explanation(node.name, False, ("cache=False",))
    try:
        code = session.code(node)
        taken = () if getattr(node, "version", None) else tuple(fingerprint.state(node.func))
        hashes = [(name, inputs[name].hash) for name in sorted(inputs)]
    except Unhashable as error:
        return Explanation(node.name, False, (f"it cannot be cached: {error}",))
    if session.store_.get(keys.call_key(code, hashes)) is not None:
        return Explanation(node.name, True, (), taken)
    nearest = getattr(session.store_, "nearest", None)
    best: list[str] | None = None
    for entry in nearest(keys.where(node)) if nearest is not None else ():
        changed = _changed(session, node, code, hashes, entry)
        if best is None or len(changed) < len(best):
            best = changed
        if len(best) <= 1:
            break
    return Explanation(node.name, False, tuple(best or ["it was never run"]), taken)


def _changed(
    session: CacheSession,
    node: Node[..., Any],
    code: bytes,
    hashes: list[tuple[str, bytes]],
    entry: Entry,
) -> list[str]:
    found: list[str] = []
    if entry.code != code:
        before: Mapping[str, str] = getattr(session.store_, "parts", lambda _: {})(entry.code)
        found += differences(before, keys.node_parts(node)) or ["its code changed"]
    then, now = dict(entry.inputs), dict(hashes)
    for name in sorted({*then, *now}):
        if then.get(name) != now.get(name):
            what = "is new" if name not in then else "is gone" if name not in now else "changed"
            found.append(f"input {name!r} {what}")
    return found


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The parts that are not the same, one line for each."""
    lines = []
    for name in sorted({*before, *after}):
        then, now = before.get(name), after.get(name)
        if then == now:
            continue
        if then is None:
            lines.append(f"{name} is new")
        elif now is None:
            lines.append(f"{name} is gone")
        elif name.startswith(("package ", "version", "python")):
            lines.append(f"{name} changed from {then} to {now}")
        else:
            lines.append(f"{name} changed")
    return lines
