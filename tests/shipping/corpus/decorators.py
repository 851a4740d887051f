"""Decorators with and without functools.wraps, with arguments, stacked, as classes."""

import functools


def shout(function):
    def wrapper(*args):
        return function(*args).upper()

    return wrapper


def times(n):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args):
            return function(*args) * n

        return wrapper

    return decorate


class Counted:
    def __init__(self, function):
        functools.update_wrapper(self, function)
        self.function = function
        self.calls = 0

    def __call__(self, *args):
        self.calls += 1
        return self.function(*args)


@shout
@times(2)
def greet(name):
    """Say hello."""
    return f"hi {name} "


@Counted
def plain(x):
    return x


def job():
    plain(1)
    plain(2)
    return greet("bo"), greet.__name__, plain.calls, plain.__name__


def check(result):
    assert result == ("HI BO HI BO ", "wrapper", 2, "plain")


# mypy: ignore-errors
