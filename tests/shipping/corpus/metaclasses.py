"""A metaclass whose __new__ and __call__ have effects; it must not run again."""

made = []


class Meta(type):
    def __new__(mcs, name, bases, body, **options):
        made.append(name)
        cls = super().__new__(mcs, name, bases, body)
        cls.options = options
        return cls

    def __call__(cls, *args):
        instance = super().__call__(*args)
        instance.by_meta = True
        return instance

    def __iter__(cls):
        return iter(["meta", cls.__name__])


class Base(metaclass=Meta, color="red"):
    pass


class Derived(Base, size=3):
    def hello(self):
        return type(self).options


def job():
    return Derived(), Derived().hello(), list(Derived), list(made), Base.options


def check(result):
    instance, options, names, seen, base = result
    assert type(instance) is Derived and instance.by_meta
    assert options == {"size": 3} and names == ["meta", "Derived"]
    assert seen == ["Base", "Derived"] and base == {"color": "red"}


# mypy: ignore-errors
