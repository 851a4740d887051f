"""Pipelines on Daft: https://docs.daft.ai."""

from __future__ import annotations

from hypernodes.integrations.daft.engine import DaftEngine

__all__ = ["DaftEngine"]
