"""The rows of a MapResult as a table: the first and the last ones, values shortened."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from hypernodes.results import MapResult
from hypernodes.viz.facts import show_value
from hypernodes.viz.text import elide, escape, one_line

_HEAD, _TAIL = 6, 4
_COLUMNS = 20
_TEXT_VALUE, _HTML_VALUE = 28, 60
_CELL = "padding:3px 10px;text-align:left;border-bottom:1px solid rgba(128,128,128,.25)"


def text_table(result: MapResult) -> str:
    """Columns of plain text, aligned."""
    head, rows = _cells(result, _TEXT_VALUE)
    if not rows:
        return ""
    table = [head, *rows]
    widths = [max(_columns(row[i]) for row in table) for i in range(len(head))]
    return "\n".join(
        "  ".join(
            cell + " " * (wide - _columns(cell)) for cell, wide in zip(row, widths, strict=True)
        ).rstrip()
        for row in table
    )


def html_table(result: MapResult) -> str:
    """A table for notebooks; everything that users wrote is escaped."""
    head, rows = _cells(result, _HTML_VALUE)
    columns = len(result.keys())
    count = f"{_counted(len(result), 'row')}, {_counted(columns, 'column')}"
    if result.errors:
        count += f", {len(result.errors):,} failed"
    top = "".join(f'<th scope="col" style="{_CELL}">{escape(cell)}</th>' for cell in head)
    body = "".join(map(_html_row, rows))
    return (
        '<div style="overflow-x:auto"><table style="border-collapse:collapse">'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
        f'<p style="margin:4px 10px;opacity:.8">{escape(count)}</p></div>'
    )


def _html_row(row: Sequence[str]) -> str:
    number = f'<th scope="row" style="{_CELL};font-weight:normal">{escape(row[0])}</th>'
    cells = (f'<td style="{_CELL}"><code>{escape(cell)}</code></td>' for cell in row[1:])
    return f"<tr>{number}{''.join(cells)}</tr>"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _cells(result: MapResult, limit: int) -> tuple[list[str], list[list[str]]]:
    names = list(result.keys())
    shown = names[:_COLUMNS]
    head = ["", *(elide(one_line(str(n)), limit) for n in shown)]
    if len(names) > len(shown):
        head.append(f"… {len(names) - len(shown)} more")
    rows: list[list[str]] = []
    for i in _places(len(result)):
        if i < 0:
            rows.append(["…"] * len(head))
            continue
        values = [show_value(result[name][i], limit) for name in shown]
        rows.append([str(result.index[i]), *values, *["…"] * (len(names) > len(shown))])
    return head, rows


def _places(count: int) -> Sequence[int]:
    """The rows to show; -1 stands for those left out."""
    if count <= _HEAD + _TAIL + 1:
        return range(count)
    return [*range(_HEAD), -1, *range(count - _TAIL, count)]


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(bool(unicodedata.combining(c)) for c in text)
