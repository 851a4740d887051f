"""What the cleaning goes by."""

STOPWORDS = frozenset({"a", "the", "of"})
