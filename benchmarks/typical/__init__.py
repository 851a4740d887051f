"""A pipeline as people have them: 20 nodes in 5 modules with 3 pydantic models."""
