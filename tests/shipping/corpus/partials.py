"""partial, partialmethod, methodcaller, bound methods and operators as values."""

import functools
import operator


def power(base, exponent, *, scale=1):
    return scale * base**exponent


square = functools.partial(power, exponent=2)


class Bell:
    def __init__(self, tone):
        self.tone = tone

    def ring(self, times, mark="!"):
        return self.tone * times + mark

    twice = functools.partialmethod(ring, 2, mark="?")


ring = Bell("ding").ring
upper = operator.methodcaller("upper")
key = operator.itemgetter("k")


def job():
    return square(5), Bell("dong").twice(), ring(2), upper("x"), key({"k": 1}), square


def check(result):
    assert result[:5] == (25, "dongdong?", "dingding!", "X", 1)
    assert result[5].func is power


FOREIGN = False  # a function as such: only our own pickler knows the way home

# mypy: ignore-errors
