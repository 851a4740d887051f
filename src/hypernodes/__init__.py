"""Write functions for one item, compose them, run the same pipeline anywhere."""

from __future__ import annotations

__all__: list[str] = []
