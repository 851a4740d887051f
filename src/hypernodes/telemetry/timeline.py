"""Timeline: where the time of a run went, as one page that needs no network."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
import threading
import time
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from hypernodes import events as ev
from hypernodes.errors import preview

_SHOWN = 100  # calls of a node whose values are shown; of the others, every so many
_LONGEST = 160  # characters of a preview
_KINDS = ("Run", "Map", "Item", "Pipeline", "Node")
_REST = 10  # times that writing takes, to wait until the next
_RAN, _CACHED, _FAILED, _OPEN = range(4)


class Timeline:
    """Writes an HTML file with every call of a run by worker, and totals for each node.

    The file is written when a run or map ends (where short ones follow each other, soon
    after), with everything that this object has heard so far; it works offline. `limit` is
    how many calls are kept. Values are shown as short previews, for a sample of the calls;
    `values=False` leaves them out.

    >>> import tempfile, pathlib
    >>> from hypernodes import Pipeline, SeqEngine, node
    >>> @node(output_name="y")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     timeline = Timeline(pathlib.Path(folder, "run.html"))
    ...     engine = SeqEngine(callbacks=[timeline])
    ...     _ = Pipeline([double], engine=engine).map({"x": [1, 2]}, map_over="x")
    ...     timeline.path.read_text("utf-8")[:15]
    '<!doctype html>'
    """

    def __init__(self, path: str | Path, *, values: bool = True, limit: int = 1_000_000) -> None:
        self.path = Path(path)
        self._values = values
        self._limit = limit
        self._lock = threading.RLock()
        self._rows: list[list[Any]] = []
        self._open: dict[str, list[Any]] = {}
        self._names: dict[tuple[str, str, str], int] = {}
        self._paths: list[tuple[str, ...]] = []
        self._workers: dict[str, int] = {}
        self._calls: dict[int, int] = {}
        self._roots = 0
        self._missed = 0
        self._next = 0.0
        self._timer: threading.Timer | None = None

    def __repr__(self) -> str:
        return f"Timeline({str(self.path)!r})"

    def __reduce__(self) -> Any:  # a pipeline may travel with its engine: there it starts anew
        return type(self), (self.path,)

    def __call__(self, event: ev.Event) -> None:
        """Note what happened; write the file when nothing is under way any more."""
        with self._lock:
            match event:
                case ev.Start():
                    self._roots += event.parent is None
                    self._begin(event)
                case ev.End() | ev.Error():
                    self._finish(event)
                    if event.parent is None:
                        self._roots -= 1
                        if not self._roots:
                            self._write_soon()
                case ev.Cached():
                    row = self._begin(event)
                    self._open.pop(event.id, None)
                    if row is not None:
                        row[3:5] = 0.0, _CACHED

    def write(self) -> Path:
        """Write the file now; returns its path."""
        with self._lock:
            page = self._page()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Replaced at once: who reads it meanwhile sees the old page or the new one, whole.
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        fresh.write_text(page, encoding="utf-8")
        fresh.replace(self.path)
        return self.path

    @property
    def overlay(self) -> dict[tuple[str, ...], dict[str, float]]:
        """Seconds, cache hits and errors by node, for `Pipeline.visualize(overlay=...)`."""
        found: dict[tuple[str, ...], dict[str, float]] = {}
        with self._lock:
            for row in self._rows:
                path = self._paths[row[0]]
                if path:
                    total = found.setdefault(path, {"seconds": 0.0, "cached": 0, "errors": 0})
                    total["seconds"] += row[3]
                    total["cached"] += row[4] == _CACHED
                    total["errors"] += row[4] == _FAILED
        return found

    def _write_soon(self) -> None:
        """Write now, or after many short runs once for several of them."""
        if self._timer is not None:
            return
        now = time.monotonic()
        if now >= self._next:
            self.write()
            done = time.monotonic()
            self._next = done + _REST * (done - now)
        else:
            # Not a daemon: the process waits for the last page.
            self._timer = threading.Timer(self._next - now, self._write_late)
            self._timer.start()

    def _write_late(self) -> None:
        with self._lock:
            self._timer = None
            if not self._roots:
                self._next = 0.0
                self._write_soon()

    def _begin(self, event: ev.Event) -> list[Any] | None:
        if len(self._rows) >= self._limit:
            self._missed += 1
            return None
        kind = next(each for each in _KINDS if type(event).__name__.startswith(each)).lower()
        name = self._names.setdefault((event.name, " > ".join(event.path), kind), len(self._names))
        if name == len(self._paths):
            inside = event.path[1:]  # as pictures have it: without the outermost pipeline
            self._paths.append({"node": (*inside, event.name), "item": ()}.get(kind, inside))
        worker = self._workers.setdefault(event.worker, len(self._workers))
        # Columns: name, worker, start, duration, state, item, text.
        row: list[Any] = [name, worker, event.time, 0.0, _OPEN, event.index, ""]
        if isinstance(event, ev.NodeStart):
            row[6] = self._text(name, event.inputs)
        self._rows.append(row)
        self._open[event.id] = row
        return row

    def _text(self, name: int, values: Mapping[str, Any] | None) -> str:
        if not self._values or not values:
            return ""
        # The first calls, then ever fewer: previews must not cost more than the calls.
        count = self._calls[name] = self._calls.get(name, 0) + 1
        if count > _SHOWN and count % (count // _SHOWN):
            return ""
        return ", ".join(f"{key}={_short(value)}" for key, value in list(values.items())[:6])

    def _finish(self, event: ev.End | ev.Error) -> None:
        row = self._open.pop(event.id, None)
        if row is None:
            return
        row[3], row[4] = event.duration, _RAN
        if isinstance(event, ev.Error):
            row[4] = _FAILED
            if isinstance(event, ev.NodeError):
                row[6] = f"{row[6]} -> {type(event.error).__qualname__}: {_message(event.error)}"
        elif isinstance(event, ev.NodeEnd) and row[6]:
            made = ", ".join(f"{k}={_short(v)}" for k, v in list((event.outputs or {}).items())[:6])
            row[6] = f"{row[6]} -> {made}"

    def _page(self) -> str:
        first = min((row[2] for row in self._rows), default=0.0)
        columns: list[list[Any]] = [list(column) for column in zip(*self._rows, strict=True)]
        columns = columns or [[] for _ in range(7)]
        columns[2] = [round((start - first) * 1e6) for start in columns[2]]  # microseconds
        columns[3] = [round(seconds * 1e6) for seconds in columns[3]]
        data = json.dumps(
            {
                "names": list(self._names),
                "workers": list(self._workers),
                "columns": columns,
                "missed": self._missed,
                "first": first,
            },
            separators=(",", ":"),
        )
        # In a script element only this could end it; as JSON it means the same.
        data = data.replace("<", "\\u003c").replace("\u2028", "\\u2028")
        page = files("hypernodes.telemetry").joinpath("timeline.html").read_text("utf-8")
        script = page.partition("<script>")[2].partition("</script>")[0]
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        root = next(iter(self._names), ("run", "", ""))[0]
        parts = {"policy": f"'sha256-{digest}'", "title": html.escape(root), "data": data}
        # In one pass: what is filled in may look like a place to fill.
        return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], page)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) and len(value) < _LONGEST else preview(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _message(error: BaseException) -> str:
    try:
        return str(error)[:_LONGEST]
    except Exception:
        return "(its message cannot be read)"
