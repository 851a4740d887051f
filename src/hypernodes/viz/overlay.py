"""A run laid over the picture: seconds, share, cache hits and errors by node path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Overlay: TypeAlias = Mapping[str | tuple[str, ...], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Share:
    """What one node took of a run."""

    seconds: float | None = None
    share: float = 0.0
    cached: int = 0
    errors: int = 0

    @property
    def ran(self) -> bool:
        return self.seconds is not None or bool(self.cached or self.errors)

    @property
    def text(self) -> str:
        """The numbers in a few words.

        >>> Share(1.234, 0.4, cached=3, errors=1).text
        '1.2 s · 40% · 3 cached · 1 error'
        """
        parts = []
        if self.seconds is not None:
            parts += [_duration(self.seconds), f"{self.share:.0%}"]
        if self.cached:
            parts.append(f"{self.cached:,} cached")
        if self.errors:
            parts.append(f"{self.errors:,} error{'s' * (self.errors > 1)}")
        return " · ".join(parts) or "not run"


def shares_of(overlay: Overlay | None) -> dict[str, Share]:
    """The overlay by "outer/inner" path; a path may also be a tuple of names.

    A share that is missing is the part of all seconds on the same level.
    """
    if not overlay:
        return {}
    rows = {_path(path): row for path, row in overlay.items()}
    totals: dict[str, float] = {}
    for path, row in rows.items():
        level = path.rpartition("/")[0]
        totals[level] = totals.get(level, 0.0) + float(row.get("seconds") or 0.0)
    found: dict[str, Share] = {}
    for path, row in rows.items():
        seconds = row.get("seconds")
        share = row.get("share")
        if share is None:
            total = totals[path.rpartition("/")[0]]
            share = float(seconds or 0.0) / total if total else 0.0
        found[path] = Share(
            None if seconds is None else float(seconds),
            min(1.0, max(0.0, float(share))),
            int(row.get("cached") or 0),
            int(row.get("errors") or 0),
        )
    return found


def _path(path: str | Sequence[str]) -> str:
    return path if isinstance(path, str) else "/".join(path)


def _duration(seconds: float) -> str:
    for limit, scale, unit in ((1e-3, 1e6, "µs"), (1.0, 1e3, "ms"), (120.0, 1.0, "s")):
        if seconds < limit:
            return (
                f"{seconds * scale:.2g} {unit}"
                if seconds * scale < 10
                else (f"{seconds * scale:.0f} {unit}")
            )
    return f"{seconds / 60:.0f} min"
