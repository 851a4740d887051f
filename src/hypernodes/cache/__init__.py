"""Caching: exactly what a change can reach runs again."""

from __future__ import annotations

from hypernodes.cache.disk import DiskCache
from hypernodes.cache.hashing import content_hash
from hypernodes.cache.memory import MemoryCache
from hypernodes.cache.session import Cache, CacheSession, Ref
from hypernodes.cache.store import Entry, Output, Store

__all__ = [
    "Cache",
    "CacheSession",
    "DiskCache",
    "Entry",
    "MemoryCache",
    "Output",
    "Ref",
    "Store",
    "content_hash",
]

# Users import them from there.
DiskCache.__module__ = MemoryCache.__module__ = "hypernodes"
