"""__reduce__, __getnewargs_ex__, __copy__ and subclasses of builtin containers."""

import copy


class Reduced:
    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        return build, (self.value,)


def build(value):
    return Reduced(value + 1)


class Immutable(tuple):
    __slots__ = ()

    def __new__(cls, *, items):
        return super().__new__(cls, items)

    def __getnewargs_ex__(self):
        return (), {"items": list(self)}


class Bag(dict):
    def total(self):
        return sum(self.values())


class Names(list):
    label = "names"


def job():
    bag = Bag(a=1, b=2)
    copied = copy.deepcopy([bag, Names(["x"])])
    return (
        Reduced(1),
        Immutable(items=[1, 2]),
        bag,
        bag.total(),
        Names(["n"]),
        type(copied[0]) is Bag,
    )


def check(result):
    assert type(result[0]) is Reduced and result[0].value == 2
    assert type(result[1]) is Immutable and result[1] == (1, 2)
    assert type(result[2]) is Bag and result[2].total() == result[3] == 3
    assert type(result[4]) is Names and result[4] == ["n"] and result[5] is True


# mypy: ignore-errors
