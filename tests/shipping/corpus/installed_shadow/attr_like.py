"""Local."""

# mypy: ignore-errors
