LIMIT = 7

# mypy: ignore-errors
