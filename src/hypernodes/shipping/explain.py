"""What travels with an object, how, how large it is, and who reaches it."""

from __future__ import annotations

import dataclasses
import pickle
import re
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from hypernodes.code.closure import CLASS, FUNCTION, MODULE, SCOPE, Closure, Item
from hypernodes.shipping import packages
from hypernodes.shipping.policy import DEFAULT, Policy
from hypernodes.shipping.writer import Writer

BY_VALUE, BY_REFERENCE = "by value", "by reference"

_BUDGET = 20_000  # values looked at
_SECRET_NAME = re.compile(
    r"passw(or)?d|secret|token|api_?key|credential|private_?key|access_?key", re.IGNORECASE
)
_SECRET_VALUE = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_\w{20,}|sk-[\w-]{20,}|xox[abp]-\w+|AIza[\w-]{30,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY|eyJ[\w-]{10,}\.[\w-]{10,}\.|\w+://[^/\s:@]+:[^/\s:@]+@"
)


@dataclasses.dataclass(frozen=True)
class Row:
    """One thing that travels, or is expected to be there."""

    what: str  # function, class, module, global, package, ...
    name: str
    how: str  # BY_VALUE or BY_REFERENCE
    size: int  # bytes in the payload, before its envelope
    why: str
    path: str  # who reaches it
    warning: str = ""


class Explanation:
    """Rows for programs, a table for people."""

    def __init__(self, rows: list[Row], total: int) -> None:
        self.rows = rows
        self.total = total

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def warnings(self) -> list[Row]:
        """The rows that deserve a look: likely secrets, large values."""
        return [row for row in self.rows if row.warning]

    def __str__(self) -> str:
        head = ("what", "name", "how", "bytes", "why", "reached by")
        table = [head] + [
            (row.what, row.name, row.how, f"{row.size:,}" if row.size else "", row.why, row.path)
            for row in self.rows
        ]
        widths = [min(48, max(len(line[column]) for line in table)) for column in range(len(head))]
        lines = []
        for line in table:
            cells = [
                cell.rjust(width) if column == 3 else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
            ]
            lines.append("  ".join(cells).rstrip())
        lines.insert(1, "  ".join("-" * width for width in widths))
        lines += [f"! {row.path or row.name}: {row.warning}" for row in self.warnings]
        lines.append(f"payload: {self.total:,} bytes")
        return "\n".join(lines)

    __repr__ = __str__


def explain(obj: Any, policy: Policy | None = None) -> Explanation:
    """List what ``dumps(obj)`` sends and what it expects to find on the other side.

    Values are never shown.

    Raises:
        ShippingError: Something cannot travel.

    >>> [row.what for row in explain(lambda x: x)]
    ['function']
    """
    policy = policy or DEFAULT
    closure = Closure(policy.origin)
    closure.visit(obj)
    writer = Writer(closure, files=policy.files)
    writer.sizes = {}
    writer.write_root(obj)
    rows = [row for item in closure.items for row in _rows(item, writer.sizes, closure)]
    for name, found in closure.sources.items():
        why = "imported in a body, not loaded yet: travels as source"
        rows.append(Row("module", name, BY_VALUE, len(found.text.encode()), why, ""))
    if not isinstance(obj, FunctionType | type):
        size, name = writer.sizes.get(None, 0), type(obj).__qualname__
        rows.append(Row("data", name, BY_VALUE, size, "the object itself", "", _secret_within(obj)))
    for name, version in packages.versions(writer.pickler.packages).items():
        rows.append(Row("package", f"{name} {version}".strip(), BY_REFERENCE, 0, "installed", ""))
    imported = closure.imported.keys() - writer.pickler.packages.keys()
    for name, version in packages.versions(imported).items():
        why = "installed, imported in a body"
        rows.append(Row("package", f"{name} {version}".strip(), BY_REFERENCE, 0, why, ""))
    return Explanation(rows, writer.file.tell())


