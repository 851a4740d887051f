"""Can a value of one class be a value of the other? Protocols by their members."""

from __future__ import annotations

import abc
import collections.abc
import inspect
import sys
import types
import typing
from collections.abc import Iterator
from typing import Any

from hypernodes.typecheck.forms import NO, UNDECIDABLE, YES, Verdict

_MOST_SUBCLASSES = 500
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: written in Python, or by a modern extension
_FILES = (typing.IO, typing.TextIO, typing.BinaryIO)  # no real file is an instance of these
_NOMINAL = (type.__instancecheck__, abc.ABCMeta.__instancecheck__)
_SEQUENCES = (collections.abc.Iterable, collections.abc.Reversible, collections.abc.Sequence)
_NOT_MEMBERS = frozenset(
    {
        "__abstractmethods__",
        "__annotate__",
        "__annotate_func__",
        "__annotations__",
        "__annotations_cache__",
        "__callable_proto_members_only__",
        "__class_getitem__",
        "__dict__",
        "__doc__",
        "__firstlineno__",
        "__init__",
        "__match_args__",
        "__module__",
        "__new__",
        "__non_callable_proto_members__",
        "__orig_bases__",
        "__parameters__",
        "__protocol_attrs__",
        "__qualname__",
        "__slots__",
        "__static_attributes__",
        "__subclasshook__",
        "__type_params__",
        "__weakref__",
        "_abc_impl",
        "_is_protocol",
        "_is_runtime_protocol",
    }
)


def relation(given: type, wanted: type) -> Verdict:
    """Whether instances of `given` are, cannot be, or may be instances of `wanted`."""
    if given is wanted or wanted is object:
        return YES
    if Any in given.__mro__ or Any in wanted.__mro__:  # mocks and the like
        return UNDECIDABLE
    if _is_protocol(wanted):
        return _has_members(given, wanted)
    if _is_protocol(given):
        return UNDECIDABLE
    if issubclass(given, wanted):
        return YES
    if issubclass(wanted, given):  # the more special is what may come
        return UNDECIDABLE
    if given in _FILES or wanted in _FILES:
        return UNDECIDABLE
    number = _as_number(given, wanted)
    if number is not NO:
        return number
    if (given.__module__, given.__qualname__) == (wanted.__module__, wanted.__qualname__):
        return UNDECIDABLE  # one class, defined again: a cell that was run twice, a reload
    if _acts_as_sequence(given, wanted) or _decides_itself(given) or _decides_itself(wanted):
        return UNDECIDABLE
    return UNDECIDABLE if _may_share_subclass(given, wanted) else NO


def _as_number(given: type, wanted: type) -> Verdict:
    """An int is good for float, a float for complex; and a float may well be an int."""
    if wanted is float and issubclass(given, int):
        return YES
    if wanted is complex and issubclass(given, int | float):
        return YES
    if given is complex and relation(float, wanted) is not NO:
        return UNDECIDABLE
    if given is float and relation(int, wanted) is not NO:
        return UNDECIDABLE
    if wanted is bytes and given in (bytearray, memoryview):
        return UNDECIDABLE
    # Numbers of numpy and others do for Python's; who has not loaded `numbers` has none.
    numbers: Any = sys.modules.get("numbers")
    if numbers is not None:
        like = {int: "Integral", float: "Real", complex: "Complex"}.get(wanted)
        if like is not None and issubclass(given, getattr(numbers, like)):
            return UNDECIDABLE
    return NO


def _acts_as_sequence(given: type, wanted: type) -> bool:
    """Arrays and series do for a Sequence, and the old protocol for an Iterable."""
    return (
        wanted in _SEQUENCES
        and _has(given, "__getitem__")
        and not issubclass(given, collections.abc.Mapping)
    )


def _decides_itself(cls: type) -> bool:
    """Whether what is an instance is not told by the class of the value.

    Array types with a shape look at values; pydantic's EmailStr, a class of its own at run
    time, stands for a str.
    """
    asked: Any = type(cls).__instancecheck__
    if asked not in _NOMINAL and getattr(asked, "__module__", "").partition(".")[0] not in (
        "typing",
        "typing_extensions",
        "pydantic",
    ):
        return True
    return hasattr(cls, "__get_pydantic_core_schema__") and not hasattr(cls, "model_fields")


# -- classes of both kinds


def _may_share_subclass(one: type, other: type) -> bool:
    """Whether a class that exists now is a subclass of both."""
    core, other_core = _core(one), _core(other)
    if not (issubclass(core, other_core) or issubclass(other_core, core)):
        return False  # Python could not make one: their instances are laid out differently
    return _has_subclass_in(one, other) or _has_subclass_in(other, one)


def _core(cls: type) -> type:
    """The builtin class that decides how instances are laid out in memory."""
    while cls.__base__ is not None:
        base = cls.__base__
        size = (cls.__basicsize__, cls.__itemsize__)
        if not cls.__flags__ & _HEAP_TYPE and size != (base.__basicsize__, base.__itemsize__):
            return cls
        cls = base
    return cls


def _has_subclass_in(root: type, other: type) -> bool:
    if root.__module__ == "builtins":
        return False  # taken at its word: nobody means a subclass of str
    for found, cls in enumerate(_subclasses(root)):
        if found >= _MOST_SUBCLASSES or issubclass(cls, other):
            return True
    return False


def _subclasses(root: type) -> Iterator[type]:
    pending: list[type] = [root]
    seen = {root}
    while pending:
        cls: type
        for cls in type.__subclasses__(pending.pop()):
            if cls not in seen:
                seen.add(cls)
                pending.append(cls)
                yield cls


# -- protocols


def _is_protocol(cls: type) -> bool:
    return bool(getattr(cls, "_is_protocol", False)) and cls.__name__ != "Protocol"


def _has_members(given: type, protocol: type) -> Verdict:
    if protocol in given.__mro__:
        return YES
    missing = {name: m for name, m in _members(protocol).items() if not _has(given, name)}
    if not missing:
        return YES
    methods = [name for name, is_method in missing.items() if is_method]
    if _is_protocol(given) or not methods or any(_may_have(given, name) for name in methods):
        return UNDECIDABLE
    if given.__flags__ & _HEAP_TYPE:
        for found, cls in enumerate(_subclasses(given)):
            if found >= _MOST_SUBCLASSES or all(_has(cls, name) for name in methods):
                return UNDECIDABLE
    return NO


def _members(protocol: type) -> dict[str, bool]:
    """The names that a protocol asks for, and whether each is a method."""
    members: dict[str, bool] = {}
    for cls in protocol.__mro__:
        if not _is_protocol(cls):
            continue
        for name, value in vars(cls).items():
            if name not in _NOT_MEMBERS and value is not None:
                is_method = callable(value) or isinstance(value, staticmethod | classmethod)
                members.setdefault(name, is_method)
        for name in inspect.get_annotations(cls):
            members.setdefault(name, False)
    return members


def _has(cls: type, name: str) -> bool:
    for base in cls.__mro__:
        if name in vars(base):
            return vars(base)[name] is not None  # None takes an inherited one back
        if name in inspect.get_annotations(base):
            return True
    return False


def _may_have(cls: type, name: str) -> bool:
    """Whether instances may have a member that the class does not show."""
    for base in cls.__mro__[:-1]:
        own = vars(base).get("__getattr__") or vars(base).get("__getattribute__")
        if isinstance(own, types.FunctionType):
            return True
        for value in vars(base).values():
            if isinstance(value, types.FunctionType) and name in value.__code__.co_names:
                return True  # `self.name = ...` in __init__, most likely
    return False
