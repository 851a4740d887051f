"""lru_cache and cache, on functions and methods."""

import functools


@functools.lru_cache(maxsize=32)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@functools.cache
def square(x):
    return x * x


class Table:
    @functools.lru_cache  # noqa: B019
    def row(self, n):
        return [n] * 3


def job():
    return fib(30), fib.cache_info().maxsize, square(4), Table().row(2)


def check(result):
    assert result == (832040, 32, 16, [2, 2, 2])


# mypy: ignore-errors