def _rows(item: Item, sizes: dict[Any, int], closure: Closure) -> Iterator[Row]:
    path = " -> ".join(item.path()[:-1]) or " -> ".join(item.path())
    obj = item.obj
    if item.kind == FUNCTION:
        name = f"{closure.scope(obj.__globals__).name}.{obj.__qualname__}"
        size = sizes.get(item.number, 0) + sizes.get((item.number, "code"), 0)
        yield Row(FUNCTION, name, BY_VALUE, size, "local code", path, _secret_in_code(obj.__code__))
    elif item.kind == CLASS:
        warning = _secret_in_values(obj.__dict__)
        why = (
            "local class"
            if closure.origin.is_installed(obj.__module__) is False
            else "made at run time"
        )
        name = f"{obj.__module__}.{obj.__qualname__}"
        yield Row(CLASS, name, BY_VALUE, sizes.get(item.number, 0), why, path, warning)
    elif item.kind == MODULE:
        scope = closure.scope(obj.__dict__)
        why = "used as an object: all its globals" if scope.everything else "its reached globals"
        yield Row(MODULE, scope.name, BY_VALUE, 0, why, path)
    elif item.kind == SCOPE and not item.installed:
        for name in item.names:
            value = obj.get(name)
            if isinstance(value, FunctionType | type | ModuleType):
                continue  # has a row of its own
            # Scalars go together, and are too small to be measured one by one there.
            size = sizes.get((item.number, name), 0)
            if not size and isinstance(value, str | bytes | int | float | complex):
                size = len(pickle.dumps(value, protocol=5))
            warning = _secret(name, value)
            if size > 10_000_000:
                warning = warning or f"large: {size / 1e6:,.0f} MB"
            owner = item.names[name]
            via = " -> ".join([*owner.path(), name]) if owner is not None else name
            why = f"captured {type(value).__qualname__}"
            yield Row("global", f"{item.name}.{name}", BY_VALUE, size, why, via, warning)


def _secret(name: str, value: Any) -> str:
    if isinstance(value, str) and len(value) >= 6:
        if _SECRET_VALUE.search(value):
            return "its value looks like a secret"
        if _SECRET_NAME.search(name):
            return "its name says that it is a secret"
    if isinstance(value, dict):
        return _secret_in_values(value)
    state = getattr(value, "__dict__", None)
    if isinstance(state, dict) and not isinstance(value, type | FunctionType):
        return _secret_in_values(state)
    return ""


def _secret_within(root: Any) -> str:
    """Look through data for names and values of secrets."""
    pending: list[tuple[str, Any]] = [("", root)]
    seen: set[int] = set()
    while pending and len(seen) < _BUDGET:
        name, value = pending.pop()
        if id(value) in seen or isinstance(value, type | FunctionType):
            continue
        seen.add(id(value))
        if isinstance(value, str):
            found = _secret(name, value)
            if found:
                return f"{name}: {found}"
        elif isinstance(value, dict):
            pending += [(str(key), part) for key, part in value.items()]
        elif isinstance(value, list | tuple | set | frozenset):
            pending += [(name, part) for part in value]
        elif hasattr(type(value), "__ship_state__"):
            pending.append((name, type(value).__ship_state__(value)))
        elif isinstance(getattr(value, "__dict__", None), dict):
            pending += vars(value).items()
    return ""


def _secret_in_values(values: Any) -> str:
    for name, value in list(values.items()):
        if isinstance(value, str) and isinstance(name, str) and not name.startswith("__"):
            found = _secret(name, value)
            if found:
                return f"{name}: {found}"
    return ""


def _secret_in_code(code: CodeType) -> str:
    pending = [code]
    while pending:
        current = pending.pop()
        for const in current.co_consts:
            if isinstance(const, str) and _SECRET_VALUE.search(const):
                return "a string in its code looks like a secret"
            if isinstance(const, CodeType):
                pending.append(const)
    return ""
