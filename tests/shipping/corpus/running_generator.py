"""A generator in flight: said at home."""


def numbers():
    yield 1
    yield 2


flow = numbers()
next(flow)


def job():
    return next(flow)


ERROR = ("flow", "generator")

# mypy: ignore-errors
