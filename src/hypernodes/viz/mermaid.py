"""A scene as Mermaid text, for Markdown that draws it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hypernodes.viz.geometry import Orientation
from hypernodes.viz.palette import DARK, LIGHT, Theme
from hypernodes.viz.scene import Item, Kind, Level, Scene, Value

_SHAPES = {
    "node": ("[", "]"),
    "pipeline": ("[[", "]]"),
    "inputs": ("([", "])"),
    "bound": ("([", "])"),
    "entry": ("([", "])"),
    "exit": ("([", "])"),
}
_COLOURS = {
    "node": "node",
    "pipeline": "pipeline",
    "inputs": "inputs",
    "bound": "bound",
    "entry": "inputs",
    "exit": "node",
}
_PLAIN = frozenset(" ,.:=+*/()-_→←·…")


def mermaid_of(scene: Scene, *, orientation: Orientation = "LR", theme: Theme = "auto") -> str:
    """The flowchart; open pipelines are subgraphs."""
    lines = [] if theme == "auto" else [f'%%{{init: {{"theme": "{_THEMES[theme]}"}}}}%%']
    lines += [f"flowchart {orientation}", *_level(scene.top, 1)]
    kinds = dict.fromkeys(item.kind for item, _ in scene.walk())
    if theme != "auto":  # with "auto" the viewer's own theme decides
        lines += [f"    {line}" for line in _classes(kinds, theme)]
    elif "bound" in kinds:
        lines.append("    classDef bound stroke-dasharray: 4 3")
    return "\n".join(lines) + "\n"


_THEMES = {"light": "neutral", "dark": "dark"}


def label(text: str) -> str:
    """Text that Mermaid shows as it is, whatever it holds.

    >>> label('a "b" <i>')
    'a #34;b#34; #60;i#62;'
    """
    return "".join(c if c.isalnum() or c in _PLAIN else f"#{ord(c)};" for c in text)


def _level(level: Level, depth: int) -> Iterator[str]:
    pad = "    " * depth
    for item in level.items:
        if item.expanded and item.inside is not None:
            yield f'{pad}subgraph n{item.id}["{label(_heading(item))}"]'
            yield from _level(item.inside, depth + 1)
            yield f"{pad}end"
        else:
            left, right = _SHAPES[item.kind]
            yield f'{pad}n{item.id}{left}"{"<br/>".join(_rows(item))}"{right}:::{item.kind}'
    for edge in level.edges:
        source, target = level.items[edge.source], level.items[edge.target]
        start, end = source.id, target.id
        if source.expanded and source.inside is not None and edge.out is not None:
            start = source.inside.items[source.inside.tabs("exit")[edge.out]].id
        if target.expanded and target.inside is not None and edge.into is not None:
            end = target.inside.items[target.inside.tabs("entry")[edge.into]].id
        yield f"{pad}n{start} --> n{end}"


def _heading(item: Item) -> str:
    return " · ".join([item.title, *item.badges])


def _rows(item: Item) -> Iterator[str]:
    if item.title:
        yield label(_heading(item))
    arrow = "→ " if item.kind in ("node", "pipeline") else ""
    for value in item.values:
        yield label(arrow + _row(value, item))


def _row(value: Value, item: Item) -> str:
    if item.kind == "entry" and value.note:
        return f"{value.note} {value.label}"
    return f"{value.label} {value.note}".rstrip() if value.note != "all" else value.label


def _classes(kinds: Iterable[Kind], theme: Theme) -> Iterator[str]:
    c = DARK if theme == "dark" else LIGHT
    for kind in kinds:
        colour = _COLOURS[kind]
        dash = ",stroke-dasharray:4 3" if kind == "bound" else ""
        yield (
            f"classDef {kind} fill:{c[colour]},stroke:{c[f'{colour}-line']},color:{c['text']}{dash}"
        )
