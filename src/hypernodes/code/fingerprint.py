"""A stable hash of a code closure: what a function is, with all that it reaches.

The walk is that of `closure`; here what it found is written down in an order that follows
from its structure alone, so the bytes are the same in every process.
"""

from __future__ import annotations

import functools
import importlib
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping
from types import CellType, FunctionType, ModuleType
from typing import Any

from hypernodes.code.closure import (
    CELL,
    CLASS,
    CLASS_SYSTEM_NAMES,
    FUNCTION,
    MODULE,
    SCOPE,
    Closure,
    Item,
    parametrised,
)
from hypernodes.code.instructions import code_digest
from hypernodes.code.modules import absolute_name, logical_name
from hypernodes.code.state import State
from hypernodes.code.uses import uses_of
from hypernodes.code.values import SCALARS, Encoder, Unhashable, digest
from hypernodes.code.versions import distribution_version

_ABSENT: Any = object()
_FORMAT = f"1 {sys.version_info[0]}.{sys.version_info[1]}".encode()
_UNCOUNTED = CLASS_SYSTEM_NAMES | {
    "__doc__", "__module__", "__firstlineno__", "__static_attributes__", "__signature__",
    "__abstractmethods__", "_member_map_", "_value2member_map_", "__annotations_cache__",
}  # fmt: skip
_KEPT = 1024
_FIXED = (property, staticmethod, classmethod, functools._lru_cache_wrapper, frozenset)
_lock = threading.RLock()
_known: OrderedDict[int, tuple[Any, Print]] = OrderedDict()


def fingerprint(target: Any) -> bytes:
    """Sixteen bytes for a function, class or other callable and all code that it reaches.

    Raises:
        Unhashable: A value that it reaches cannot be told from others.

    >>> def area(r: float) -> float:
    ...     return 3.14 * r * r
    >>> fingerprint(area) == fingerprint(area), len(fingerprint(area))
    (True, 16)
    """
    return print_of(target).value


def parts(target: Any) -> Mapping[str, str]:
    """What the fingerprint is made of: names like "function train.clean" to digests."""
    return print_of(target).parts()


def state(target: Any) -> list[str]:
    """Names that were taken for state: the code writes to them, so they do not count."""
    return sorted(print_of(target).state.names)


def print_of(target: Any) -> Print:
    """The fingerprint with all that it was made from, made anew where that changed."""
    key = id(target)
    with _lock:
        found = _known.get(key)
        if found is not None and found[0] is target and found[1].holds():
            return found[1]
        made = Print(target)
        _known[key] = (target, made)
        _known.move_to_end(key)
        while len(_known) > _KEPT:
            _known.popitem(last=False)
        return made


