"""Colours and the style sheet of pictures, for light and dark.

Written out per class, without variables: image viewers know little of CSS.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

Theme: TypeAlias = Literal["auto", "light", "dark"]

SANS = "'Helvetica Neue',Helvetica,Arial,'Liberation Sans',system-ui,sans-serif"
MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono','DejaVu Sans Mono',monospace"

LIGHT = {
    "canvas": "#ffffff",
    "text": "#1a2233",
    "soft": "#566176",
    "edge": "#7d899c",
    "strong": "#3156c9",
    "node": "#f4f7ff",
    "node-line": "#a9bbe8",
    "frame": "#faf9ff",
    "pipeline": "#f5f1ff",
    "pipeline-line": "#b9a7e6",
    "inputs": "#effaf4",
    "inputs-line": "#8cc7a8",
    "bound": "#fff8ea",
    "bound-line": "#d3ab5a",
    "badge": "#e8e0fb",
    "badge-text": "#53409a",
    "over": "#a84300",
    "heat": "#e0762a",
    "track": "#e3e8f2",
    "error": "#c4293b",
}
DARK = {
    "canvas": "#11151c",
    "text": "#e8ecf4",
    "soft": "#a5b0c2",
    "edge": "#76839a",
    "strong": "#8fb0ff",
    "node": "#1a2336",
    "node-line": "#44588c",
    "frame": "#151724",
    "pipeline": "#221f38",
    "pipeline-line": "#665a9e",
    "inputs": "#14271f",
    "inputs-line": "#3c7a5b",
    "bound": "#2a2314",
    "bound-line": "#8f7434",
    "badge": "#352d5c",
    "badge-text": "#d3c8ff",
    "over": "#ffb27a",
    "heat": "#e8853d",
    "track": "#2c3548",
    "error": "#ff7d8a",
}

_SHAPES = f"""
.hn text{{font:11.5px {MONO};white-space:pre}}
.hn .hn-title{{font:600 13px {SANS}}}
.hn .hn-badge{{font:600 10px {SANS}}}
.hn .hn-card{{stroke-width:1}}
.hn .hn-as-bound{{stroke-dasharray:4 3}}
.hn .hn-edge{{fill:none;stroke-width:1.4}}
.hn .hn-chevron{{fill:none;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}}
.hn .hn-failed{{stroke-width:2}}
"""


def style_sheet(theme: Theme) -> str:
    """The rules for a picture; with "auto" the reader's system chooses."""
    rules = _SHAPES + _colours(LIGHT if theme != "dark" else DARK, f".hn-{theme}")
    if theme == "auto":
        rules += f"@media (prefers-color-scheme:dark){{{_colours(DARK, '.hn-auto')}}}"
    return rules.replace("\n", "")


def _colours(c: dict[str, str], root: str) -> str:
    fills = {
        ".hn-canvas": c["canvas"],
        ".hn-title,{0} .hn-name": c["text"],
        ".hn-type": c["soft"],
        ".hn-badge": c["badge-text"],
        ".hn-pill": c["badge"],
        ".hn-over": c["over"],
        ".hn-heat": c["heat"],
        ".hn-track": c["track"],
        ".hn-tip": c["edge"],
    }
    rules = [f"{root} {name.format(root)}{{fill:{fill}}}" for name, fill in fills.items()]
    cards = {
        "node": "node",
        "pipeline": "pipeline",
        "inputs": "inputs",
        "bound": "bound",
        "entry": "inputs",
        "exit": "node",
    }
    rules += [
        f"{root} .hn-as-{kind}{{fill:{c[colour]};stroke:{c[f'{colour}-line']}}}"
        for kind, colour in cards.items()
    ]
    rules += [
        f"{root} .hn-frame{{fill:{c['frame']}}}",
        f"{root} .hn-failed{{stroke:{c['error']}}}",
        f"{root} .hn-edge{{stroke:{c['edge']}}}",
        f"{root} .hn-chevron{{stroke:{c['soft']}}}",
    ]
    return "".join(rules)
