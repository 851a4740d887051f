"""Classes put together on a worker, without running what made them at home.

Neither ``__init_subclass__`` nor the metaclass's ``__new__`` runs, nor ``__set_name__``:
what they did is in the entries that travel. And a class that exists here is never written.
"""

from __future__ import annotations

import abc
import builtins
import copyreg
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any

from hypernodes.code.closure import parametrised
from hypernodes.code.definition import class_fingerprint
from hypernodes.code.modules import SHIPPED, logical_name
from hypernodes.code.origin import MAIN_NAMES
from hypernodes.errors import ClassChangedError, ShippingError
from hypernodes.shipping.identity import Token, registry

_abc_init: Any = vars(abc)["_abc_init"]
_STATIC_ONLY = frozenset({"__module__", "__qualname__", "__dict__", "__weakref__", "_abc_impl"})


def resolved(
    token: Token, module: str, qualname: str, fingerprint: str, *, must: bool = False
) -> Any:
    """The class or function of a token in this process, or None where it has to be rebuilt.

    Raises:
        ClassChangedError: The class exists here, but is not the one that was saved.
        ShippingError: There is none here and ``must`` is set.
    """
    found = registry.resolve(token)
    # What the process that this one was forked from made since is not here yet.
    if found is None and token[0] != registry.session and token[0] not in registry.sessions:
        found = _by_name(module, qualname)
        if found is not None and fingerprint:
            if class_fingerprint(found) != fingerprint:
                raise ClassChangedError(
                    f"the class {qualname} of module {module!r} has changed since this was saved "
                    f"(then {fingerprint}, now {class_fingerprint(found)})",
                    hint="restore the old definition, or make the value again",
                    module=module,
                    qualname=qualname,
                )
            registry.alias(found, token)
    if found is None and must:
        raise ShippingError(
            f"{qualname} of module {module!r} does not exist in this process",
            hint="read the value in the process that shipped it, or define the class first",
            module=module,
            qualname=qualname,
        )
    return found


def _by_name(module: str, qualname: str) -> Any:
    if not qualname or "<locals>" in qualname:
        return None
    for name in (module, *MAIN_NAMES):
        candidate = sys.modules.get(name)
        namespace = getattr(candidate, "__dict__", None)
        if namespace is None or logical_name(namespace) != module:
            continue
        found: Any = candidate
        for part in qualname.split("."):
            found = getattr(found, "__dict__", {}).get(part)
        if isinstance(found, type) and not found.__module__.startswith(SHIPPED):
            return found
    return None


def make_class(
    metaclass: Any,
    name: str,
    bases: tuple[type, ...],
    module: str,
    qualname: str,
    slots: tuple[str, ...] | None,
    members: list[tuple[str, str, type, Any]] | None,
) -> Any:
    """A class with its layout and, if it is an enum, its members, but no entries yet."""
    body: dict[str, Any] = {"__module__": module, "__qualname__": qualname}
    if slots is not None:
        body["__slots__"] = slots
    if any("__orig_bases__" in base.__dict__ or base.__module__ == "typing" for base in bases):
        body["__orig_bases__"] = ()  # Generic insists on it; the true one comes as an entry
    with _quiet(bases):
        made = type.__new__(metaclass, name, bases, body)
    if "_abc_impl" not in made.__dict__ and hasattr(made, "_abc_impl"):
        _abc_init(made)
    if members is not None:
        _add_members(made, members)
    return made


@contextmanager
def _quiet(bases: tuple[type, ...]) -> Iterator[None]:
    """No ``__init_subclass__`` of a class that was rebuilt here runs meanwhile."""
    hidden: list[tuple[type, Any]] = []
    for base in {cls for start in bases for cls in start.__mro__}:
        if "__init_subclass__" in base.__dict__ and registry.is_foreign(base):
            hidden.append((base, base.__dict__["__init_subclass__"]))
            type.__delattr__(base, "__init_subclass__")
    try:
        yield
    finally:
        for base, value in hidden:
            type.__setattr__(base, "__init_subclass__", value)


