"""Source lines that travel with functions, so that tracebacks on the worker show them."""

from __future__ import annotations

import linecache
from types import CodeType, FunctionType

_MAX_LINES = 400

# file -> (first line, text) of each piece
Lines = dict[str, list[tuple[int, str]]]


class Sources:
    """Collects the lines of functions as they are written."""

    def __init__(self) -> None:
        self._ranges: dict[str, list[tuple[int, int]]] = {}

    def add(self, function: FunctionType) -> None:
        """Remember where the source of this function stands."""
        code = function.__code__
        self._ranges.setdefault(code.co_filename, []).append(
            (code.co_firstlineno, _last_line(code))
        )

    def take(self) -> Lines:
        """The lines collected since the last call, each only once."""
        found: Lines = {}
        for file, ranges in self._ranges.items():
            lines = linecache.getlines(file)
            if not lines:
                continue
            pieces = found.setdefault(file, [])
            shown = 0
            for start, end in sorted(ranges):
                first = max(start, shown + 1)
                last = min(end, first + _MAX_LINES)
                if last >= first:
                    pieces.append((first, "".join(lines[first - 1 : last])))
                    shown = last
        self._ranges.clear()
        return found


def _last_line(code: CodeType) -> int:
    last = code.co_firstlineno
    pending = [code]
    while pending:
        current = pending.pop()
        for _, _, line in current.co_lines():
            if line is not None and line > last:
                last = line
        pending += [const for const in current.co_consts if isinstance(const, CodeType)]
    return last


def show(file: str, pieces: list[tuple[int, str]]) -> None:
    """Let ``linecache`` know the lines of a file that does not exist here."""
    known = linecache.cache.get(file)
    lines = list(known[2]) if known is not None and len(known) == 4 else []
    for first, text in pieces:
        new = text.splitlines(keepends=True)
        missing = first - 1 + len(new) - len(lines)
        lines += ["\n"] * max(missing, 0)
        lines[first - 1 : first - 1 + len(new)] = new
    # Without a time of change, linecache never looks for the file.
    linecache.cache[file] = (sum(map(len, lines)), None, lines, file)


def shipped_name(file: str, payload: str) -> str:
    """The name that a file has in the tracebacks of a worker: no such file may exist there."""
    return f"{file}@{payload}"
