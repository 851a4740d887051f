ITEMS = []
LIMIT = 1


def add(item):
    ITEMS.append(item)


def over():
    return len(ITEMS) > LIMIT


# mypy: ignore-errors
