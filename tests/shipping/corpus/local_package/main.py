"""A local package with relative imports, a namespace package, a class in each."""

from project import pipeline
from project.models import Doc
from space.inner import tool


def job():
    return pipeline.run(["a b", "c"]), tool.touch(1)


def check(result):
    assert result == ([Doc("A B", 2), Doc("C", 1)], "touched 1")
    assert all(type(doc) is Doc for doc in result[0])


# mypy: ignore-errors
