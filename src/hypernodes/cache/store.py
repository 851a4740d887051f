"""What a cache stores, and the protocol of what stores it."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol


class Output(NamedTuple):
    """One output of an entry: the hash of its content, and where its bytes are.

    `data` is None where the bytes lie outside of the entry, under `place`. A store that
    keeps objects may hold an immutable scalar as `value` instead.
    """

    hash: bytes
    data: bytes | None
    place: bytes = b""
    value: Any = None


class Entry(NamedTuple):
    """What a call gave: its outputs, and by what it can be found and explained."""

    node: str
    code: bytes
    inputs: tuple[tuple[str, bytes], ...]
    outputs: tuple[Output, ...]
    seconds: float = 0.0


class Store(Protocol):
    """Where entries are kept. These three are all that a store must do.

    `get` returns the entry of a key, or None. `read` returns the bytes of an output whose
    `data` is None, or None where they are gone. `put` keeps an entry; bytes too large for
    it come as `blobs`, by place. None of them raises for a store that is damaged or full.
    """

    def get(self, key: bytes) -> Entry | None: ...
    def read(self, key: bytes, output: Output) -> bytes | None: ...
    def put(self, key: bytes, entry: Entry, blobs: dict[bytes, bytes]) -> None: ...
