"""Writes a stream: definitions in waves, then the object that needs them.

A stream is a row of pickles by one pickler, whose memo lives on, so what two of them
hold in common stays one object. Each pickle is one call (see ``ops``). A wave defines
a set of things that only know each other and earlier waves, in an order in which
nothing is used half-built:

1. scopes, modules, cells and functions, still empty
2. classes after their bases, with their methods
3. globals, cells and defaults that are code or scalars
4. the other class entries
5. the other defaults, cells and globals
"""

from __future__ import annotations

import io
import marshal
import warnings
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from hypernodes.code.closure import CELL, FUNCTION, MODULE, SCOPE, Closure, Item, parametrised
from hypernodes.errors import ShippingError
from hypernodes.shipping import asserts, classes, files, ops
from hypernodes.shipping.identity import registry
from hypernodes.shipping.ops import Call
from hypernodes.shipping.pickler import Pickler, class_identity
from hypernodes.shipping.source import Sources

_SCALARS = (str, bytes, int, float, complex, bool, type(None), type(...))
_EMPTY = object()
_LARGE = 10_000_000


class Writer:
    """One stream in the making, over a closure that grows as things are found."""

    def __init__(
        self,
        closure: Closure,
        *,
        light: bool = False,
        by_token: type | None = None,
        files: tuple[str, ...] = (),
    ) -> None:
        self.closure = closure
        self.file = io.BytesIO()
        self.pickler = Pickler(self.file, closure, light=light, by_token=by_token)
        self.files = files
        self.frames = 0
        self.sources = Sources()
        self.sizes: dict[Any, int] | None = None  # bytes by part, where someone wants to know
        self._emitted = 0
        self._sent: dict[int, set[str]] = {}
        self._sent_extras: set[str] = set()

    def write_root(self, obj: Any) -> None:
        """Write the object itself, after all that it needs."""
        self.write_code()
        self._attempt(Call(ops.root, obj), None, "")

    def write_session(self) -> None:
        """Write code only: the object read is the loader, for blobs that refer to it."""
        self.write_code()
        self._attempt(Call(ops.session), None, "")

    def write_code(self) -> None:
        """Write the definitions of everything found so far."""
        while self._is_behind():
            self._wave()

    # -- frames

    def explained(
        self, error: Exception, owner: Item | None, label: str, part: Any
    ) -> ShippingError:
        """The error that names the way to what cannot travel."""
        from hypernodes.shipping.diagnose import diagnosed

        return diagnosed(error, owner, label, part, self.closure)

    def _attempt(
        self,
        call: Call,
        owner: Item | None,
        label: str,
        instead: Callable[[str], Call] | None = None,
    ) -> None:
        pickler, file = self.pickler, self.file
        while True:
            start = file.tell()
            frame = [call]  # memoised before its content: its place tells where to go back to
            pickler.owner, pickler.label = owner, label
            try:
                pickler.dump(frame)
            except ShippingError as error:
                failure: Exception = error
            except Exception as error:
                failure = error
            else:
                if not self._is_behind():
                    self.frames += 1
                    if self.sizes is not None:
                        self._measure(call, owner, file.tell() - start)
                    if owner is not None and file.tell() - start > _LARGE:
                        _warn_large(owner, label, file.tell() - start)
                    return
                self._take_back(start, frame)
                self.write_code()
                continue
            self._take_back(start, frame)
            if instead is None:
                raise self.explained(failure, owner, label, call.args[-1])
            call, instead = instead(str(getattr(failure, "message", failure))), None

    def _measure(self, call: Call, owner: Item | None, size: int) -> None:
        assert self.sizes is not None
        key: Any = owner.number if owner is not None else None
        if call.function is ops.set_globals:
            number, values = call.args
            key = (number, next(iter(values))) if len(values) == 1 else (number, None)
        elif call.function is ops.begin:
            for entry in call.args[3]:
                self.sizes[entry[0], "code"] = len(entry[3])
            key = "begin"
        self.sizes[key] = self.sizes.get(key, 0) + size

    def _take_back(self, start: int, frame: list[Call]) -> None:
        memo = self.pickler.memo.copy()
        place = memo.get(id(frame))
        if place is not None:
            self.pickler.memo = {key: entry for key, entry in memo.items() if entry[0] < place[0]}
        self.file.seek(start)
        self.file.truncate()

    def _is_behind(self) -> bool:
        closure = self.closure
        if len(closure.items) > self._emitted:
            return True
        if len(closure.sources) + len(closure.importable) + len(closure.submodules) > len(
            self._sent_extras
        ):
            return True
        return any(len(item.names) > len(self._sent[item.number]) for item in self._scopes())

    def _scopes(self) -> list[Item]:
        return [self.closure.items[number] for number in self._sent]

    # -- one wave

    def _wave(self) -> None:
        closure = self.closure
        new = closure.items[self._emitted :]
        self._emitted = len(closure.items)
        for item in new:
            if item.kind == SCOPE:
                self._sent[item.number] = set()
        fresh = {
            item.number: [name for name in item.names if name not in self._sent[item.number]]
            for item in self._scopes()
        }
        for number, names in fresh.items():
            self._sent[number].update(names)
        self._begin(new)
        made = classes.creation_order(new)
        for item in made:
            self._make_class(item)
        entries = {item.number: classes.entries_of(item.obj) for item in made}
        for item in made:
            methods = {k: v for k, v in entries[item.number].items() if classes.is_code(v)}
            if methods:
                self._attempt(Call(ops.set_class, item.number, methods), item, "")
        functions = [item for item in new if item.kind == FUNCTION]
        cells = [item for item in new if item.kind == CELL]
        self._simple(fresh, cells, functions)
        for item in classes.filling_order(made):
            self._fill_class(item, entries[item.number])
        self._rest(fresh, cells, functions)

    def _begin(self, new: list[Item]) -> None:
        closure = self.closure
        scopes, modules, cells, functions = [], [], [], []
        for item in new:
            if item.kind == SCOPE:
                scopes.append(self._scope(item))
            elif item.kind == MODULE:
                modules.append(self._module(item))
            elif item.kind == CELL:
                cells.append(item.number)
            elif item.kind == FUNCTION:
                functions.append(self._function(item))
        extras = {
            "importable": {name: item.number for name, item in closure.importable.items()},
            "sources": {
                name: (found.text, found.file, found.is_package)
                for name, found in closure.sources.items()
                if name not in self._sent_extras
            },
            "submodules": list(closure.submodules),
            "lines": self.sources.take(),
            "files": self._take_files(),
        }
        self._sent_extras = {*closure.importable, *closure.sources, *closure.submodules}
        self._attempt(Call(ops.begin, scopes, modules, cells, functions, extras), None, "")

    def _take_files(self) -> dict[str, bytes]:
        names, self.files = self.files, ()
        if not names:
            return {}
        scopes = [item.obj.get("__file__") for item in self.closure.items if item.kind == SCOPE]
        return files.read(names, [file for file in scopes if isinstance(file, str)])

    def _scope(self, item: Item) -> tuple[Any, ...]:
        namespace = item.obj
        system = {
            name: namespace[name]
            for name in ("__file__", "__package__", "__doc__")
            if type(namespace.get(name)) is str
        }
        if "__path__" in namespace:
            system["__path__"] = []
        if asserts.GLOBAL in namespace:
            system[asserts.GLOBAL] = None
        return item.number, item.name, namespace.get("__name__"), item.installed, system

    def _module(self, item: Item) -> tuple[Any, ...]:
        module: ModuleType = item.obj
        file = module.__dict__.get("__file__")
        if isinstance(file, str) and file.endswith((".so", ".pyd", ".dylib")):
            path = " -> ".join(item.path())
            raise ShippingError(
                f"{path}: the extension module {module.__name__!r} cannot travel",
                hint="install that module on the workers and use ship(by_reference=...)",
                path=path,
            )
        return item.number, self.closure.scope(module.__dict__).number

    def _function(self, item: Item) -> tuple[Any, ...]:
        function: FunctionType = item.obj
        code = function.__code__
        self.sources.add(function)
        scope = self.closure.scope(function.__globals__)
        cells = tuple(self.closure.item(cell).number for cell in function.__closure__ or ())
        name = None if function.__name__ == code.co_name else function.__name__
        qualname = None if function.__qualname__ == code.co_qualname else function.__qualname__
        own = function.__module__
        module = None if own == function.__globals__.get("__name__") else (own,)
        first = code.co_consts[0] if code.co_consts else None
        usual = first if type(first) is str else None
        doc = None if function.__doc__ == usual else (function.__doc__,)
        token = registry.token_of(function)
        extra = (name, qualname, module, doc) if name or qualname or module or doc else None
        return item.number, token, scope.number, marshal.dumps(code), cells, extra

    def _make_class(self, item: Item) -> None:
        cls: type = item.obj
        scope = self.closure.scope_named(cls.__module__)
        if scope is not None and scope.number >= self._emitted:
            raise AssertionError("the scope of a class is found with the class")
        where = cls.__module__ if scope is None else scope.number
        call = Call(
            ops.make_class, item.number, registry.token_of(cls), where, class_identity(cls),
            cls.__name__, type(cls), cls.__bases__, classes.slots_of(cls), classes.members_of(cls),
        )  # fmt: skip
        self._attempt(call, item, "")

    def _fill_class(self, item: Item, entries: dict[str, Any]) -> None:
        cls = item.obj
        number = item.number
        members = cls.__dict__.get("_member_map_") if classes.members_of(cls) else None
        for name, member in (members or {}).items():
            if member._name_ == name:
                call = Call(ops.set_member, number, name, dict(member.__dict__))
                self._attempt(call, item, f".{name}")
        simple: dict[str, Any] = {}
        rest: dict[str, Any] = {}
        for name, value in entries.items():
            if not classes.is_code(value):
                (simple if _is_simple(value) else rest)[name] = value
        if simple:
            self._attempt(Call(ops.set_class, number, simple), item, "")
        for name, value in rest.items():
            self._attempt(Call(ops.set_class, number, {name: value}), item, f".{name}")
        registered = classes.registered_with(cls)
        values = classes.values_of(cls) if members is not None else None
        self._attempt(Call(ops.end_class, number, list(entries), registered, values), item, "")

    def _simple(
        self, fresh: dict[int, list[str]], cells: list[Item], functions: list[Item]
    ) -> None:
        items = self.closure.items
        for number, names in fresh.items():
            namespace = items[number].obj
            values = {
                name: self._named(namespace[name])
                for name in names
                if _is_simple(namespace.get(name, _EMPTY))
            }
            if values:
                self._attempt(Call(ops.set_globals, number, values), items[number], "")
        for item in cells:
            content = _content(item)
            if content is not _EMPTY and _is_simple(content):
                self._attempt(Call(ops.set_cell, item.number, self._named(content)), item, "")
        for item in functions:
            state = _state(item.obj)
            if state is not None and _is_simple_state(state):
                self._attempt(Call(ops.set_function, item.number, *state), item, "")

    def _named(self, value: Any) -> Any:
        # A module under its name in code: of it only what follows the name is reached. Met
        # anywhere else, the pickler sends it whole.
        if type(value) is ModuleType and self.closure.travels(value):
            return Call(ops.ref, self.closure.item(value).number)
        return value

    def _rest(self, fresh: dict[int, list[str]], cells: list[Item], functions: list[Item]) -> None:
        items = self.closure.items
        for item in functions:
            state = _state(item.obj)
            if state is not None and not _is_simple_state(state):
                self._attempt(Call(ops.set_function, item.number, *state), item, "")
        for item in cells:
            content = _content(item)
            if content is not _EMPTY and not _is_simple(content):
                self._attempt(Call(ops.set_cell, item.number, content), item, "")
        for number in reversed(fresh):
            scope = items[number]
            order = {name: place for place, name in enumerate(scope.obj)}
            for name in sorted(fresh[number], key=lambda name: order.get(name, 0)):
                value = scope.obj.get(name, _EMPTY)
                if value is not _EMPTY and not _is_simple(value):
                    self._global(scope, name, value)

    def _global(self, scope: Item, name: str, value: Any) -> None:
        number = scope.number
        instead = None
        owner = scope.names[name]
        if owner is None:

            def instead(reason: str) -> Call:
                return Call(ops.placeholder, number, name, f"{scope.name}.{name}", reason)

        call = Call(ops.set_globals, number, {name: value})
        self._attempt(call, owner or scope, name, instead)


def _warn_large(owner: Item, label: str, size: int) -> None:
    path = " -> ".join([*owner.path(), *([label] if label else [])])
    text = f"{path} is captured by the code and travels with it: {size / 1e6:,.0f} MB"
    warnings.warn(text, stacklevel=9)


def _content(item: Item) -> Any:
    try:
        return item.obj.cell_contents
    except ValueError:
        return _EMPTY


def _state(function: FunctionType) -> tuple[Any, ...] | None:
    state = (
        function.__defaults__,
        function.__kwdefaults__,
        function.__annotations__ or None,
        function.__dict__ or None,
        getattr(function, "__type_params__", None) or None,
    )
    return state if any(part is not None for part in state) else None


def _is_simple(value: Any) -> bool:
    """Can this be unpickled without running any code of the user's?"""
    kind = type(value)
    if kind in _SCALARS or kind is FunctionType or kind is ModuleType:
        return True
    if isinstance(value, type):
        return parametrised(value) is None
    return kind is tuple and len(value) < 20 and all(map(_is_simple, value))


def _is_simple_state(state: tuple[Any, ...]) -> bool:
    return all(
        part is None
        or (all(map(_is_simple, part.values())) if isinstance(part, dict) else _is_simple(part))
        for part in state
    )
