def double(x):
    return x * 2


# mypy: ignore-errors
