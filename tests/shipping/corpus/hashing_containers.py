"""Sets and dict keys of instances whose hash and equality need the whole object."""


class Key:
    def __init__(self, name, peers=()):
        self.name = name
        self.peers = set(peers)

    def __hash__(self):
        return hash(("key", self.name, SALT))

    def __eq__(self, other):
        return isinstance(other, Key) and self.name == other.name


SALT = "s"
FIRST = Key("first")
TABLE = {FIRST: 1, Key("second"): 2, (FIRST, 3): 3}
GROUP = frozenset({Key("a"), Key("b")})
FIRST.peers.add(Key("third"))


def job():
    return (
        TABLE[Key("first")], TABLE[Key("second")], TABLE[(Key("first"), 3)], Key("a") in GROUP,
        Key("third") in FIRST.peers, next(key for key in TABLE if key == FIRST) is FIRST, {Key("q"): 5},
    )  # fmt: skip


def check(result):
    assert result[:6] == (1, 2, 3, True, True, True)
    assert result[6][Key("q")] == 5


# mypy: ignore-errors
