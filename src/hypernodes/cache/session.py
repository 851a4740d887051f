"""A cache at work in one run or map: what scopes ask, answered from a store."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from hypernodes.cache import codec, keys
from hypernodes.cache.hashing import Hasher, Unhashable, digest
from hypernodes.cache.store import Entry, Output, Store
from hypernodes.code.values import SCALARS
from hypernodes.node import Node
from hypernodes.plan import Plan

# The key of a call, the key of its code, and the hashes of its inputs by name.
Keyed: TypeAlias = tuple[bytes, bytes, tuple[tuple[str, bytes], ...]]
_NOT_LOADED: Any = object()
INLINE = 16_384


class Ref:
    """A value, or where the cache has it: hashed and loaded when someone asks."""

    __slots__ = ("_again", "_hash", "_plain", "_session", "_value", "key", "output")
    __hypernodes_ref__ = True  # notes on exceptions show the value, not the ref

    def __init__(self, session: CacheSession, value: Any = _NOT_LOADED) -> None:
        self._session = session
        self._value = value
        self._hash: bytes | Unhashable | None = None
        self._plain = False
        self.output: Output | None = None
        self.key = b""
        self._again: Callable[[], Any] | None = None

    @property
    def hash(self) -> bytes:
        """The hash of the content; raises `Unhashable`."""
        found = self._hash
        if found is None:
            try:
                found, self._plain = self._session.hasher.hash(self._value)
            except Unhashable as error:
                found = error
            self._hash = found
        if isinstance(found, Unhashable):
            raise found
        return found

    @property
    def plain(self) -> bool:
        return self._plain

    @property
    def value(self) -> Any:
        """The value; loaded from the cache, or made again if it cannot be."""
        if self._value is _NOT_LOADED:
            assert self.output is not None
            try:
                self._value = self._session.load(self.key, self.output)
            except Exception as error:
                if self._again is None:
                    raise
                self._session.warn(f"a cached value cannot be read and is made again: {error}")
                self._value = self._again()
        return self._value


class ListRef(Ref):
    """The list of the values of other refs."""

    __slots__ = ("_refs",)

    def __init__(self, session: CacheSession, refs: Sequence[Any]) -> None:
        super().__init__(session)
        self._refs = refs

    @property
    def hash(self) -> bytes:
        if self._hash is None:
            self._hash = b"G" + digest(*(ref.hash for ref in self._refs))
        assert isinstance(self._hash, bytes)
        return self._hash

    @property
    def value(self) -> Any:
        if self._value is _NOT_LOADED:
            self._value = [ref.value for ref in self._refs]
        return self._value


class CacheSession:
    """What one run or map asks of a cache. Safe to use from several threads.

    Classes, functions and nodes are looked at once, so a change is seen by the next run.
    """

    def __init__(
        self, store: Store, *, said: set[str] | None = None, key: bytes | None = None
    ) -> None:
        self.store_ = store
        self.hasher = Hasher()
        self.key = key
        self.keeps_objects = getattr(store, "keeps_objects", False)
        self._said = said if said is not None else set()
        self._nodes: dict[int, tuple[Any, bytes | Unhashable, str]] = {}
        self._plans: dict[int, tuple[Any, bytes | None]] = {}
        self._last: tuple[Any, Any, Keyed | None] = (None, None, None)
        self._lock = threading.Lock()

    # -- values

    def ref(self, value: Any) -> Ref:
        return Ref(self, value)

    constant = ref

    def list_ref(self, refs: Sequence[Any]) -> Ref:
        return ListRef(self, refs)

    # -- calls

    def lookup(self, node: Node[..., Any], inputs: Mapping[str, Any]) -> tuple[Ref, ...] | None:
        """A ref for each output, or None; nothing is unpickled yet."""
        found = self._key(node, inputs)
        if found is None:
            return None
        key = found[0]
        entry = self.store_.get(key)
        if entry is None or len(entry.outputs) != len(node.outputs):
            return None
        refs = self._refs(key, entry)
        for place, ref in enumerate(refs):
            if ref._value is _NOT_LOADED:
                ref._again = _Again(node, inputs, place)
        return refs

    def store(
        self,
        node: Node[..., Any],
        inputs: Mapping[str, Any],
        outputs: tuple[Any, ...],
        seconds: float,
    ) -> tuple[Ref, ...]:
        """Keep what a call gave; refs of its outputs. Never raises: warns once for a node."""
        refs = tuple(Ref(self, value) for value in outputs)
        if not node.cache:
            return refs
        found = self._key(node, inputs)
        if found is None:
            return refs
        key, code, hashes = found
        try:
            blobs: dict[bytes, bytes] = {}
            made = tuple(self._output(ref, blobs) for ref in refs)
            entry = Entry(self._nodes[id(node)][2], code, hashes, made, seconds)
            self.store_.put(key, entry, blobs)
        except Exception as error:
            self.say(node, f"its output cannot be stored: {_short(error)}")
            return refs
        for ref, output in zip(refs, made, strict=True):
            ref.output, ref.key = output, key
        return refs

    def signature(self, node: Node[..., Any], inputs: Mapping[str, Any]) -> str:
        found = self._key(node, inputs)
        return "" if found is None else found[0].hex()

    def _key(self, node: Node[..., Any], inputs: Mapping[str, Any]) -> Keyed | None:
        last = self._last
        if last[0] is inputs and last[1] is node:
            return last[2]  # the store that follows a lookup
        name = ""
        try:
            code = self.code(node)
            hashes = []
            for name in sorted(inputs):
                hashes.append((name, inputs[name].hash))
        except Unhashable as error:
            what = f"its input {name!r}" if name else "its code"
            self.say(node, f"{what} cannot be told from others: {error}", advise=True)
            return None
        found = keys.call_key(code, hashes), code, tuple(hashes)
        self._last = (inputs, node, found)
        return found

    def code(self, node: Node[..., Any]) -> bytes:
        """The key of a node's code, as it is in this run."""
        found = self._nodes.get(id(node))
        if found is None:
            try:
                code: bytes | Unhashable = keys.node_key(node)
            except Unhashable as error:
                code = error
            except Exception as error:
                code = Unhashable(f"reading it raised {type(error).__name__}: {error}")
            found = self._nodes[id(node)] = (node, code, keys.where(node))
            learn = getattr(self.store_, "learn", None)
            if learn is not None and isinstance(code, bytes):
                learn(code, found[2], lambda: keys.node_parts(node))
        if isinstance(found[1], Unhashable):
            raise Unhashable(str(found[1]))
        return found[1]

    # -- items of maps

    def row_key(self, plan: Plan, inputs: Mapping[str, Any]) -> bytes | None:
        """The key of all outputs of an item at once; None where there is none."""
        known = self._plans.get(id(plan))
        try:
            if known is None:
                known = (plan, keys.plan_key(plan, self.hasher, self.code))
                self._plans[id(plan)] = known
            if known[1] is None:
                return None
            return keys.call_key(known[1], [(name, inputs[name].hash) for name in sorted(inputs)])
        except Unhashable:
            self._plans.setdefault(id(plan), (plan, None))
            return None

    def row_lookup(self, key: bytes) -> tuple[Ref, ...] | None:
        entry = self.store_.get(key)
        if entry is None:
            return None
        refs = self._refs(key, entry)
        try:
            for ref in refs:
                ref.value  # noqa: B018 - what cannot be read has to run
        except Exception as error:
            self.warn(f"a cached value cannot be read and is made again: {_short(error)}")
            return None
        return refs

    def row_store(self, key: bytes, outputs: Sequence[Any]) -> None:
        try:
            blobs: dict[bytes, bytes] = {}
            made = tuple(
                ref.output if ref.output is not None else self._output(ref, blobs)
                for ref in outputs
            )
            self.store_.put(key, Entry("", b"", (), made), blobs)
        except Exception:  # noqa: S110 - the nodes have said why
            pass

    # -- the end

    def flush(self) -> None:
        """Write down what is still held back."""
        flush = getattr(self.store_, "flush", None)
        if flush is not None:
            flush()

    # -- bytes

    def load(self, key: bytes, output: Output) -> Any:
        data = output.data
        if data is None:
            data = self.store_.read(key, output)
            if data is None:
                raise LookupError("its bytes are gone or damaged")
        return codec.decode(data, self.key)

    def _refs(self, key: bytes, entry: Entry) -> tuple[Ref, ...]:
        refs = []
        for output in entry.outputs:
            ref = Ref(self)
            ref._hash, ref.output, ref.key = output.hash, output, key
            if output.data is None and not output.place:
                ref._value = output.value
            refs.append(ref)
        return tuple(refs)

    def _output(self, ref: Any, blobs: dict[bytes, bytes]) -> Output:
        hashed = ref.hash
        value = ref.value
        if self.keeps_objects and type(value) in SCALARS:
            return Output(hashed, None, b"", value)
        data = codec.encode(value, ref.plain, self.key)
        if len(data) <= INLINE or self.keeps_objects:
            return Output(hashed, data)
        place = digest(data)
        blobs[place] = data
        return Output(hashed, None, place)

    # -- words

    def say(self, node: Node[..., Any], reason: str, *, advise: bool = False) -> None:
        """Tell once why a node is not cached."""
        advice = "; mark its class @stateful or give it a __cache_key__" if advise else ""
        self.warn(f"node {node.name!r} is not cached: {reason}{advice}", once=f"{node.name}")

    def warn(self, text: str, once: str | None = None) -> None:
        with self._lock:
            if (once or text) in self._said:
                return
            self._said.add(once or text)
        warnings.warn(text, stacklevel=2)


class _Again:
    """Calls a node again whose cached output turned out to be unreadable."""

    __slots__ = ("inputs", "node", "place")

    def __init__(self, node: Node[..., Any], inputs: Mapping[str, Any], place: int) -> None:
        self.node, self.inputs, self.place = node, inputs, place

    def __call__(self) -> Any:
        result = self.node.call({name: ref.value for name, ref in self.inputs.items()})
        if self.node.is_async:
            result = _awaited(result)
        return result[self.place] if len(self.node.outputs) > 1 else result


def _awaited(work: Any) -> Any:
    import asyncio

    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(work)))
    thread.start()
    thread.join()
    return found[0]


def _short(error: BaseException) -> str:
    text = f"{type(error).__name__}: {error}".splitlines()
    return text[0][:300] if text else type(error).__name__


class Cache:
    """What an engine takes as `cache`; a store that inherits from it has a `session`."""

    key: bytes | None = None

    def session(self) -> CacheSession:
        """What one run or map asks."""
        said = self.__dict__.setdefault("_said", set())
        store: Any = self
        return CacheSession(store, said=said, key=self.key)

    def __cache_key__(self) -> str:
        return "a cache"  # where it is does not change what a function returns
