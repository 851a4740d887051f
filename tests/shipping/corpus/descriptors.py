"""Descriptors with __set_name__, which must not run again."""

log = []


class Field:
    def __set_name__(self, owner, name):
        log.append(name)
        self.name = name

    def __get__(self, instance, owner):
        return self if instance is None else instance.__dict__.get(self.name, f"no {self.name}")

    def __set__(self, instance, value):
        instance.__dict__[self.name] = value * 2


class Row:
    a = Field()
    b = Field()


def job():
    row = Row()
    row.a = 4
    return row.a, row.b, log, row


def check(result):
    a, b, seen, row = result
    assert (a, b, seen) == (8, "no b", ["a", "b"])
    assert type(row) is Row and row.a == 8


# mypy: ignore-errors
