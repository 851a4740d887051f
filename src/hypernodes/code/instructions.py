"""A code object, normalised: the same bytes for the same instructions.

Not counted: docstrings, comments, formatting, line numbers, file names, names of locals.
"""

from __future__ import annotations

import dis
import hashlib
import itertools
import struct
import weakref
from types import CodeType
from typing import Any

_SKIPPED = frozenset(
    {"CACHE", "EXTENDED_ARG", "NOP", "RESUME", "MAKE_CELL", "COPY_FREE_VARS", "LOAD_CLOSURE"}
)
_FLAGS = {"LOAD_GLOBAL": 1, "LOAD_ATTR": 1, "LOAD_SUPER_ATTR": 3}
_JUMPS = frozenset(dis.hasjrel) | frozenset(dis.hasjabs)
_NAMES = frozenset(dis.hasname)
_CONSTS = frozenset(dis.hasconst)
_LOCALS = frozenset(dis.haslocal)
_FREE = frozenset(dis.hasfree)
# What the body of a class stores about itself.
_ABOUT = frozenset({"__doc__", "__firstlineno__", "__static_attributes__", "__qualname__"})
_BIG = 1 << 62

_known: dict[int, tuple[weakref.ref[CodeType], bytes, tuple[str, ...]]] = {}


def code_digest(code: CodeType) -> tuple[bytes, tuple[str, ...]]:
    """The digest of a code object, and its free variables in the order of their use.

    >>> one = compile("x = 1  # note", "a.py", "exec")
    >>> code_digest(one)[0] == code_digest(compile("x = 1", "b.py", "exec"))[0]
    True
    """
    key = id(code)
    found = _known.get(key)
    if found is not None and found[0]() is code:
        return found[1], found[2]
    tokens: dict[str, int] = {}
    digest = hashlib.sha256("\n".join(_words(code, tokens, [0])).encode("utf-8", "surrogatepass"))
    free = sorted((n for n in code.co_freevars if n in tokens), key=tokens.__getitem__)
    free += [n for n in code.co_freevars if n not in tokens]
    made = digest.digest()[:16], tuple(free)
    _known[key] = (weakref.ref(code, lambda _: _known.pop(key, None) and None), *made)
    return made


def _words(code: CodeType, tokens: dict[str, int], count: list[int]) -> list[str]:
    """`tokens` are numbers of the cells and free variables, given as they are used."""
    bytecode = dis.Bytecode(code)
    kept = [i for i in bytecode if i.opname not in _SKIPPED]
    drop: set[int] = set()
    for place, (first, second) in enumerate(itertools.pairwise(kept)):
        if second.opname == "STORE_NAME" and second.argval in _ABOUT and first.opcode in _CONSTS:
            drop.update((place, place + 1))
    kept = [i for place, i in enumerate(kept) if place not in drop]
    offsets = [i.offset for i in kept]
    flags = code.co_flags & 0x3FFFFFF
    arguments = code.co_argcount + code.co_kwonlyargcount + bool(flags & 4) + bool(flags & 8)
    words = [
        f"code {code.co_argcount} {code.co_posonlyargcount} {code.co_kwonlyargcount} {flags}",
        *code.co_varnames[:arguments],
    ]
    for each in kept:
        arg = each.arg or 0
        op = each.opcode
        if op in _CONSTS:
            words.append(each.opname)
            const = code.co_consts[arg]
            words += _nested(const, tokens, count) if isinstance(const, CodeType) else [show(const)]
        elif op in _NAMES:
            name = each.argval
            words.append(f"{each.opname} {name} {arg & _FLAGS.get(each.opname, 0)}")
        elif op in _JUMPS:
            words.append(f"{each.opname} {_place(offsets, each.argval)}")
        elif op in _FREE or (op in _LOCALS and each.argval in _cells(code)):
            if op in _FREE:  # since 3.13 a cell is handed to an inner function as a local is
                words.append(f"{each.opname} ={_token(each.argval, tokens, count)}")
        else:
            words.append(f"{each.opname} {arg}")
    for entry in getattr(bytecode, "exception_entries", ()):
        ends = (_place(offsets, at) for at in (entry.start, entry.end, entry.target))
        words.append(f"try {' '.join(map(str, ends))} {entry.depth} {entry.lasti}")
    words.append("end")
    return words


def _nested(code: CodeType, tokens: dict[str, int], count: list[int]) -> list[str]:
    inner = {name: _token(name, tokens, count) for name in _by_use(code)}
    return _words(code, inner, count)


def _by_use(code: CodeType) -> list[str]:
    free = code.co_freevars
    if len(free) < 2:
        return list(free)
    seen: dict[str, None] = {}
    pending = [code]
    for each in pending:
        seen.update(
            (i.argval, None)
            for i in dis.get_instructions(each)
            if i.opcode in _FREE and i.argval in free and i.opname not in _SKIPPED
        )
        pending += [c for c in each.co_consts if isinstance(c, CodeType)]
    return [*seen, *(name for name in free if name not in seen)]


def _cells(code: CodeType) -> tuple[str, ...]:
    return (*code.co_cellvars, *code.co_freevars)


def _token(name: str, tokens: dict[str, int], count: list[int]) -> int:
    if name not in tokens:
        tokens[name] = count[0]
        count[0] += 1
    return tokens[name]


def _place(offsets: list[int], offset: int) -> int:
    import bisect

    return bisect.bisect_left(offsets, offset)


def show(const: Any) -> str:
    """A constant of a code object as text that tells types and signs apart."""
    kind = type(const)
    if kind is float:
        return f"float:{struct.pack('>d', const).hex()}"
    if kind is complex:
        return f"complex:{struct.pack('>dd', const.real, const.imag).hex()}"
    if kind is int and abs(const) >= _BIG:  # too many digits are refused by repr
        return f"int:{const:x}"
    if kind is tuple:
        return f"({','.join(map(show, const))})"
    if kind is frozenset:
        return f"{{{','.join(sorted(map(show, const)))}}}"
    return f"{kind.__name__}:{const!r}"
