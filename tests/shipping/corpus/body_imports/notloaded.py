from constants import TEN


def helper(n):
    return f"helped {n} times {TEN}"


# mypy: ignore-errors
