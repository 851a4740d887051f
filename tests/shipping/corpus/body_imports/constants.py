TEN = 10

# mypy: ignore-errors
