"""Counters, singletons and instances as class attributes; nothing at home is written."""


class Counter:
    made = 0
    registry = []

    def __init__(self):
        type(self).made += 1
        self.number = Counter.made
        Counter.registry.append(self.number)


class Unit:
    def __init__(self, name):
        self.name = name


Unit.METRE = Unit("m")


class Length:
    unit = Unit.METRE
    zero = None

    def __init__(self, value):
        self.value = value


Length.zero = Length(0)


def job():
    Counter()
    Counter()
    return Counter(), Counter.made, list(Counter.registry), Length.unit is Unit.METRE, Length.zero


def check(result):
    counter, made, registry, same, zero = result
    assert type(counter) is Counter and counter.number == 3 and made == 3
    assert registry == [1, 2, 3] and same is True and type(zero) is Length
    assert Counter.made == 0 and Counter.registry == []


# mypy: ignore-errors
