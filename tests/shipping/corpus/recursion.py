"""Functions that call themselves and each other."""


def fact(n):
    return 1 if n == 0 else n * fact(n - 1)


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


def job():
    return fact(10), even(10), odd(10)


def check(result):
    assert result == (3628800, True, False)


# mypy: ignore-errors
