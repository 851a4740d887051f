LOG = []
count = 0


def bump():
    global count
    count += 1
    LOG.append("bump")


def read():
    return count


# mypy: ignore-errors
