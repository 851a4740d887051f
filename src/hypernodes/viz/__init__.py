"""Pictures: what to draw (`scene`), where (`layout`, `place`), one renderer per format."""
