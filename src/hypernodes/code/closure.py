"""What a function can reach: the local functions, classes, modules and names behind it.

One analysis with two readers: shipping sends what is found, the cache fingerprints it.
The walk is iterative; it looks through code, classes and small containers, and calls
nothing of the user's.
"""

from __future__ import annotations

import contextlib
import functools
import re
import sys
from collections.abc import Iterable, Mapping
from types import (
    BuiltinMethodType,
    CellType,
    FunctionType,
    MappingProxyType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

from hypernodes.code import origin as origins
from hypernodes.code.modules import SourceModule, absolute_name, logical_name, source_module
from hypernodes.code.origin import Origin
from hypernodes.code.uses import Chain, Import, Uses, uses_of

FUNCTION, CLASS, MODULE, CELL, SCOPE = "function", "class", "module", "cell", "scope"

# Globals that belong to the import system, not to the user's program.
SYSTEM_NAMES = frozenset(
    {"__builtins__", "__loader__", "__spec__", "__cached__", "__name__", "__package__",
     "__path__", "__file__", "@pytest_ar"}
)  # fmt: skip
# Class entries that are rebuilt with the class, or hold what may not be looked into.
CLASS_SYSTEM_NAMES = frozenset({"__dict__", "__weakref__", "_abc_impl", "__slotnames__"})

_BASE = "its base "
_HEAP_TYPE = 1 << 9
_DATA_BUDGET = 4000
_SCALARS = (str, bytes, int, float, complex, bool, type(None), type(...), range, slice)
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


def parametrised(cls: Any) -> tuple[type, tuple[Any, ...]] | None:
    """Of a pydantic model like ``Page[Item]``: the model and the arguments."""
    made_of = getattr(cls, "__dict__", {}).get("__pydantic_generic_metadata__")
    if isinstance(made_of, dict) and made_of.get("origin") and made_of.get("args"):
        return made_of["origin"], made_of["args"]
    return None


def _has_plain_state(kind: type) -> bool:
    # Where a class says itself what is pickled, only the pickler can know what that is.
    names = ("__reduce_ex__", "__reduce__", "__getstate__")
    return all(getattr(kind, name) is getattr(object, name) for name in names)


def _is_native(cls: type) -> bool:
    """Was this class made in C? Such a class has no body that could travel."""
    for value in cls.__dict__.values():
        if isinstance(value, WrapperDescriptorType | MethodDescriptorType):
            if value.__objclass__ is cls:
                return True
        elif isinstance(value, BuiltinMethodType) and value.__self__ is cls:
            return True
    return False


class Item:
    """One thing found: ``parent`` and ``label`` say who reached it, by which name."""

    __slots__ = ("everything", "installed", "kind", "label", "name", "names", "needs", "number",
                 "obj", "parent")  # fmt: skip

    def __init__(self, kind: str, obj: Any, number: int, parent: Item | None, label: str) -> None:
        self.kind = kind
        self.obj = obj
        self.number = number
        self.parent = parent
        self.label = label
        self.needs: list[Item] = []  # of a class: the classes that its body mentions
        self.name = ""  # of a scope: the logical name of its module
        self.names: dict[
            str, Item | None
        ] = {}  # of a scope: the globals reached, and who names them
        self.everything = False  # of a scope: all its globals are reached
        self.installed = False  # of a scope: the module is on every worker

    def path(self) -> list[str]:
        """The labels that lead here, outermost first."""
        labels: list[str] = []
        item: Item | None = self
        while item is not None:
            if item.label:
                labels.append(item.label)
            elif item.parent is None and item.kind in (FUNCTION, CLASS):
                labels.append(item.obj.__qualname__)
            item = item.parent
        return labels[::-1]


class Closure:
    """The local things reachable from what was visited, in the order they were found.

    >>> closure = Closure()
    >>> closure.visit(len)
    >>> closure.items
    []
    """

    def __init__(self, origin: Origin = origins.DEFAULT) -> None:
        self.origin = origin
        self.items: list[Item] = []
        self.importable: dict[str, Item] = {}  # modules that bodies import, by logical name
        self.sources: dict[str, SourceModule] = {}  # the same, where they are not loaded yet
        self.submodules: dict[str, None] = {}  # installed submodules used as attributes
        self.imported: dict[str, None] = {}  # installed packages that bodies import
        self._by_id: dict[int, Item] = {}
        self._seen: dict[int, Any] = {}
        self._pending: list[Item] = []
        self._budget = _DATA_BUDGET

    # -- asking

    def find(self, obj: Any) -> Item | None:
        """The item of this very object, if it was reached."""
        return self._by_id.get(id(obj))

    def travels(self, obj: Any) -> bool:
        """Does this function, class or module have to travel by value?"""
        if isinstance(obj, FunctionType):
            name = obj.__globals__.get("__name__")
            if not isinstance(name, str) or not self.origin.is_installed(name, obj.__globals__):
                return not (name is not None and self.origin.refers(obj))
            return not self.origin.refers(obj)
        if isinstance(obj, type):
            heap = bool(obj.__flags__ & _HEAP_TYPE)
            return heap and not self.origin.refers(obj) and not _is_native(obj)
        return isinstance(obj, ModuleType) and self.origin.is_local_module(obj)

    # -- walking

    def visit(self, value: Any, parent: Item | None = None, label: str = "") -> None:
        """Find everything that this value reaches."""
        self._budget = _DATA_BUDGET
        self._look(value, parent, label)
        self.run()

    def run(self) -> None:
        """Walk what was found and not walked yet."""
        while self._pending:
            item = self._pending.pop()
            if item.kind == FUNCTION:
                self._walk_function(item)
            elif item.kind == CLASS:
                self._walk_class(item)
            elif item.kind == CELL:
                self._look_at_cell(item)
            elif item.kind == SCOPE:
                self._walk_scope(item)

    def item(self, obj: Any, parent: Item | None = None, label: str = "") -> Item:
        """The item of a local function, class, module or cell, found now if it was not."""
        found = self._by_id.get(id(obj))
        if found is not None:
            return found
        if isinstance(obj, FunctionType):
            return self._add(FUNCTION, obj, parent, label)
        if isinstance(obj, type):
            return self._add(CLASS, obj, parent, label)
        if isinstance(obj, ModuleType):
            self.scope(obj.__dict__, parent)
            return self._add(MODULE, obj, parent, label)
        assert isinstance(obj, CellType)
        return self._add(CELL, obj, parent, label)

    def scope(self, namespace: dict[str, Any], parent: Item | None = None) -> Item:
        """The item of a globals dict."""
        found = self._by_id.get(id(namespace))
        if found is None:
            found = self._add(SCOPE, namespace, parent, "", walk=False)
            name = namespace.get("__name__")
            found.name = logical_name(namespace)
            module = sys.modules.get(name) if isinstance(name, str) else None
            found.installed = (
                isinstance(name, str)
                and module is not None
                and module.__dict__ is namespace
                and self.origin.is_installed(name, namespace)
            )
        return found

    def scope_named(self, name: str) -> Item | None:
        """The scope of the loaded module of this name."""
        module = sys.modules.get(name)
        namespace = None if module is None else getattr(module, "__dict__", None)
        return None if namespace is None else self.scope(namespace)

    def escape(self, module: ModuleType, parent: Item | None, label: str) -> None:
        """The module object itself is handed on: all its globals are reached."""
        self.item(module, parent, label)
        self._reach_all(self.scope(module.__dict__, parent))

    def _reach_all(self, scope: Item) -> None:
        if not scope.everything and not scope.installed:
            scope.everything = True
            self._pending.append(scope)

    def _add(self, kind: str, obj: Any, parent: Item | None, label: str, walk: bool = True) -> Item:
        item = Item(kind, obj, len(self.items), parent, label)
        self.items.append(item)
        self._by_id[id(obj)] = item
        if walk and kind != MODULE:
            self._pending.append(item)
        return item

    # -- code

    def _walk_function(self, item: Item) -> None:
        function: FunctionType = item.obj
        uses = uses_of(function.__code__)
        scope = self.scope(function.__globals__, item)
        if not scope.installed:
            self.use(uses, scope, item)
        if function.__closure__:
            for name, cell in zip(function.__code__.co_freevars, function.__closure__, strict=True):
                self._reach_cell(cell, uses.free.get(name), item, name)
        for value in function.__defaults__ or ():
            self._look(value, item, "a default")
        for name, value in (function.__kwdefaults__ or {}).items():
            self._look(value, item, name)
        for name, value in function.__dict__.items():
            self._look(value, item, f".{name}")
        self._look_at_annotations(function.__annotations__, scope, item)

    def use(self, uses: Uses, scope: Item, parent: Item) -> None:
        """Reach the globals that a piece of code of this scope names."""
        if uses.everything:
            self._reach_all(scope)
        for name, chains in uses.globals.items():
            self.reach(scope, name, chains, parent)
        for statement in uses.imports:
            self._follow_import(statement, uses, scope, parent)

    def reach(self, scope: Item, name: str, chains: Iterable[Chain], parent: Item | None) -> None:
        """Reach one global, and of a module only the attributes that follow its name."""
        if name not in scope.obj or name in SYSTEM_NAMES:
            return
        if scope.names.get(name) is None:
            scope.names[name] = parent
        value = scope.obj[name]
        if isinstance(value, ModuleType):
            self._follow_module(value, chains, parent, name)
        else:
            self._look(value, parent, name)

    def _follow_module(
        self, module: ModuleType, chains: Iterable[Chain], parent: Item | None, label: str
    ) -> None:
        if not self.origin.is_local_module(module):
            for chain in chains:
                self._note_submodules(module, chain)
            return
        item = self.item(module, parent, label)
        chains = list(chains)
        if not chains or () in chains:
            self.escape(module, parent, label)
            return
        scope = self.scope(module.__dict__, item)
        for head, *rest in chains:
            if head in scope.obj and head not in SYSTEM_NAMES:
                self.reach(scope, head, [tuple(rest)], item)
            elif head.startswith("__"):
                self.escape(module, parent, label)
            elif "__getattr__" in scope.obj:
                self.reach(scope, "__getattr__", [()], item)

    def _note_submodules(self, module: ModuleType, chain: Chain) -> None:
        name = module.__name__
        for attribute in chain:
            name = f"{name}.{attribute}"
            if name not in sys.modules:
                return
            self.submodules[name] = None

    def _reach_cell(
        self, cell: CellType, chains: Iterable[Chain] | None, parent: Item, name: str
    ) -> None:
        try:
            content = cell.cell_contents
        except ValueError:
            content = None
        if isinstance(content, ModuleType):
            if id(cell) not in self._by_id:
                self._add(CELL, cell, parent, name, walk=False)
            self._follow_module(content, chains or [()], parent, name)
        else:
            self.item(cell, parent, name)

    def _look_at_cell(self, item: Item) -> None:
        try:
            content = item.obj.cell_contents
        except ValueError:
            return
        self._look(content, item, "")

    def _walk_scope(self, item: Item) -> None:
        for name, value in list(item.obj.items()):
            if name not in SYSTEM_NAMES and not name.startswith("@"):
                item.names.setdefault(name, None)
                self._look(value, item, name)

    def _follow_import(self, statement: Import, uses: Uses, scope: Item, parent: Item) -> None:
        name = absolute_name(statement.name, statement.level, scope.obj)
        if name is None:
            return
        module = self._importable(name, parent)
        if module is None:
            if name not in self.sources:
                self.imported[name.partition(".")[0]] = None
            if name in self.sources:
                for wanted in statement.names or ():
                    self._importable(f"{name}.{wanted}", parent)
            elif name in sys.modules and statement.names:
                for wanted in statement.names:
                    self._note_submodules(sys.modules[name], (wanted,))
            return
        if statement.names is None:
            self._follow_plain_import(module, statement, uses, parent)
            return
        for wanted in statement.names:
            if wanted == "*":
                self.escape(module, parent, name)
            elif wanted not in module.__dict__ and self._importable(f"{name}.{wanted}", parent):
                self.escape(sys.modules[f"{name}.{wanted}"], parent, wanted)
            else:
                self._follow_module(module, [(wanted,)], parent, name)

    def _follow_plain_import(
        self, module: ModuleType, statement: Import, uses: Uses, parent: Item
    ) -> None:
        variable = statement.variable
        if variable is None:
            self.escape(module, parent, statement.name)
            return
        chains = uses.locals.get(variable, set()) | uses.free.get(variable, set())
        top = sys.modules.get(module.__name__.partition(".")[0], module)
        if chains:
            self._follow_module(top if "." in statement.name else module, chains, parent, variable)

    def _importable(self, name: str, parent: Item) -> ModuleType | None:
        """Make a local module importable on the worker; None when it is not loaded here."""
        module: Any = sys.modules.get(name)
        if module is None:
            self._add_source(name, parent)
            return None
        if not isinstance(module, ModuleType) or not self.origin.is_local_module(module):
            return None
        self.importable[name] = self.item(module, parent, name)
        package = name.rpartition(".")[0]
        if package and package not in self.importable:
            self._importable(package, parent)
        return module

    def _add_source(self, name: str, parent: Item) -> None:
        if name in self.sources:
            return
        found = source_module(name, self.origin)
        if found is None:
            return
        self.sources[name] = found
        package = name.rpartition(".")[0]
        if package and package not in self.sources and package not in self.importable:
            self._importable(package, parent)
        for statement in found.uses.imports if found.uses is not None else ():
            target = absolute_name(statement.name, statement.level, found.namespace())
            if target is None:
                continue
            module = self._importable(target, parent)
            if module is not None:
                self.escape(module, parent, target)
            for wanted in statement.names or ():
                inner = f"{target}.{wanted}"
                if module is None and target in self.sources:
                    self._importable(inner, parent)

    # -- classes

    def _walk_class(self, item: Item) -> None:
        cls: type = item.obj
        scope = self.scope_named(cls.__module__)
        self._look(type(cls), item, "its metaclass")
        for base in cls.__bases__:
            self._look(base, item, f"{_BASE}{base.__name__}")
        for name, value in list(cls.__dict__.items()):
            if name in CLASS_SYSTEM_NAMES:
                continue
            if name == "__annotations__" and isinstance(value, Mapping):
                self._look_at_annotations(value, scope, item)
            else:
                self._look(value, item, f".{name}")

    def _look_at_annotations(
        self, annotations: Mapping[str, Any], scope: Item | None, parent: Item
    ) -> None:
        for name, value in annotations.items():
            if not isinstance(value, str):
                self._look(value, parent, f"annotation of {name}")
            elif scope is not None and not scope.installed:
                # Kept as text, but whoever evaluates it on the worker needs the names.
                for word in _IDENTIFIER.findall(value):
                    self.reach(scope, word, [()], parent)

    # -- data

    def _look(self, value: Any, parent: Item | None, label: str) -> None:
        pending = [value]
        while pending:
            value = pending.pop()
            kind = type(value)
            if kind in _SCALARS:
                continue
            if kind is FunctionType or isinstance(value, type):
                made_of = parametrised(value)
                if made_of is not None and not label.startswith(_BASE):
                    pending += [made_of[0], *made_of[1]]
                elif self.travels(value):
                    item = self.item(value, parent, label)
                    if parent is not None and parent.kind == CLASS and item.kind == CLASS:
                        parent.needs.append(item)
            elif isinstance(value, ModuleType):
                if self.origin.is_local_module(value):
                    self.escape(value, parent, label)
            elif kind is CellType:
                self.item(value, parent, label)
            elif id(value) not in self._seen and self._budget > 0:
                self._seen[id(value)] = value
                self._budget -= 1
                pending += self._inside(value, kind, parent, label)

    def _inside(self, value: Any, kind: type, parent: Item | None, label: str) -> list[Any]:
        """What a value that is no code itself holds."""
        if kind is dict or kind is MappingProxyType:
            return [*list(value.values())[:1000], *list(value)[:1000]]
        if kind in (list, tuple, set, frozenset):
            return list(value)[:1000] if kind in (set, frozenset) else list(value[:1000])
        if kind in (staticmethod, classmethod):
            return [value.__func__]
        if kind is property:
            return [value.fget, value.fset, value.fdel]
        if kind is MethodType:
            return [value.__func__, value.__self__]
        if isinstance(value, functools.partial):
            return [value.func, value.args, value.keywords, kind]
        wrapped = value.__dict__ if kind is functools._lru_cache_wrapper else None
        if wrapped is not None:
            return [wrapped]
        ship = getattr(kind, "__ship_state__", None)
        if ship is not None:
            return list(ship(value))
        inside: list[Any] = [kind]
        if _has_plain_state(kind) and self.travels(kind):
            with contextlib.suppress(AttributeError):
                inside.append(object.__getattribute__(value, "__dict__"))
            for slot in kind.__dict__.values():
                if isinstance(slot, MemberDescriptorType):
                    try:
                        inside.append(slot.__get__(value))
                    except AttributeError:
                        continue
        return inside
