"""A local package: workers have never seen it."""
