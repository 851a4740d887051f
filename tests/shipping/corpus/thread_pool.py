"""A thread pool: said at home."""

from concurrent.futures import ThreadPoolExecutor

POOL = ThreadPoolExecutor(1)


def job():
    return POOL.submit(int).result()


ERROR = ("POOL",)

# mypy: ignore-errors
