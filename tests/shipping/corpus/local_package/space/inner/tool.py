def touch(x):
    return f"touched {x}"


# mypy: ignore-errors