def _add_members(made: Any, members: list[tuple[str, str, type, Any]]) -> None:
    by_name: dict[str, Any] = {}
    member: Any
    for order, (name, canonical, base, raw) in enumerate(members):
        if name == canonical or canonical not in by_name:
            member = object.__new__(made) if base is object else base.__new__(made, raw)
            member._name_ = canonical
            member._value_ = raw
            member._sort_order_ = order
            by_name[canonical] = member
        by_name[name] = by_name[canonical]
    ordered = {name: by_name[name] for name, *_ in members}
    type.__setattr__(made, "_member_map_", ordered)
    type.__setattr__(made, "_value2member_map_", {})


def set_entries(made: Any, entries: dict[str, Any]) -> None:
    """Set entries of a class as they are, past descriptors and metaclass."""
    for name, value in entries.items():
        type.__setattr__(made, name, value)


def refresh(made: Any, entries: dict[str, Any]) -> None:
    """Bring a class that an earlier payload rebuilt here to what home has now.

    Its code becomes that of the newer payload, with the globals that came with it. Data
    is replaced only where home changed it; what was written to it here stays.
    """
    snapshots = _snapshots.setdefault(made, {})
    for name, value in entries.items():
        if name.startswith("__pydantic_") or _is_code(value):
            type.__setattr__(made, name, value)
        elif not _OWNED.fullmatch(name):
            snapshot = _snapshot(value)
            if snapshot is not None and snapshots.get(name) != snapshot:
                snapshots[name] = snapshot
                type.__setattr__(made, name, value)


def remember(made: Any, entries: dict[str, Any]) -> None:
    """Keep what home's data in a class was, to see later whether it changed."""
    snapshots = _snapshots.setdefault(made, {})
    for name, value in entries.items():
        if not (_is_code(value) or _OWNED.fullmatch(name)):
            snapshot = _snapshot(value)
            if snapshot is not None:
                snapshots[name] = snapshot


def _is_code(value: Any) -> bool:
    return not isinstance(value, type) and (callable(value) or hasattr(type(value), "__get__"))


def _snapshot(value: Any) -> bytes | str | None:
    from hypernodes.shipping.payload import dumps_light

    if type(value) in (str, int, float, bool, bytes, type(None)):
        return f"{type(value).__name__} {value!r}"
    try:
        return dumps_light(value)
    except Exception:
        return None


# Entries of the class machinery: they never change by themselves.
_OWNED = re.compile(r"_\w+_|_abc_\w+|model_config")
# Rebuilt classes live as long as the process (copyreg holds them), and so may these.
_snapshots: dict[Any, dict[str, bytes | str]] = {}


def finish(
    made: Any, names: list[str], registered: list[type], values: list[tuple[Any, Any]] | None
) -> None:
    """What is left once all entries are set."""
    wanted = {*names, *_STATIC_ONLY}
    for name, value in list(made.__dict__.items()):
        if name in wanted or isinstance(value, GetSetDescriptorType | MemberDescriptorType):
            continue
        if values is None or name not in ("_member_map_", "_value2member_map_"):
            type.__delattr__(made, name)
    made_of = parametrised(made)
    generics: Any = sys.modules.get("pydantic._internal._generics")
    if made_of is not None and hasattr(generics, "set_cached_generic_type"):
        # So that Page[Item], written in a body here, is this very class.
        generics.set_cached_generic_type(made_of[0], made_of[1], made, *made_of)
    for cls in registered:
        made.register(cls)
    if values is not None:
        made.__dict__["_value2member_map_"].update(values)


def adopt(made: Any, token: Token) -> None:
    """Register a rebuilt class."""
    registry.adopt(made, token)
    teach(made)


def teach(cls: Any) -> None:
    """Tell every pickler here how instances of a class go home."""
    from hypernodes.shipping.pickler import go_home

    copyreg.dispatch_table.setdefault(cls, go_home)


def build_class(*args: Any, **kwargs: Any) -> Any:
    """What ``class`` does in shipped functions: what it makes is as unknown at home."""
    made = builtins.__build_class__(*args, **kwargs)
    if isinstance(made, type):
        teach(made)
    return made
