"""Classes and functions that only come to be while the job runs."""

from dataclasses import dataclass


def job():
    @dataclass
    class Fresh:
        x: int

        def double(self):
            return self.x * 2

    def helper(fresh):
        return fresh.double()

    return helper(Fresh(3)), sorted(vars(Fresh(1))), Fresh(4)


def check(result):
    assert result[:2] == (6, ["x"]) and type(result[2]).__qualname__ == "job.<locals>.Fresh"
    assert result[2].double() == 8


# mypy: ignore-errors
