"""Annotations as a reader writes them: `list[Passage]`, not `list[__main__.Passage]`."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from typing import Any

from hypernodes.viz.text import one_line

# A quoted text stays as it is; of a dotted name only the last part is kept.
_DOTTED = re.compile(r"""('[^']*'|"[^"]*")|(?:[\w<>]+\.)+(?=\w)""")


def type_name(annotation: Any) -> str:
    """An annotation in short, "" where there is none.

    >>> type_name(list[ast.AST]), type_name("typing.Any"), type_name(int | None)
    ('list[AST]', 'Any', 'int | None')
    """
    if annotation is inspect.Parameter.empty:
        return ""
    if annotation is None or annotation is type(None):
        return "None"
    try:
        if isinstance(annotation, type) and not getattr(annotation, "__args__", None):
            text = annotation.__name__
        else:
            text = annotation if isinstance(annotation, str) else repr(annotation)
        return one_line(_DOTTED.sub(lambda match: match[1] or "", str.__str__(text)))
    except Exception:
        return ""  # a metaclass whose repr fails has no name to show


def signature_types(func: Callable[..., Any], outputs: int) -> tuple[dict[str, str], list[str]]:
    """The types of a function's parameters by name, and of its outputs in order."""
    try:
        signature = inspect.signature(func)
    except (TypeError, ValueError):
        return {}, [""] * outputs
    parameters = {p.name: type_name(p.annotation) for p in signature.parameters.values()}
    returned = type_name(signature.return_annotation)
    return parameters, [returned] if outputs == 1 else _parts(returned, outputs)


def _parts(text: str, count: int) -> list[str]:
    """The types of several outputs out of `tuple[A, B]`."""
    unknown = [""] * count
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return unknown
    if not isinstance(tree, ast.Subscript) or not isinstance(tree.value, ast.Name):
        return unknown
    if tree.value.id not in ("tuple", "Tuple") or not isinstance(tree.slice, ast.Tuple):
        return unknown
    parts = [ast.get_source_segment(text, part) or "" for part in tree.slice.elts]
    return parts if len(parts) == count else unknown
