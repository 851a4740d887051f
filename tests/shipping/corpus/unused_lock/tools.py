import threading

LOCK = threading.Lock()
VALUE = 5


def double(x):
    return x * 2


def LOCK_BY_NAME():
    import sys

    return globals()["LOCK"] or sys


# mypy: ignore-errors
