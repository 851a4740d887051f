"""The chart of the README: an SVG of bars on a logarithmic scale, light and dark."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

DOCS = Path(__file__).parent.parent / "docs"
CHARTS = (
    ("run 10 last", "run() of 10 nodes"),
    ("map last", "map() of 10 nodes, per item"),
    ("nested", "nested map, 100 x 100"),
)
_COLOURS = ("text", "dim", "grid", "us", "bar")
THEMES = {
    "light": dict(
        zip(_COLOURS, ("#1f2328", "#59636e", "#d1d9e0", "#0a6e5c", "#a3acb5"), strict=True)
    ),
    "dark": dict(
        zip(_COLOURS, ("#e6edf3", "#9198a1", "#3d444d", "#3fc9a7", "#5d6772"), strict=True)
    ),
}
LEFT, RIGHT, WIDTH = 140, 80, 760
BAR, GAP, HEAD = 16, 7, 34
TOP = 10_000


def place(ratio: float) -> float:
    """Where a ratio stands: 1x at the left, each decade as wide as the next."""
    share = math.log10(max(ratio, 1.0)) / math.log10(TOP)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def svg(found: dict[str, dict[str, Any]], theme: str) -> str:
    colour = THEMES[theme]
    group = HEAD + len(found) * (BAR + GAP) + 10
    bottom = 52 + len(CHARTS) * group
    title = "Time, as a multiple of the same calls written by hand"
    parts = [f'<text x="{LEFT}" y="20" fill="{colour["text"]}" font-weight="600">{title}</text>']
    for power in range(5):
        x, label = place(10**power), "by hand" if power == 0 else f"{10**power:,}x"
        parts.append(
            f'<line x1="{x:.0f}" x2="{x:.0f}" y1="46" y2="{bottom}" stroke="{colour["grid"]}"/>'
            f'<text x="{x:.0f}" y="40" fill="{colour["dim"]}" text-anchor="middle">{label}</text>'
        )
    for number, (work, title) in enumerate(CHARTS):
        y = 52 + number * group
        parts.append(
            f'<text x="{LEFT + 6}" y="{y + 22}" fill="{colour["text"]}" font-weight="600">'
            f"{escape(title)}</text>"
        )
        for line, (name, each) in enumerate(found.items()):
            top, value = y + HEAD + line * (BAR + GAP), each["results"][work]
            ours = name == "hypernodes"
            weight = ' font-weight="600"' if ours else ""
            end, label = (float(LEFT), "no such thing" if value == "none" else str(value))
            if not isinstance(value, str):
                end = max(place(value), LEFT + 3.0)
                label = f"{value:.1f}x" if value < 10 else f"{value:,.0f}x"
                parts.append(
                    f'<rect x="{LEFT}" y="{top}" width="{end - LEFT:.1f}" height="{BAR}" rx="2" '
                    f'fill="{colour["us" if ours else "bar"]}"/>'
                )
            parts.append(
                f'<text x="{LEFT - 8}" y="{top + 12.5}" fill="{colour["text"]}" '
                f'text-anchor="end"{weight}>{escape(name)}</text>'
                f'<text x="{end + 6:.1f}" y="{top + 12.5}" fill="{colour["dim"]}"{weight}>'
                f"{escape(label)}</text>"
            )
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 8}" '
        f'width="{WIDTH}" height="{bottom + 8}" role="img" '
        'font-family="system-ui, -apple-system, Segoe UI, sans-serif" font-size="12">\n'
        f"<title>Overhead of pipeline libraries, logarithmic scale</title>\n{body}\n</svg>\n"
    )


def draw(found: dict[str, dict[str, Any]]) -> None:
    for theme in THEMES:
        (DOCS / f"benchmarks-{theme}.svg").write_text(svg(found, theme))
