"""What a code object names: globals, free variables and imports, read from its bytecode."""

from __future__ import annotations

import opcode
import sys
import weakref
from types import CodeType
from typing import Any

Chain = tuple[str, ...]

_OP = opcode.opmap
_EXTENDED = _OP["EXTENDED_ARG"]
_CACHE = _OP["CACHE"]
_SKIPPED = {_CACHE, _OP["NOP"], _OP.get("PUSH_NULL", -1)}
_GET_ATTR = {_OP["LOAD_ATTR"], _OP.get("LOAD_METHOD", -1)}
_ATTR_SHIFT = 1 if sys.version_info >= (3, 12) else 0
_GLOBAL = _OP["LOAD_GLOBAL"]
_NAMES = {_OP["LOAD_NAME"], _OP.get("LOAD_FROM_DICT_OR_GLOBALS", -1)}
_FREE = {
    _OP[name]
    for name in ("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF")
    if name in _OP
}
_FAST = {_OP[name] for name in ("LOAD_FAST", "LOAD_FAST_CHECK") if name in _OP}
_FAST_PAIR = _OP.get("LOAD_FAST_LOAD_FAST", -1)
_STORE_FAST_LOAD_FAST = _OP.get("STORE_FAST_LOAD_FAST", -1)
_STORE_FAST = _OP["STORE_FAST"]
_STORE_DEREF = _OP["STORE_DEREF"]
_SET_ATTR = {_OP["STORE_ATTR"], _OP["DELETE_ATTR"]}
_STORE_GLOBAL = {_OP["STORE_GLOBAL"], _OP["DELETE_GLOBAL"]}
_IMPORT_NAME = _OP["IMPORT_NAME"]
_LOAD_CONST = _OP["LOAD_CONST"]

# With these a function can reach a global that its bytecode does not name.
_REACHES_ALL = frozenset({"globals", "eval", "exec", "vars"})


class Import:
    """One import statement inside a body.

    ``names`` is what ``from`` asks for (None: the module itself), ``variable`` the local
    name that a plain ``import`` binds, if its uses can be followed.
    """

    __slots__ = ("level", "name", "names", "variable")

    def __init__(self, name: str, level: int, names: Chain | None) -> None:
        self.name = name
        self.level = level
        self.names = names
        self.variable: str | None = None


class Uses:
    """Names that a code object and the code nested in it can look up.

    ``globals`` and ``free`` map each name to the attribute chains that follow it; the
    empty chain means that the object itself is used, not only its attributes.
    """

    __slots__ = ("__weakref__", "everything", "free", "globals", "imports", "locals", "stored")

    def __init__(self) -> None:
        self.globals: dict[str, set[Chain]] = {}
        self.free: dict[str, set[Chain]] = {}
        self.locals: dict[str, set[Chain]] = {}  # of the names that a plain import binds
        self.stored: set[str] = set()
        self.imports: list[Import] = []
        self.everything = False


_known: weakref.WeakKeyDictionary[CodeType, Uses] = weakref.WeakKeyDictionary()


def uses_of(code: CodeType) -> Uses:
    """The names used by a code object, computed once.

    >>> sorted(uses_of(compile("import os.path; print(os.path.sep)", "", "exec")).globals)
    ['os', 'print']
    """
    found = _known.get(code)
    if found is None:
        found = Uses()
        pending = [code]
        while pending:
            current = pending.pop()
            _read(current, found)
            pending += [const for const in current.co_consts if isinstance(const, CodeType)]
        _known[code] = found
    return found


def _read(code: CodeType, uses: Uses) -> None:  # noqa: C901 (one pass, one branch per word)
    names, consts, varnames = code.co_names, code.co_consts, code.co_varnames
    chains: set[Chain] | None = None  # of the name whose attributes are being followed
    chain: Chain = ()
    constants: list[Any] = [None, None]  # the two before an IMPORT_NAME
    imported: Import | None = None
    arg = 0
    raw = code.co_code
    for at in range(0, len(raw), 2):
        op = raw[at]
        arg |= raw[at + 1]
        if op == _EXTENDED:
            arg <<= 8
            continue
        value, arg = arg, 0
        if op in _SKIPPED:
            continue
        if chains is not None:
            if op in _GET_ATTR:
                chain = (*chain, names[value >> _ATTR_SHIFT])
                continue
            if not chain and op in _SET_ATTR:
                chain = (names[value],)
            chains.add(chain)
            chains, chain = None, ()
        if imported is not None:
            if op in (_STORE_FAST, _STORE_FAST_LOAD_FAST):
                index = value if op == _STORE_FAST else value >> 4
                imported.variable = varnames[index]
            elif op == _STORE_DEREF:
                imported.variable = _local_name(code, value)
            if imported.variable is not None:
                uses.locals.setdefault(imported.variable, set())
            imported = None
        if op == _GLOBAL or op in _NAMES:
            name = names[value >> 1] if op == _GLOBAL else names[value]
            chains = uses.globals.setdefault(name, set())
            uses.everything |= name in _REACHES_ALL
        elif op in _FREE:
            chains = uses.free.setdefault(_local_name(code, value), set())
        elif op in _STORE_GLOBAL:
            uses.stored.add(names[value])
        elif op == _LOAD_CONST:
            constants = [constants[1], consts[value]]
        elif op == _IMPORT_NAME:
            level, wanted = constants
            level = level if isinstance(level, int) else 0
            imported = Import(names[value], level, wanted if isinstance(wanted, tuple) else None)
            uses.imports.append(imported)
            if imported.names is not None:
                imported = None
        elif uses.locals:
            chains = _follow_local(op, value, varnames, uses.locals)
    if chains is not None:
        chains.add(chain)


def _follow_local(
    op: int, value: int, varnames: Chain, followed: dict[str, set[Chain]]
) -> set[Chain] | None:
    if op in _FAST:  # since 3.13 it also hands cells to inner functions
        return followed.get(varnames[value]) if value < len(varnames) else None
    if op == _FAST_PAIR:
        first = followed.get(varnames[value >> 4])
        if first is not None:
            first.add(())
        return followed.get(varnames[value & 15])
    if op == _STORE_FAST_LOAD_FAST:
        return followed.get(varnames[value & 15])
    return None


def _local_name(code: CodeType, index: int) -> str:
    # The index counts locals, then cells that are not also locals, then free variables.
    varnames = code.co_varnames
    if index < len(varnames):
        return varnames[index]
    cells = [name for name in code.co_cellvars if name not in varnames]
    return (*cells, *code.co_freevars)[index - len(varnames)]
