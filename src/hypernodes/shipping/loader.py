"""Reads a stream: the methods here are what its calls (see ``ops``) mean on this machine."""

from __future__ import annotations

import importlib
import io
import marshal
import pickle
import sys
import threading
from collections.abc import Callable
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

from hypernodes.code.modules import SHIPPED
from hypernodes.errors import ShippingError
from hypernodes.shipping import files, importer, rebuild, source
from hypernodes.shipping.identity import Token, registry
from hypernodes.shipping.placeholder import Placeholder

_OPS = "hypernodes.shipping.ops"

# Reading defines classes and modules that all of this process shares.
lock = threading.RLock()


class Loader:
    """The definitions of one payload, and what reads objects that refer to them."""

    def __init__(self, name: str) -> None:
        self.name = name  # unique for the content of the payload
        self.objects: dict[int, Any] = {}
        self.value: Any = None
        self.world = importer.World(f"{SHIPPED}{name}")
        self._spaces: dict[int, importer.Space] = {}
        self._alive: set[int] = set()  # numbers that exist at home: never written to
        self._files: dict[str, str] = {}
        self._unpacked: files.Unpacked | None = None

    def read(self, body: memoryview, frames: int) -> Any:
        """Read a whole stream and return the object in it."""
        with lock:
            reader = _Unpickler(io.BytesIO(body), self)
            for _ in range(frames):
                reader.load()
            return self.value

    def loads(self, blob: bytes) -> Any:
        """Read one pickle that refers to the definitions here."""
        return _Unpickler(io.BytesIO(blob), self).load()

    def dumps(self, obj: Any) -> bytes:
        """Bytes of a result for home, where the classes are."""
        from hypernodes.shipping.payload import dumps_light

        return dumps_light(obj)

    # -- what the calls mean

    def ref(self, number: int) -> Any:
        return self.objects[number]

    def home(self, token: Token, module: str, qualname: str, print_: str) -> Any:
        return rebuild.resolved(token, module, qualname, print_, must=True)

    def parametrise(self, origin: Any, args: tuple[Any, ...]) -> Any:
        found = origin[args if len(args) > 1 else args[0]]
        if registry.is_foreign(origin):
            rebuild.teach(found)
        return found

    def member(self, cls: Any, name: str) -> Any:
        return cls.__dict__["_member_map_"][name]

    def root(self, value: Any) -> None:
        self.value = value

    def session(self) -> None:
        self.value = self

    def begin(
        self,
        scopes: list[tuple[Any, ...]],
        modules: list[tuple[int, int]],
        cells: list[int],
        functions: list[tuple[Any, ...]],
        extras: dict[str, Any],
    ) -> None:
        if extras["files"]:
            self._unpacked = files.Unpacked(extras["files"])
        for number, logical, raw, installed, system in scopes:
            if self._unpacked is not None and "__file__" in system:
                system["__file__"] = str(self._unpacked.place(system["__file__"]))
            self._spaces[number] = self.world.space(logical, raw, installed, system)
        for number, scope in modules:
            self.objects[number] = self._spaces[scope].module
        for number in cells:
            self.objects[number] = CellType()
        for name in extras["submodules"]:
            importlib.import_module(name)
        for name, number in extras["importable"].items():
            self.world.modules[name] = self.objects[number]
        self.world.sources.update(extras["sources"])
        for file, pieces in extras["lines"].items():
            source.show(self._file(file), pieces)
        for entry in functions:
            self._function(*entry)

    def _file(self, file: str) -> str:
        known = self._files.get(file)
        if known is None:
            known = self._files[file] = source.shipped_name(file, self.name)
        return known

    def _function(
        self,
        number: int,
        token: Token,
        scope: int,
        data: bytes,
        cells: tuple[int, ...],
        extra: tuple[Any, ...] | None,
    ) -> None:
        alive = registry.resolve(token) if token[0] == registry.session else None
        if alive is not None:
            self.objects[number] = alive
            self._alive.add(number)
            return
        space = self._spaces[scope]
        code = marshal.loads(data)  # noqa: S302 (no less trusted than the pickle around it)
        if not space.installed:
            code = self._moved(code)
        closure = tuple(self.objects[cell] for cell in cells) if cells else None
        made = FunctionType(code, space.namespace, None, None, closure)
        if extra is not None:
            name, qualname, module, doc = extra
            if name is not None:
                made.__name__ = name
            if qualname is not None:
                made.__qualname__ = qualname
            if module is not None:
                made.__module__ = self.world.shipped(module[0])
            if doc is not None:
                made.__doc__ = doc[0]
        registry.adopt(made, token)
        self.objects[number] = made

    def _moved(self, code: CodeType) -> CodeType:
        consts = code.co_consts
        if any(isinstance(const, CodeType) for const in consts):
            consts = tuple(
                self._moved(const) if isinstance(const, CodeType) else const for const in consts
            )
        return code.replace(co_filename=self._file(code.co_filename), co_consts=consts)

    def make_class(
        self,
        number: int,
        token: Token,
        where: int | str,
        identity: tuple[str, str, str],
        name: str,
        metaclass: Any,
        bases: tuple[type, ...],
        slots: tuple[str, ...] | None,
        members: list[tuple[str, str, type, Any]] | None,
    ) -> None:
        found = rebuild.resolved(token, *identity)
        if found is not None:
            self._alive.add(number)
        else:
            module = where if isinstance(where, str) else self._spaces[where].namespace["__name__"]
            found = rebuild.make_class(metaclass, name, bases, module, identity[1], slots, members)
            rebuild.adopt(found, token)
        self.objects[number] = found

    def set_class(self, number: int, entries: dict[str, Any]) -> None:
        if number in self._alive:
            if registry.is_foreign(self.objects[number]):
                rebuild.refresh(self.objects[number], entries)
        else:
            rebuild.set_entries(self.objects[number], entries)
            rebuild.remember(self.objects[number], entries)

    def set_member(self, number: int, name: str, state: dict[str, Any]) -> None:
        if number not in self._alive:
            self.objects[number].__dict__["_member_map_"][name].__dict__.update(state)

    def end_class(
        self,
        number: int,
        names: list[str],
        registered: list[type],
        values: list[tuple[Any, Any]] | None,
    ) -> None:
        if number not in self._alive:
            rebuild.finish(self.objects[number], names, registered, values)

    def set_globals(self, number: int, values: dict[str, Any]) -> None:
        space = self._spaces[number]
        if space.installed:
            return
        if self._unpacked is not None:
            values = {name: self._unpacked.moved(value) for name, value in values.items()}
        space.namespace.update(values)

    def placeholder(self, number: int, name: str, path: str, reason: str) -> None:
        self.set_globals(number, {name: Placeholder(path, reason)})

    def set_cell(self, number: int, content: Any) -> None:
        self.objects[number].cell_contents = content

    def set_function(
        self,
        number: int,
        defaults: tuple[Any, ...] | None,
        kwdefaults: dict[str, Any] | None,
        annotations: dict[str, Any] | None,
        attributes: dict[str, Any] | None,
        parameters: tuple[Any, ...] | None,
    ) -> None:
        if number in self._alive:
            return
        made: FunctionType = self.objects[number]
        made.__defaults__ = defaults
        made.__kwdefaults__ = kwdefaults
        if annotations is not None:
            made.__annotations__ = annotations
        if attributes is not None:
            made.__dict__.update(attributes)
        if parameters is not None:
            setattr(made, "__type_params__", parameters)  # noqa: B010 (since 3.12)

    def typevar(self, token: Token, kind: Any, name: str, how: dict[str, Any]) -> Any:
        found = registry.resolve(token)
        if found is None:
            how = dict(how)
            found = kind(name, *how.pop("constraints", ()), **how)
            registry.adopt(found, token)
        return found


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, loader: Loader) -> None:
        super().__init__(file)
        self._loader = loader

    def find_class(self, module: str, name: str) -> Any:
        if module == _OPS:
            found: Callable[..., Any] = getattr(self._loader, name)
            return found
        try:
            return super().find_class(module, name)
        except ModuleNotFoundError as error:
            top = (error.name or module).partition(".")[0]
            raise ShippingError(
                f"this machine has no module {error.name or module!r}, which the payload needs",
                hint=f"install {top} here",
                package=top,
            ) from error


def modules_of(name: str) -> list[ModuleType]:
    """The modules in ``sys.modules`` that stand for those of one payload."""
    prefix = f"{SHIPPED}{name}."
    return [module for key, module in list(sys.modules.items()) if key.startswith(prefix)]
