"""A scene as one HTML page: works offline; opens, closes, searches, shows code, exports."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from hypernodes.viz.geometry import Orientation, Plan, plan_of
from hypernodes.viz.overlay import Share
from hypernodes.viz.palette import Theme
from hypernodes.viz.scene import Item, Scene, Value
from hypernodes.viz.svg import svg_of
from hypernodes.viz.text import escape

_SLOT = re.compile(r"\{\{(\w+)\}\}")


def page_of(
    scene: Scene,
    *,
    orientation: Orientation = "LR",
    theme: Theme = "auto",
    shares: Mapping[str, Share] | None = None,
) -> str:
    """The page's text. Scripts run by their hash alone: nothing a user wrote is one."""
    script = _file("place.js") + _file("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    plan = plan_of(scene.top, shares or {}, run=shares is not None)
    data = {
        "title": scene.title,
        "down": orientation == "TB",
        "top": _level(plan),
        "items": {item.id: _details(item, shares) for item, _ in scene.walk()},
    }
    parts = {
        "title": escape(scene.title),
        "theme": theme,
        "style": _file("page.css"),
        "svg": svg_of(scene, orientation=orientation, theme=theme, shares=shares, page=True),
        "data": script_safe(data),
        "script": script,
        "digest": digest,
    }
    # In one pass, so that what is put in is not searched for slots again.
    return _SLOT.sub(lambda match: parts[match[1]], _file("page.html"))


def frame_of(page: str) -> str:
    """The page inside a notebook's output: its scripts cannot reach the notebook."""
    found = re.search(r'<svg [^>]*height="([\d.]+)"', page)
    height = min(680, max(260, int(float(found[1]) if found else 400) + 90))
    return (
        f'<iframe srcdoc="{escape(page)}" sandbox="allow-scripts allow-downloads" '
        f'style="width:100%;height:{height}px;border:0;border-radius:8px" '
        f'title="Picture of the pipeline"></iframe>'
    )


def script_safe(data: Any) -> str:
    r"""JSON that cannot end the script element it stands in.

    >>> script_safe("</script>")
    '"\\u003c/script\\u003e"'
    """
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@functools.cache
def _file(name: str) -> str:
    return (files("hypernodes.viz") / "page" / name).read_text("utf-8")


def _level(plan: Plan) -> dict[str, Any]:
    """What page/place.js needs to lay a level out again."""
    level, skeleton = plan.level, plan.skeleton
    items = []
    for i, item in enumerate(level.items):
        card, header, inside = plan.cards[i], plan.headers[i], plan.inside[i]
        entry: dict[str, Any] = {
            "id": item.id,
            "kind": item.kind,
            "w": card.width,
            "h": card.height,
            "outs": card.outs,
        }
        if header is not None and inside is not None:
            entry |= {"open": item.expanded, "hw": header.width, "hh": header.height}
            entry["inside"] = _level(inside)
        items.append(entry)
    return {
        "items": items,
        "edges": [[e.source, e.target, e.out, e.into] for e in level.edges],
        "ranks": skeleton.ranks,
        "routes": skeleton.routes,
        "ports": skeleton.ports,
        "entries": level.tabs("entry"),
        "exits": level.tabs("exit"),
    }


def _details(item: Item, shares: Mapping[str, Share] | None) -> dict[str, Any]:
    """What the panel shows of an item."""
    details: dict[str, Any] = {
        "kind": item.kind,
        "title": item.title,
        "path": item.path,
        "badges": item.badges,
        "reads": [_row(value) for value in item.reads],
        "values": [_row(value) for value in item.values],
    }
    if item.code is not None:
        details |= {"doc": item.code.doc, "source": item.code.source, "where": item.code.where}
    share = (shares or {}).get(item.path)
    if share is not None and item.title:
        details["run"] = share.text
    return details


def _row(value: Value) -> list[str]:
    return [value.name, value.type, value.note]
