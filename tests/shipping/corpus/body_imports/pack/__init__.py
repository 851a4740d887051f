NAME = "pack"

# mypy: ignore-errors
