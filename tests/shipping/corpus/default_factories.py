"""collections: defaultdict with a local factory, deque, Counter, ChainMap, UserDict."""

import collections


class Cell:
    def __init__(self):
        self.n = 0


GRID = collections.defaultdict(Cell)
GRID["a"].n = 1
QUEUE = collections.deque([Cell()], maxlen=3)


class Settings(collections.UserDict):
    def __missing__(self, key):
        return f"no {key}"


SETTINGS = Settings(a=1)
CHAIN = collections.ChainMap({"x": 1}, {"y": 2})


def job():
    return GRID["b"].n, GRID["a"].n, QUEUE.maxlen, SETTINGS["q"], CHAIN["y"], SETTINGS, dict(GRID)


def check(result):
    assert result[:5] == (0, 1, 3, "no q", 2)
    assert type(result[5]) is Settings and type(result[6]["a"]) is Cell


# mypy: ignore-errors
