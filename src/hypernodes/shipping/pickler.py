"""The pickler: local functions, classes and modules become numbers, all else is pickled."""

from __future__ import annotations

import copyreg
import enum
import io
import pickle
import sys
import typing
from types import BuiltinFunctionType, CellType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import cloudpickle
import cloudpickle.cloudpickle as _cp

from hypernodes.code.closure import Closure, Item, parametrised
from hypernodes.code.definition import class_fingerprint
from hypernodes.code.modules import logical_name
from hypernodes.code.origin import find, part_of
from hypernodes.errors import ShippingError
from hypernodes.shipping import exceptions, odd, ops
from hypernodes.shipping.identity import registry

if TYPE_CHECKING:  # cloudpickle has no annotations
    _Base = pickle.Pickler
else:
    _Base = cloudpickle.Pickler
_reduce_builtin_class: Any = _cp._class_reduce

_TYPE_VARIABLES: tuple[type, ...] = (typing.TypeVar, typing.ParamSpec, typing.TypeVarTuple)
_ALIAS = getattr(typing, "TypeAliasType", None)
_TYPING = frozenset({typing.NewType, *_TYPE_VARIABLES, *([_ALIAS] if _ALIAS else [])})
# Never asked about again: nothing in them is ours to decide.
_PLAIN = (list, dict, tuple, set, frozenset, bytearray, type(NotImplemented), type(...))


class Pickler(_Base):
    """Pickles against a closure: what it finds there, or adds to it, is a number.

    With ``light``, classes and functions that came from another process are tokens only,
    and so is the class ``by_token``, which travels beside.
    """

    def __init__(
        self,
        file: io.BytesIO,
        closure: Closure,
        *,
        light: bool = False,
        by_token: type | None = None,
    ) -> None:
        super().__init__(file, protocol=5)
        self.closure = closure
        self.light = light
        self.by_token = by_token
        self.packages: dict[str, None] = {}
        self.owner: Item | None = None  # whose part is being pickled, and under which name
        self.label = ""
        self._decided: dict[type, None] = dict.fromkeys(_PLAIN)

    def reducer_override(self, obj: Any) -> Any:
        """Decide how one object travels; asked by the C pickler."""
        kind = type(obj)
        if kind in self._decided:
            return NotImplemented
        if kind is FunctionType or kind is ModuleType:
            return self._code(obj)
        if isinstance(obj, type):
            return self._class(obj)
        return self._other(obj, kind)

    def _other(self, obj: Any, kind: type) -> Any:
        if kind is CellType:
            return ops.ref, (self._number(obj),)
        if kind is BuiltinFunctionType:
            return self._builtin(obj)
        ship = getattr(kind, "__ship_state__", None)
        if ship is not None:
            return ship(obj)
        if kind in _TYPING:
            return self._typing(obj, kind)
        reduce = odd.BY_TYPE.get(kind)
        if reduce is not None:
            return reduce(obj)
        if isinstance(obj, BaseException):
            if self.light:
                return exceptions.unpack, (exceptions.pack(obj),)
            reduced = odd.exception(obj)
            if reduced is not None:
                return reduced
        elif isinstance(obj, enum.Enum) and self.closure.travels(kind):
            return self._member(obj, kind)
        if copyreg.dispatch_table.get(kind) is go_home:
            return obj.__reduce_ex__(4)  # that reducer is for other picklers than ours
        if isinstance(obj, ModuleType):
            return self._code(obj)
        if _needs_guard(kind):
            return odd.guarded(obj)
        self._decided[kind] = None
        return NotImplemented

    def _code(self, obj: Any) -> Any:
        if self.closure.travels(obj):
            if self.light and registry.is_foreign(obj):
                return ops.home, self._token(obj)
            if isinstance(obj, ModuleType):
                self.closure.escape(obj, self.owner, self.label)
                self.closure.run()
            return ops.ref, (self._number(obj),)
        if isinstance(obj, ModuleType):
            self.note(obj.__name__)
            return _cp.subimport, (obj.__name__,)
        self.note(obj.__module__)
        place = None if find(obj.__module__, obj.__qualname__) is obj else part_of(obj)
        return NotImplemented if place is None else (odd.get_part, place)

    def _class(self, cls: type) -> Any:
        if not self.closure.travels(cls):
            self.note(cls.__module__)
            return _reduce_builtin_class(cls) if cls.__module__ == "builtins" else NotImplemented
        made_of = parametrised(cls)
        if made_of is not None and self.closure.find(cls) is None:
            # Made again where it arrives: there it is the one that pydantic knows.
            return ops.parametrise, made_of
        if self.light and (cls is self.by_token or registry.is_foreign(cls)):
            return ops.home, self._token(cls)
        return ops.ref, (self._number(cls),)

    def _token(self, obj: Any) -> tuple[Any, ...]:
        token = registry.token_of(obj)
        if isinstance(obj, type):
            return token, *class_identity(obj)
        return token, obj.__module__ or "", obj.__qualname__, ""

    def _number(self, obj: Any) -> int:
        item = self.closure.find(obj)
        if item is None:
            self.closure.visit(obj, self.owner, self.label)
            item = self.closure.item(obj, self.owner, self.label)
            self.closure.run()
        return item.number

    def _member(self, obj: Any, cls: type) -> Any:
        # By name: the value of a rich enum need not lead back to its member.
        name = obj._name_
        if cls.__dict__["_member_map_"].get(name) is obj:
            return ops.member, (cls, name)
        return cls, (obj._value_,)

    def _builtin(self, obj: Any) -> Any:
        owner = obj.__self__
        if isinstance(owner, ModuleType):
            if self.closure.origin.is_local_module(owner):
                raise ShippingError(
                    f"{obj.__name__}() of the extension module {owner.__name__!r} cannot travel",
                    hint="install that module on the workers and use ship(by_reference=...)",
                )
            self.note(owner.__name__)
        return NotImplemented

    def _typing(self, obj: Any, kind: Any) -> Any:
        module = getattr(obj, "__module__", None)
        if isinstance(module, str) and self.closure.origin.is_installed(module):
            return NotImplemented
        if kind is typing.NewType:
            made = (obj.__name__, obj.__qualname__, module, obj.__supertype__)
            return odd.make_new_type, made
        if kind is _ALIAS:
            return odd.make_alias, (obj.__name__, obj.__value__, obj.__type_params__)
        return ops.typevar, (registry.token_of(obj), kind, *odd.type_variable(obj, kind))

    def note(self, module: str | None) -> None:
        """Remember an installed package that the worker needs."""
        if module:
            self.packages[module.partition(".")[0]] = None


def _needs_guard(kind: type) -> bool:
    names = ("__reduce_ex__", "__reduce__")
    return (
        hasattr(kind, "__getattr__")
        and not hasattr(kind, "__setstate__")
        and all(getattr(kind, name) is getattr(object, name) for name in names)
    )


def class_identity(cls: type) -> tuple[str, str, str]:
    """What a class is called across restarts: logical module, qualified name, fingerprint."""
    module = sys.modules.get(cls.__module__)
    name = cls.__module__ if module is None else logical_name(module.__dict__)
    return name, cls.__qualname__, class_fingerprint(cls)


def go_home(obj: Any) -> Any:
    """The ``copyreg`` reducer of classes rebuilt on a worker, for picklers that are not ours."""
    from hypernodes.shipping.payload import reduce_instance

    frame = sys._getframe(1)
    if frame.f_globals.get("__name__") == "copy":
        return obj.__reduce_ex__(4)  # a copy is made here, as it would be at home
    return reduce_instance(obj)
