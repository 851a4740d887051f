"""What a piece of code writes to: its state, which is no constant of it.

Counted as written: names that it assigns with `global` or `nonlocal`, and what it stores
into a subscript or an attribute of, or calls a mutating method on. What cannot be followed
within one expression is not counted as written: then a value counts as a constant, and its
change costs a run, never a wrong answer.
"""

from __future__ import annotations

import dis
import weakref
from types import CodeType
from typing import Any

# ("global" | "free" | "param", name, attribute, ...); "[]" stands for any subscript.
Path = tuple[str, ...]

MUTATING = frozenset(
    (  # noqa: SIM905 - a list of words reads best as words
        "append extend insert remove pop clear sort reverse update setdefault popitem add discard "
        "intersection_update difference_update symmetric_difference_update appendleft extendleft "
        "popleft rotate subtract move_to_end put put_nowait write writelines"
    ).split()
)
_NEUTRAL = frozenset(
    ["CACHE", "EXTENDED_ARG", "NOP", "RESUME", "PRECALL", "KW_NAMES", "MAKE_CELL", "COPY_FREE_VARS"]
)
_known: dict[int, tuple[weakref.ref[CodeType], frozenset[Path]]] = {}


def writes_of(code: CodeType) -> frozenset[Path]:
    """Paths that the code, and the code nested in it, writes to. "()" ends a mutating call.

    >>> sorted(writes_of(compile("def f(): LOG.append(1); COUNT[0] += 1", "", "exec")))
    [('global', 'COUNT'), ('global', 'LOG', '()')]
    """
    key = id(code)
    found = _known.get(key)
    if found is not None and found[0]() is code:
        return found[1]
    paths = frozenset(_paths(code, frozenset(code.co_freevars), method=True))
    _known[key] = (weakref.ref(code, lambda _: _forget(key)), paths)
    return paths


def _forget(key: int) -> None:
    _known.pop(key, None)


def _paths(code: CodeType, free: frozenset[str], *, method: bool) -> set[Path]:
    found = _scan(code, free, method=method)
    for const in code.co_consts:
        if isinstance(const, CodeType):
            found |= _paths(const, free & frozenset(const.co_freevars), method=False)
    return found


def _scan(code: CodeType, free: frozenset[str], *, method: bool) -> set[Path]:  # noqa: C901
    stack: list[Path | None] = []
    found: set[Path] = set()
    aliases: dict[str, Path | None] = {}
    if method:
        arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        aliases.update((name, ("param", name)) for name in arguments)
    jumps = frozenset(dis.hasjrel) | frozenset(dis.hasjabs)

    def pop() -> Path | None:
        return stack.pop() if stack else None

    def wrote(path: Path | None) -> None:
        if path:
            found.add(path[: path.index("[]")] if "[]" in path else path)

    for each in dis.get_instructions(code):
        op, arg, value = each.opname, each.arg or 0, each.argval
        if each.is_jump_target:
            stack.clear()
        if op in _NEUTRAL:
            continue
        if op in ("LOAD_GLOBAL", "LOAD_NAME"):
            extra = op == "LOAD_GLOBAL" and arg & 1
            path: Path = ("global", value)
            stack += ([path, None] if _NULL_AFTER else [None, path]) if extra else [path]
        elif op in ("LOAD_DEREF", "LOAD_CLASSDEREF"):
            stack.append(("free", value) if value in free else None)
        elif op in ("LOAD_FAST", "LOAD_FAST_CHECK"):
            stack.append(aliases.get(value))
        elif op == "STORE_FAST":
            top = pop()
            aliases[value] = top if value not in aliases else None
        elif op in ("LOAD_ATTR", "LOAD_METHOD"):
            owner = pop()
            path_ = (*owner, value) if owner else None
            called = op == "LOAD_METHOD" or (_METHOD_BIT and arg & 1)
            if called and owner and value in MUTATING:
                wrote((*owner, "()"))
            stack += [path_, owner] if called else [path_]
        elif op == "BINARY_SUBSCR":
            pop()
            owner = pop()
            stack.append((*owner, "[]") if owner else None)
        elif op in ("STORE_SUBSCR", "DELETE_SUBSCR"):
            pop()
            wrote(pop())
            if op == "STORE_SUBSCR":
                pop()
        elif op == "STORE_SLICE":
            pop()
            pop()
            wrote(pop())
            pop()
        elif op in ("STORE_ATTR", "DELETE_ATTR"):
            owner = pop()
            wrote((*owner, value) if owner else None)
            if op == "STORE_ATTR":
                pop()
        elif op in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            found.add(("global", value))
            pop()
        elif op in ("STORE_DEREF", "DELETE_DEREF"):
            if value in free:
                found.add(("free", value))
            pop()
        elif op == "COPY":
            stack.append(stack[-arg] if arg <= len(stack) else None)
        elif op == "SWAP":
            if arg <= len(stack):
                stack[-1], stack[-arg] = stack[-arg], stack[-1]
            else:
                stack.clear()
        elif op in ("LOAD_CONST", "PUSH_NULL", "LOAD_CLOSURE", "LOAD_BUILD_CLASS"):
            stack.append(None)
        elif each.opcode in jumps:
            stack.clear()
        else:
            _other(stack, each)
    return found


def _other(stack: list[Path | None], each: dis.Instruction) -> None:
    try:
        effect = dis.stack_effect(each.opcode, each.arg, jump=False)
    except ValueError:
        stack.clear()
        return
    for _ in range(-effect):
        if stack:
            stack.pop()
    if stack:
        stack[-1] = None  # what is left on top may be a result
    stack += [None] * effect


def _probe() -> tuple[bool, bool]:
    import sys

    return sys.version_info >= (3, 13), sys.version_info >= (3, 12)


_NULL_AFTER, _METHOD_BIT = _probe()


def resolve(path: Path, root: Any) -> tuple[Any, str] | None:
    """(owner, name) of what a path writes to: a namespace or object, and its entry.

    `root` is what the path's first name stands for; None where that leads nowhere, or
    where a method with a mutating name belongs to no container.
    """
    names = path[2:]
    value, owner, name = root, None, ""
    for each in names:
        if each == "()":
            return (owner, name) if _is_container(value) else None
        owner, name = value, each
        value = getattr(value, "__dict__", {}).get(each)
        if value is None and each is not names[-1]:
            return None
    return owner, name


def _is_container(value: Any) -> bool:
    import collections
    import io

    kinds = (list, dict, set, bytearray, collections.deque, collections.UserDict, io.IOBase)
    return isinstance(value, kinds) or hasattr(value, "put_nowait")
