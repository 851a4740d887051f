"""How nodes and pipelines show themselves in a notebook."""

from __future__ import annotations

from typing import Any

from hypernodes.nesting import PipelineNode
from hypernodes.node import Node
from hypernodes.pipeline import Pipeline
from hypernodes.viz.describe import describe
from hypernodes.viz.facts import code_of
from hypernodes.viz.scene import scene_of
from hypernodes.viz.svg import svg_of
from hypernodes.viz.text import escape

_DRAWN_UP_TO = 150  # nodes; a longer pipeline shows as text, which takes less of a notebook


def pipeline_html(pipeline: Pipeline) -> str:
    """The picture, or the text tree of a pipeline too long to take in."""
    scene = scene_of(pipeline)
    nodes = sum(item.kind in ("node", "pipeline") for item, _ in scene.walk())
    if not nodes or nodes > _DRAWN_UP_TO:
        return f'<pre style="max-height:420px;overflow:auto">{escape(describe(pipeline))}</pre>'
    return f'<div style="overflow-x:auto">{svg_of(scene)}</div>'


def node_html(node: Node[..., Any] | PipelineNode) -> str:
    """The node's card with its inputs, and its docstring."""
    name = node.name
    picture = pipeline_html(Pipeline([node], name=name))
    doc = code_of(node).doc if isinstance(node, Node) else ""
    return picture + (f'<p style="white-space:pre-wrap">{escape(doc)}</p>' if doc else "")
