"""globals()[name] and eval reach what no bytecode names."""


def first():
    return 1


def second():
    return 2


def job():
    return globals()["first"](), eval("second()")


def check(result):
    assert result == (1, 2)


# mypy: ignore-errors
