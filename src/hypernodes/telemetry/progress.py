"""Progress: what runs, how far it is, how long is left."""

from __future__ import annotations

import contextlib
import html
import logging
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, Literal, Protocol

from hypernodes import events as ev
from hypernodes.extras import require
from hypernodes.telemetry.board import Board, Line

_REDRAWS = 8  # a second, on terminals and in notebooks
_EVERY = 10.0  # seconds between plain lines


class ProgressCallback:
    """Shows the progress of runs and maps: a line for each pipeline, map and node.

    A live tree on terminals and in notebooks; elsewhere (CI logs, files) plain lines with
    the time, every few seconds. Writes to stderr. With `enable=False` it shows nothing.
    Raises `ImportError` where rich is not installed.

    >>> from hypernodes import Pipeline, SeqEngine, node
    >>> @node(output_name="y")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> engine = SeqEngine(callbacks=[ProgressCallback(enable=False)])
    >>> Pipeline([double], engine=engine).map({"x": [1, 2]}, map_over="x")["y"]
    [2, 4]
    """

    def __init__(self, enable: bool = True, *, every: float = _EVERY) -> None:
        self.enable = enable
        self.every = every
        self._lock = threading.RLock()
        self._board = Board()
        self._display: _Display | None = None
        if enable:
            require("rich", "ProgressCallback")

    def __repr__(self) -> str:
        return "ProgressCallback()" if self.enable else "ProgressCallback(enable=False)"

    def __reduce__(self) -> Any:
        return type(self), (self.enable,)

    def __call__(self, event: ev.Event) -> None:
        """Count an event; draw when it is time."""
        if not self.enable:
            return
        with self._lock:
            board = self._board
            board.add(event)
            if self._display is None:
                if not board.open:
                    return
                self._display = _display_for(board, self.every)
            self._display.seen(event)
            if not board.open:
                display, self._display = self._display, None
                self._board = Board()
                display.close()


def progress_listener() -> ProgressCallback:
    """What `progress=True` adds to the callbacks of a run."""
    return ProgressCallback()


class _Display(Protocol):
    def seen(self, event: ev.Event) -> None: ...
    def close(self) -> None: ...


def _display_for(board: Board, every: float) -> _Display:
    from rich.console import Console

    console = Console(stderr=True)
    if console.is_jupyter:
        return _Notebook(board)
    if console.is_terminal and not console.is_dumb_terminal:
        return _Terminal(board, console)
    return _Plain(board, every)


class _Terminal:
    """A tree that redraws itself below what the user's code prints."""

    def __init__(self, board: Board, console: Any) -> None:
        from rich.live import Live

        self._board = board
        self._streams = _streams()
        self._live = Live(console=console, get_renderable=self._drawn, refresh_per_second=_REDRAWS)
        self._live.start()
        # Loggers hold on to the stream that was there before: their lines belong above too.
        self._moved = list(_redirect(self._streams, _streams()))

    def seen(self, event: ev.Event) -> None:
        pass  # the thread of `Live` draws

    def close(self) -> None:
        for handler, stream in self._moved:
            handler.stream = stream
        self._live.stop()

    def _drawn(self) -> Any:
        from rich.table import Table
        from rich.text import Text

        now = time.time()
        table = Table.grid(padding=(0, 2))
        sides: tuple[Literal["left", "right"], ...] = ("left", "right", "right", "right", "left")
        for justify in sides:
            table.add_column(justify=justify, no_wrap=True)
        for depth, line in list(self._board.lines()):
            name = Text("  " * depth + line.name, style="bold" if line.below else "")
            cells = _cells(line, now)
            marks = Text()
            if line.cached:
                marks.append(f"{line.cached} cached ", "cyan")
            if line.errors:
                marks.append(f"{line.errors} failed", "red")
            over = line.finished == line.expected and not line.running
            table.add_row(name, Text(cells[0], "green" if over else ""), *cells[1:], marks)
        return table


class _Notebook:
    """One output of a cell, replaced a few times a second."""

    def __init__(self, board: Board) -> None:
        from IPython import display

        self._board = board
        self._next = 0.0
        show: Any = display.display
        self._handle = show(self, display_id=True)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(report(self._board))}</pre>"

    def __repr__(self) -> str:
        return report(self._board)

    def seen(self, event: ev.Event) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + 1 / _REDRAWS
            self._handle.update(self)

    def close(self) -> None:
        self._handle.update(self)


class _Plain:
    """A line now and then, for logs."""

    def __init__(self, board: Board, every: float) -> None:
        self._board = board
        self._every = every
        self._next = 0.0

    def seen(self, event: ev.Event) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        started = self._next == 0.0
        self._next = now + self._every
        if started:
            self._write([f"{self._board.roots[0].name}: started"])
        else:
            self._write([_sentence(line) for _, line in self._board.lines() if line.map][:5])

    def close(self) -> None:
        roots = self._board.roots
        self._write([f"{_sentence(r)}, {_clock(r.ended - r.began)} in all" for r in roots])

    def _write(self, lines: list[str]) -> None:
        clock = time.strftime("%H:%M:%S")
        with contextlib.suppress(Exception):  # stderr may be closed, or be anything
            sys.stderr.write("".join(f"{clock} {line}\n" for line in lines))
            sys.stderr.flush()


def report(board: Board) -> str:
    """The board as plain text, one line for each of its lines."""
    now = time.time()
    rows = []
    for depth, line in list(board.lines()):
        marks = [f"{line.cached} cached"] * bool(line.cached)
        marks += [f"{line.errors} failed"] * bool(line.errors)
        rows.append(("  " * depth + line.name, *_cells(line, now), " ".join(marks)))
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(4)]
    return "\n".join(
        f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  "
        f"{row[3]:>{widths[3]}}  {row[4]}".rstrip()
        for row in rows
    )


def _cells(line: Line, now: float) -> tuple[str, str, str]:
    """Done of how many, how fast, and for how long still (or the time that it took)."""
    expected = line.expected
    count = f"{line.finished:,}" + ("" if expected is None else f"/{expected:,}")
    rate = line.rate(now)
    left = line.left(now)
    speed = "" if rate is None or line.finished < 2 else _speed(rate)
    busy = line.running or (expected is not None and line.finished < expected)
    if not busy:
        return count, speed, _clock(line.ended - line.began)
    return count, speed, "" if left is None else f"{_clock(left)} left"


def _sentence(line: Line) -> str:
    parts = [part for part in _cells(line, time.time())[: 3 if line.running else 2] if part]
    parts += [f"{line.cached:,} cached"] * bool(line.cached)
    parts += [f"{line.errors:,} failed"] * bool(line.errors)
    return f"{line.name}: {', '.join(parts)}"


def _speed(rate: float) -> str:
    if rate < 1:
        return f"{1 / rate:.1f} s each"
    return f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s"


def _clock(seconds: float) -> str:
    if seconds < 60:
        return f"{max(seconds, 0):.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _streams() -> tuple[Any, Any]:
    return sys.stdout, sys.stderr


def _redirect(
    before: tuple[Any, Any], after: tuple[Any, Any]
) -> Iterator[tuple[logging.StreamHandler[Any], Any]]:
    """Let handlers write to the new streams; yields what was changed, and from what."""
    known = [logging.getLogger(), *map(logging.getLogger, list(logging.root.manager.loggerDict))]
    for handler in {handler for logger in known for handler in logger.handlers}:
        if type(handler) is logging.StreamHandler:
            for old, new in zip(before, after, strict=True):
                if handler.stream is old and new is not old:
                    yield handler, handler.stream
                    handler.stream = new
