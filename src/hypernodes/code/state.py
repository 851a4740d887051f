"""Which of the values that a closure reaches are its own state, and so no constants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import FunctionType, ModuleType
from typing import Any

from hypernodes.code.closure import CLASS, FUNCTION, Closure
from hypernodes.code.writes import Path, resolve, writes_of

_MAKING = frozenset(
    {"__init__", "__new__", "__post_init__", "__setstate__", "__set_name__", "model_post_init"}
)


class State:
    """What the code of a closure writes to.

    Entries are (id of a namespace, cell or object; name in it). `names` tells them to people.
    """

    def __init__(self, closure: Closure) -> None:
        self.entries: set[tuple[int, str]] = set()
        self.names: set[str] = set()
        self._own: dict[type, set[str]] = {}
        for item in closure.items:
            if item.kind == FUNCTION:
                # Who reads of it knows only his own names.
                told = not closure.scope(item.obj.__globals__).installed
                self._function(item.obj, told)
            elif item.kind == CLASS:
                self._class(item.obj)

    def has(self, owner: Any, name: str) -> bool:
        return (id(owner), name) in self.entries

    def of_instance(self, value: Any) -> Iterable[str]:
        """Attributes of a captured object that the closure's code writes."""
        for base in type(value).__mro__:
            yield from self._own.get(base, ())
        key = id(value)
        yield from (name for owner, name in self.entries if owner == key)

    def _function(self, function: FunctionType, told: bool) -> None:
        code = function.__code__
        for path in writes_of(code):
            where, name = path[0], path[1]
            if where == "global":
                space = function.__globals__
                if name in space:
                    self._add(path, space[name], space, name, told)
            elif where == "free":
                cell = (function.__closure__ or ())[code.co_freevars.index(name)]
                try:
                    self._add(path, cell.cell_contents, cell, "", told)
                except ValueError:
                    self.entries.add((id(cell), ""))
            elif len(path) == 2 or path[2:] == ("()",):
                self.entries.add((id(code), name))  # a default that is written to

    def _add(self, path: Path, root: Any, owner: Any, name: str, told: bool) -> None:
        if len(path) > 2:
            found = resolve(path, root)
            if found is None:
                return
            if found[0] is not None:
                owner, name = found
                owner = owner.__dict__ if isinstance(owner, ModuleType) else owner
        self.entries.add((id(owner), name))
        if told:
            self.names.add(".".join(each for each in path[1:] if each != "()"))

    def _class(self, cls: type) -> None:
        for name, value in list(cls.__dict__.items()):
            for function, of_class in _functions(value):
                code = function.__code__
                if name in _MAKING or not code.co_argcount:
                    continue
                first = code.co_varnames[0]
                for path in writes_of(code):
                    if path[:2] == ("param", first) and len(path) > 2 and path[2] != "()":
                        if of_class:
                            self.entries.add((id(cls), path[2]))
                        else:
                            self._own.setdefault(cls, set()).add(path[2])
                        self.names.add(f"{cls.__qualname__}.{path[2]}")


def _functions(value: Any) -> Iterator[tuple[FunctionType, bool]]:
    if isinstance(value, classmethod):
        if isinstance(value.__func__, FunctionType):
            yield value.__func__, True
    elif isinstance(value, property):
        yield from ((f, False) for f in (value.fget, value.fset) if isinstance(f, FunctionType))
    elif isinstance(value, FunctionType):
        yield value, False
