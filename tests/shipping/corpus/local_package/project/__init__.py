from .models import Doc

__all__ = ["Doc"]

# mypy: ignore-errors
