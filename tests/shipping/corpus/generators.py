"""Generators, async functions, async generators, context managers."""

import asyncio
import contextlib


def countdown(n):
    while n:
        yield n
        n -= 1
    return "done"


def delegating(n):
    result = yield from countdown(n)
    yield result


@contextlib.contextmanager
def tag(name, out):
    out.append(f"<{name}>")
    yield name
    out.append(f"</{name}>")


class Managed:
    def __enter__(self):
        return "entered"

    def __exit__(self, *error):
        return True


async def fetch(x):
    await asyncio.sleep(0)
    return x * 2


async def stream(n):
    for i in range(n):
        yield await fetch(i)


async def main():
    return [x async for x in stream(3)] + list(await asyncio.gather(fetch(5), fetch(6)))


def job():
    out = []
    with tag("b", out):
        out.append("text")
    with Managed() as entered:
        raise ValueError
    return list(delegating(2)), out, entered, asyncio.run(main())


def check(result):
    assert result == ([2, 1, "done"], ["<b>", "text", "</b>"], "entered", [0, 2, 4, 10, 12])


# mypy: ignore-errors
