"""Closures that share a cell, also across two functions."""


def counter():
    count = 0

    def increment():
        nonlocal count
        count += 1
        return count

    def read():
        return count

    return increment, read


increment, read = counter()


def compose(*functions):
    def composed(x):
        for function in functions:
            x = function(x)
        return x

    return composed


both = compose(lambda x: x + 1, lambda x: x * 2)


def job():
    increment()
    increment()
    return read(), both(3)


def check(result):
    assert result == (2, 8)
    assert read() == 0


# mypy: ignore-errors
