"""typing.get_type_hints on the worker, with postponed annotations."""

from __future__ import annotations

import typing
from dataclasses import dataclass, fields


@dataclass
class Leaf:
    name: str


@dataclass
class Tree:
    leaf: Leaf
    children: list[Tree]


def grow(tree: Tree) -> Leaf:
    return tree.leaf


def job():
    hints = typing.get_type_hints(Tree)
    names = [field.name for field in fields(Tree)]
    return hints["leaf"] is Leaf, typing.get_type_hints(grow)["return"] is Leaf, names


def check(result):
    assert result == (True, True, ["leaf", "children"])


# mypy: ignore-errors
