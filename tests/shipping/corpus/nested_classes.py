"""Classes inside classes and inside functions keep their qualified names."""

from dataclasses import dataclass


class Outer:
    class Inner:
        class Deep:
            value = 3

        def make(self):
            return Outer.Inner.Deep()

    kind = Inner


def factory(base):
    @dataclass
    class Local:
        x: int

        def scaled(self):
            return self.x * base

    class Child(Local):
        def scaled(self):
            return super().scaled() + 1

    return Local, Child


Local, Child = factory(10)


def job():
    return (
        Outer.Inner().make(),
        Outer.kind(),
        Local(1).scaled(),
        Child(2),
        Child(2).scaled(),
        Child.__qualname__,
    )


def check(result):
    assert type(result[0]) is Outer.Inner.Deep and type(result[1]) is Outer.Inner
    assert result[2] == 10 and type(result[3]) is Child and result[3] == Child(2)
    assert result[4:] == (21, "factory.<locals>.Child")


# mypy: ignore-errors