class Print:
    """One closure written down, and what has to hold for it to stay so."""

    def __init__(self, target: Any) -> None:
        self.target = target
        self.closure = _closure(target)
        self.state = State(self.closure)
        self._numbers: dict[int, int] = {}
        self._queue: list[Item] = []
        self._found: dict[str, list[bytes]] | None = None
        self.packages: dict[str, None] = {}
        for _ in range(20):
            size = self._size()
            self._reset()
            records = self._records()
            if self._size() == size:
                break
            self.state = State(self.closure)
        versions = [f"{name} {distribution_version(name)}" for name in sorted(self.packages)]
        self.value = digest(_FORMAT, *records, "\n".join(versions).encode())

    # -- is it still so?

    def holds(self) -> bool:
        """Whether everything that was read is still what it was."""
        for space, name, value in self._names:
            if space.get(name, _ABSENT) is not value:
                return False
        for function, code, defaults, keywords in self._functions:
            if (
                function.__code__ is not code
                or function.__defaults__ is not defaults
                or function.__kwdefaults__ is not keywords
            ):
                return False
        for cell, value in self._cells:
            if _content(cell) is not value:
                return False
        try:
            return all(self._encoder().encode(value) == was for value, was in self._mutable)
        except Unhashable:
            return False

    # -- writing it down

    def _size(self) -> tuple[int, int, int]:
        items = self.closure.items
        names = sum(len(item.names) for item in items)
        return len(items), names, len(self.closure.importable)

    def _reset(self) -> None:
        self._numbers.clear()
        self._queue.clear()
        self._names: list[tuple[Mapping[str, Any], str, Any]] = []
        self._functions: list[tuple[FunctionType, Any, Any, Any]] = []
        self._cells: list[tuple[CellType, Any]] = []
        self._mutable: list[tuple[Any, bytes]] = []

    def _encoder(self) -> Encoder:
        return Encoder(self._define, self.state.of_instance)

    def _records(self) -> list[bytes]:
        records = [self._value(self.target, "")]
        modules = sorted(self.closure.importable.items())
        records += [name.encode() + self._ref(item) for name, item in modules]
        sources = sorted(self.closure.sources.items())
        records += [digest(name.encode(), source.text.encode()) for name, source in sources]
        for item in self._queue:  # grows while it is read
            records.append(self._record(item))
        return records

    def _record(self, item: Item) -> bytes:
        if item.kind == FUNCTION:
            return self._function(item.obj)
        if item.kind == CLASS:
            return self._class(item.obj)
        if item.kind == CELL:
            return self._cell(item)
        if item.kind == MODULE:
            return b"module" + self._ref(self.closure.scope(item.obj.__dict__))
        return self._scope(item)

    def _value(self, value: Any, label: str, *, fixed: bool = False) -> bytes:
        kind = type(value)
        scalar = SCALARS.get(kind)
        if scalar is not None:
            return self._part(f"constant {label}", scalar(value))
        if kind is FunctionType or isinstance(value, type | ModuleType):
            return self._define(value)
        encoder = self._encoder()
        try:
            made = encoder.encode(value)
        except Unhashable as error:
            error.path.append(label)
            raise
        self.packages.update(encoder.packages)
        if not fixed and kind not in _FIXED:
            self._mutable.append((value, made))
        return self._part(f"constant {label}", made)

    def _part(self, label: str, made: bytes) -> bytes:
        if self._found is not None and not label.endswith(" "):
            self._found.setdefault(label, []).append(made)
        return made

    def _ref(self, item: Item) -> bytes:
        if self._found is not None:
            if item.number not in self._numbers:
                self._numbers[item.number] = 0
                self._queue.append(item)
            return f"@{self._label(item)}".encode()
        number = self._numbers.get(item.number)
        if number is None:
            number = self._numbers[item.number] = len(self._numbers)
            self._queue.append(item)
        return b"@" + number.to_bytes(4, "big")

    def _label(self, item: Item) -> str:
        obj = item.obj
        if item.kind in (FUNCTION, CLASS):
            name = obj.__module__ if isinstance(obj, type) else obj.__globals__.get("__name__")
            module = sys.modules.get(name) if isinstance(name, str) else None
            where = logical_name(vars(module)) if module is not None else name
            return f"{item.kind} {where}.{obj.__qualname__}"
        return item.kind if item.kind == CELL else f"module {item.name or ''}"

    def _define(self, obj: Any) -> bytes:
        if isinstance(obj, type):
            made_of = parametrised(obj)
            if made_of is not None:
                return b"g" + digest(
                    self._define(made_of[0]), *map(self._encoder().encode, made_of[1])
                )
        if self.closure.travels(obj):
            item = self.closure.item(obj)
            self.closure.run()
            return self._ref(item)
        module = obj.__name__ if isinstance(obj, ModuleType) else obj.__module__
        self._package(module)
        return f"{module}:{getattr(obj, '__qualname__', '')}".encode()

    def _package(self, module: str | None) -> None:
        top = (module or "").partition(".")[0]
        if distribution_version(top):
            self.packages[top] = None

    def _function(self, function: FunctionType) -> bytes:
        code = function.__code__
        print_, free = code_digest(code)
        uses = uses_of(code)
        space = function.__globals__
        scope = self.closure.scope(space)
        for statement in uses.imports:
            self._package(absolute_name(statement.name, statement.level, space))
        if not scope.installed:
            for name in uses.globals:
                if name not in space:
                    self._names.append((space, name, _ABSENT))
        cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
        self._functions.append((function, code, function.__defaults__, function.__kwdefaults__))
        known = [self._ref(self.closure.item(cells[name])) for name in free]
        name = function.__qualname__
        made = [
            print_,
            function.__name__.encode(),
            *self._defaults(function),
            self._attributes(function),
            repr({k: _text(v) for k, v in function.__annotations__.items()}).encode(),
        ]
        if self._found is not None:
            self._part(self._label(self.closure.item(function)), digest(*made))
            for each, cell in cells.items():
                if not self.state.has(cell, ""):
                    self._value(_content(cell), f"{name}.{each}")
        # A wrapper's own globals are those of its module; an installed module has none of ours.
        return digest(*made, self._ref(scope), *known)

    def _defaults(self, function: FunctionType) -> list[bytes]:
        code = function.__code__
        defaults = function.__defaults__ or ()
        names = code.co_varnames[: code.co_argcount][code.co_argcount - len(defaults) :]
        pairs = [*zip(names, defaults, strict=True), *(function.__kwdefaults__ or {}).items()]
        return [
            name.encode()
            + (
                b""
                if self.state.has(code, name)
                else self._value(value, f"{function.__qualname__}({name}=)")
            )
            for name, value in pairs
        ]

    def _attributes(self, function: FunctionType) -> bytes:
        entries = [(k, v) for k, v in function.__dict__.items() if not self.state.has(function, k)]
        return digest(
            *(
                k.encode() + self._value(v, f"{function.__qualname__}.{k}")
                for k, v in sorted(entries)
            )
        )

    def _class(self, cls: type) -> bytes:
        label = self._label(self.closure.item(cls))
        made = [
            cls.__qualname__.encode(),
            self._define(type(cls)),
            *map(self._define, cls.__bases__),
        ]
        body = cls.__dict__
        members = body.get("_member_map_") or {}
        for name in sorted(body, key=str):
            value = body[name]
            if name in _UNCOUNTED or name.startswith("_abc_") or self.state.has(cls, name):
                continue
            if name.startswith("__pydantic_") and name not in (
                "__pydantic_fields__",
                "__pydantic_computed_fields__",
            ):
                continue
            self._names.append((body, name, value))
            if name in members:
                value = members[name]._value_
            if name == "__annotations__":
                entry = repr({k: _text(v) for k, v in value.items()}).encode()
            else:
                # What Python and its libraries keep under names of theirs is made once.
                fixed = name.startswith("__")
                entry = self._value(value, f"{cls.__qualname__}.{name}", fixed=fixed)
            made.append(str(name).encode() + entry)
        for name, member in members.items():
            made.append(name.encode() + self._value(member._value_, f"{cls.__qualname__}.{name}"))
        self._part(label, digest(*made))
        scope = self.closure.scope_named(cls.__module__)
        return digest(*made, b"" if scope is None else self._ref(scope))

    def _cell(self, item: Item) -> bytes:
        if self.state.has(item.obj, ""):
            return b"state"
        content = _content(item.obj)
        self._cells.append((item.obj, content))
        return b"empty" if content is _ABSENT else self._value(content, item.label)

    def _scope(self, item: Item) -> bytes:
        if item.installed:
            self._package(item.name)
            return b"installed"
        made = []
        for name in sorted(item.names):
            if name not in item.obj or self.state.has(item.obj, name):
                continue
            value = item.obj[name]
            self._names.append((item.obj, name, value))
            if self._found is None:
                made.append(name.encode() + self._value(value, name))
            else:
                self._value(value, f"{item.name}.{name}")
        return digest(*made)

    # -- telling it

    def parts(self) -> dict[str, str]:
        """The parts by name, each with a digest of its own content only."""
        kept = self._names, self._functions, self._cells, self._mutable, self._numbers, self._queue
        with _lock:
            self._found, self._numbers, self._queue = {}, {}, []
            self._names, self._functions, self._cells, self._mutable = [], [], [], []
            try:
                self._records()
                found = {k: digest(*sorted(v)).hex() for k, v in self._found.items()}
            finally:
                self._found = None
                (self._names, self._functions, self._cells, self._mutable,
                 self._numbers, self._queue) = kept  # fmt: skip
        found |= {f"package {name}": distribution_version(name) for name in self.packages}
        return dict(sorted(found.items()))


def _closure(target: Any) -> Closure:
    closure = Closure()
    closure.visit(target)
    if closure.sources:
        # What a body imports is the same code before and after its first import.
        for name in list(closure.sources):
            try:
                importlib.import_module(name)
            except Exception:  # noqa: S112 - its text counts then
                continue
        closure = Closure()
        closure.visit(target)
    return closure


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return _ABSENT


def _text(annotation: Any) -> str:
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, type) and not hasattr(annotation, "__origin__"):
        return annotation.__qualname__
    inner = getattr(annotation, "__args__", None)
    if inner:
        origin = getattr(annotation, "__origin__", None)
        outer = _text(origin) if origin is not None else type(annotation).__name__
        return f"{outer}[{','.join(map(_text, inner))}]"
    return str(getattr(annotation, "__name__", type(annotation).__qualname__))


__all__ = ["SCOPE", "Print", "fingerprint", "parts", "print_of", "state"]
