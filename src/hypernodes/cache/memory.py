"""MemoryCache: entries in this process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from hypernodes.cache.session import Cache
from hypernodes.cache.store import Entry, Output

_OVERHEAD = 400  # of an entry, about


class MemoryCache(Cache):
    """A cache that lives as long as it is held. `max_size` (bytes) drops the oldest used.

    Immutable scalars are kept as they are, all else as bytes, so nobody can alter it.

    >>> from hypernodes import Pipeline, SeqEngine, node
    >>> @node(output_name="y")
    ... def double(x: int) -> int:
    ...     print("doubling")
    ...     return 2 * x
    >>> pipeline = Pipeline([double], engine=SeqEngine(cache=MemoryCache()))
    >>> pipeline.run({"x": 4}), pipeline.run({"x": 4})
    doubling
    ({'y': 8}, {'y': 8})
    """

    keeps_objects = True

    def __init__(self, max_size: int | None = None) -> None:
        self.max_size = max_size
        self._entries: OrderedDict[bytes, Entry] = OrderedDict()
        self._parts: dict[bytes, Callable[[], dict[str, str]]] = {}
        self._size = 0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"MemoryCache(max_size={self.max_size})" if self.max_size else "MemoryCache()"

    def __reduce__(self) -> Any:
        return MemoryCache, (self.max_size,)  # another process has a memory of its own

    # -- the store

    def get(self, key: bytes) -> Entry | None:
        entry = self._entries.get(key)
        if entry is not None and self.max_size is not None:
            with self._lock:
                if key in self._entries:
                    self._entries.move_to_end(key)
        return entry

    def read(self, key: bytes, output: Output) -> bytes | None:
        return output.data

    def put(self, key: bytes, entry: Entry, blobs: dict[bytes, bytes]) -> None:
        with self._lock:
            old = self._entries.pop(key, None)
            self._entries[key] = entry
            if self.max_size is None:
                return
            self._size += size_of(entry) - (0 if old is None else size_of(old))
            while self._size > self.max_size and self._entries:
                _, dropped = self._entries.popitem(last=False)
                self._size -= size_of(dropped)

    def learn(self, code: bytes, name: str, parts: Callable[[], dict[str, str]]) -> None:
        """Note what a node's code is made of."""
        if code not in self._parts:
            made = parts()
            self._parts[code] = lambda: made

    def parts(self, code: bytes) -> dict[str, str]:
        found = self._parts.get(code)
        return found() if found is not None else {}

    def nearest(self, node: str) -> Iterator[Entry]:
        """Entries of a node, the newest first."""
        return (e for e in reversed(list(self._entries.values())) if e.node == node)

    # -- to see and tend it

    def info(self) -> dict[str, Any]:
        """Number of entries, their size in bytes, and entries by node."""
        entries = list(self._entries.values())
        nodes: dict[str, int] = {}
        for entry in entries:
            if entry.node:
                nodes[entry.node] = nodes.get(entry.node, 0) + 1
        return {"entries": len(entries), "size": sum(map(size_of, entries)), "nodes": nodes}

    def entries(self, node: str | None = None) -> list[Entry]:
        """The entries, of one node or of all."""
        return [e for e in list(self._entries.values()) if e.node and _is(e.node, node)]

    def clear(self, node: str | None = None) -> int:
        """Forget the entries of one node, or all; returns how many."""
        with self._lock:
            # What stands for a whole item of a map may hold outputs of that node.
            gone = [k for k, e in self._entries.items() if not e.node or _is(e.node, node)]
            for key in gone:
                dropped = self._entries.pop(key)
                self._size -= size_of(dropped) if self.max_size is not None else 0
            return len(gone)


def size_of(entry: Entry) -> int:
    """About how many bytes an entry takes."""
    size = _OVERHEAD
    for output in entry.outputs:
        if output.data is not None:
            size += len(output.data)
        elif isinstance(output.value, str | bytes):
            size += len(output.value)
    return size


def _is(name: str, wanted: str | None) -> bool:
    return wanted is None or name == wanted or name.rpartition(".")[2] == wanted
