"""A class counts and compares with itself through two ways of reaching it."""

from dataclasses import dataclass, field


@dataclass
class Tree:
    value: int
    children: list["Tree"] = field(default_factory=list)

    def __iter__(self):
        yield self.value
        for child in self.children:
            yield from child


KINDS = {"tree": Tree}
ROOT = Tree(1, [Tree(2), Tree(3, [Tree(4)])])


def job():
    return list(ROOT), type(ROOT) is KINDS["tree"] is Tree, ROOT, KINDS["tree"](9) == Tree(9)


def check(result):
    assert result[0] == [1, 2, 3, 4] and result[1] is True and result[3] is True
    assert result[2] == ROOT and type(result[2].children[1].children[0]) is Tree


# mypy: ignore-errors
