"""Node: what can be one, what it reads and writes, and that it stays the function it was."""

from __future__ import annotations

import copy
import functools
import inspect
import operator
import re
from typing import Any

import pytest

from hypernodes import GraphError, Node, Pipeline, node


@node(output_name="total")
def add(left: int, right: int = 10) -> int:
    """Sum of two."""
    return left + right


def test_stays_callable_like_the_function() -> None:
    assert add(1, 2) == 3
    assert add(1) == 11
    assert add(left=1, right=5) == 6
    assert add(right=5, left=1) == 6


def test_keeps_what_describes_the_function() -> None:
    assert isinstance(add, Node)
    assert add.__wrapped__ is add.func  # type: ignore[attr-defined]
    assert add.__doc__ == "Sum of two."
    assert add.__name__ == "add"  # type: ignore[attr-defined]
    assert add.__module__ == __name__
    assert inspect.signature(add) == inspect.signature(add.func)
    assert list(inspect.signature(add).parameters) == ["left", "right"]


def test_leaves_the_function_as_it_was() -> None:
    def plain(x: int) -> int:
        return x

    before = dict(vars(plain)), plain.__module__, plain.__qualname__, plain.__globals__
    made = node("y")(plain)
    Pipeline([made]).run({"x": 1})
    after = dict(vars(plain)), plain.__module__, plain.__qualname__, plain.__globals__
    assert before == after
    assert made.func is plain


def test_attributes() -> None:
    assert (add.name, add.output_name, add.outputs) == ("add", "total", ("total",))
    assert (add.reads, set(add.optional), add.cache) == (("left", "right"), {"right"}, True)
    other = node("y", name="other", cache=False, rename={"left": "a"})(add.func)
    assert (other.name, other.cache, other.reads) == ("other", False, ("a", "right"))
    assert repr(other) == "<Node other(a, right) -> y>"


@pytest.mark.parametrize(
    ("decorate", "output_name"),
    [(node, "twice"), (node(), "twice"), (node("y"), "y"), (node(output_name="y"), "y")],
)
def test_ways_to_decorate(decorate: Any, output_name: str) -> None:
    def twice(x: int) -> int:
        return 2 * x

    made = decorate(twice)
    assert made.output_name == output_name
    assert Pipeline([made]).run({"x": 3}) == {output_name: 6}


@pytest.mark.parametrize("names", [("low", "high"), ["low", "high"]])
def test_several_outputs(names: Any) -> None:
    @node(output_name=names)
    def bounds(values: list[int]) -> tuple[int, int]:
        return min(values), max(values)

    assert bounds.output_name == ("low", "high")
    assert bounds([3, 1, 2]) == (1, 3)
    assert Pipeline([bounds]).run({"values": [3, 1, 2]}) == {"low": 1, "high": 3}


def test_a_tuple_of_one_name_is_one_output() -> None:
    single = node(("y",))(lambda x: (x, x))
    assert single.outputs == ("y",)
    assert Pipeline([single]).run({"x": 1}) == {"y": (1, 1)}


class Greeter:
    def __init__(self, greeting: str = "hello") -> None:
        self.greeting = greeting

    def greet(self, name: str) -> str:
        return f"{self.greeting} {name}"

    def __call__(self, name: str) -> str:
        return f"{self.greeting}, {name}!"

    @classmethod
    def default(cls, name: str) -> str:
        return cls().greet(name)

    @staticmethod
    def shout(name: str) -> str:
        return name.upper()


class Async:
    async def __call__(self, name: str) -> str:
        return f"async {name}"


@pytest.mark.parametrize(
    ("func", "expected"),
    [
        (Greeter("hi").greet, "hi ann"),
        (Greeter("hi"), "hi, ann!"),
        (Greeter.default, "hello ann"),
        (Greeter.shout, "ANN"),
        (functools.partial(operator.add, "mr "), "mr ann"),
        (functools.partial(lambda prefix, name: prefix + name, prefix="mr "), "mr ann"),
        (functools.partial(functools.partial(lambda a, b, name: a + b + name, "x"), "y"), "xyann"),
        (lambda name: name[::-1], "nna"),
        (len, 3),
        (Async(), "async ann"),
        (functools.partial(Async(), name="bob"), "async ann"),
    ],
)
def test_callables_of_every_kind(func: Any, expected: Any) -> None:
    made: Node = node("result")(func)
    # The single parameter left open, whatever the callable calls it.
    (name,) = [p for p in made.reads if p != "prefix"]
    assert Pipeline([made]).run({name: "ann"}) == {"result": expected}


def test_a_partial_keeps_its_value_as_a_default() -> None:
    made: Node = node("result")(functools.partial(lambda a, b, c: (a, b, c), b=2))
    assert made.optional == {"b"}
    assert Pipeline([made]).run({"a": 1, "c": 3}) == {"result": (1, 2, 3)}
    assert Pipeline([made]).run({"a": 1, "b": 0, "c": 3}) == {"result": (1, 0, 3)}


def test_a_method_descriptor_with_rename() -> None:
    upper = node("loud", rename={"self": "text"})(str.upper)
    assert Pipeline([upper]).run({"text": "abc"}) == {"loud": "ABC"}


def test_a_class_is_a_callable_too() -> None:
    make: Node = node("greeter")(Greeter)
    assert Pipeline([make]).run({"greeting": "hi"})["greeter"].greet("ann") == "hi ann"


class Service:
    factor = 3

    @node(output_name="scaled")
    def scale(self, x: int) -> int:
        """Scale."""
        return self.factor * x

    @staticmethod
    @node(output_name="fixed")
    def fix(x: int) -> int:
        return x + 1

    @node(output_name="other")
    @staticmethod
    def other(x: int) -> int:
        return x - 1


def test_a_node_in_a_class_body_binds_like_a_method() -> None:
    service = Service()
    service.factor = 5
    bound = service.scale
    assert service.scale(2) == 10
    assert isinstance(bound, Node)
    assert (bound.reads, bound.name, bound.output_name) == (("x",), "scale", "scaled")
    assert bound.__doc__ == "Scale."
    result = Pipeline([service.scale, Service.fix, service.other]).run({"x": 2})
    assert result == {"scaled": 10, "fixed": 3, "other": 1}
    assert Service.scale(service, 4) == 20


def test_a_node_in_a_class_body_keeps_its_options() -> None:
    class Owner:
        @node("y", name="named", rename={"x": "raw"}, cache=False)
        def method(self, x: int) -> int:
            return x

    bound = Owner().method
    assert (bound.name, bound.reads, bound.cache) == ("named", ("raw",), False)


# Parameters


def test_rename() -> None:
    @node("y", rename={"x": "raw text"})
    def clean(x: str) -> str:
        return x.strip()

    assert clean.reads == ("raw text",)
    assert clean.rename == {"x": "raw text"}
    assert clean(x=" a ") == "a"
    assert Pipeline([clean]).run({"raw text": " a "}) == {"y": "a"}


def test_two_parameters_may_read_the_same_name() -> None:
    square = node("y", rename={"a": "x", "b": "x"})(lambda a, b: a * b)
    assert square.reads == ("x",)
    assert Pipeline([square]).run({"x": 4}) == {"y": 16}


def test_a_name_is_required_when_one_of_its_readers_requires_it() -> None:
    both = node("y", rename={"a": "x", "b": "x"})(lambda a, b=0: (a, b))
    assert both.optional == frozenset()


def test_keyword_only_parameters() -> None:
    @node("y")
    def f(a: int, *, b: int, c: int = 3) -> tuple[int, int, int]:
        return a, b, c

    assert Pipeline([f]).run({"a": 1, "b": 2}) == {"y": (1, 2, 3)}
    assert Pipeline([f]).run({"a": 1, "b": 2, "c": 4}) == {"y": (1, 2, 4)}


@pytest.mark.parametrize("given", [set(), {"a"}, {"b"}, {"c"}, {"a", "c"}, {"b", "c"}])
def test_defaults_with_gaps_in_positional_only_parameters(given: set[str]) -> None:
    @node("y")
    def f(a: Any = "A", b: Any = "B", /, c: Any = "C", *, d: Any = "D") -> Any:
        return a, b, c, d

    result = Pipeline([f]).run(dict.fromkeys(given, 1))
    expected = {**dict(zip("abcd", "ABCD", strict=True)), **dict.fromkeys(given, 1)}
    assert result == {"y": tuple(expected.values())}


def test_a_default_is_the_functions_own_object() -> None:
    default: list[int] = []
    made = node("y")(lambda x=default: x)
    assert Pipeline([made]).run()["y"] is default


@pytest.mark.parametrize("given", [{}, {"b": 5}])
def test_star_args_fed_by_rename(given: dict[str, int]) -> None:
    @node("y", rename={"first": "one", "second": "two"})
    def f(a: int, b: int = 2, *rest: int, c: int = 3) -> Any:
        return a, b, rest, c

    assert f.reads == ("a", "b", "c", "one", "two")
    result = Pipeline([f]).run({"a": 1, "one": 10, "two": 20, **given})
    assert result == {"y": (1, given.get("b", 2), (10, 20), 3)}


def test_star_kwargs_fed_by_rename() -> None:
    @node("y", rename={"p": "one", "not an identifier": "two", "class": "three"})
    def f(a: int, b: int = 2, **rest: int) -> Any:
        return a, b, rest

    result = Pipeline([f]).run({"a": 1, "one": 10, "two": 20, "three": 30})
    assert result == {"y": (1, 2, {"p": 10, "not an identifier": 20, "class": 30})}


def test_names_that_look_alike_stay_apart() -> None:
    # Python would read the ligature as the two letters if it stood in source.
    made = node("y", rename={"\ufb01": "one", "fi": "two"})(lambda **rest: rest)
    assert Pipeline([made]).run({"one": 1, "two": 2}) == {"y": {"\ufb01": 1, "fi": 2}}


@pytest.mark.parametrize(
    ("func", "culprit"), [(lambda *args: args, "*args"), (lambda a, **kwargs: a, "**kwargs")]
)
def test_open_parameters_are_refused_with_the_reason(func: Any, culprit: str) -> None:
    with pytest.raises(GraphError) as caught:
        node("y")(func)
    assert f"{culprit} does not say which names it reads" in str(caught.value)
    assert "Hint: name the parameters, or list them: rename=" in str(caught.value)
    assert caught.value.parameter == culprit.strip("*")


def test_a_decorator_with_keywords_only() -> None:
    def logged(func: Any) -> Any:
        @functools.wraps(func)
        def wrapper(**kwargs: Any) -> Any:
            return "logged", func(**kwargs)

        return wrapper

    @node("y")
    @logged
    def f(a: int, b: int = 2) -> Any:
        return a, b

    assert f.reads == ("a", "b")
    assert Pipeline([f]).run({"a": 1}) == {"y": ("logged", (1, 2))}
    assert Pipeline([f]).run({"a": 1, "b": 3}) == {"y": ("logged", (1, 3))}


def test_a_decorator_with_any_arguments() -> None:
    def twice(func: Any) -> Any:
        @functools.wraps(func)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return [func(*args, **kwargs)] * 2

        return wrapper

    f = node("y")(twice(lambda a, /, b=2, *, c=3: (a, b, c)))
    assert Pipeline([f]).run({"a": 1, "c": 5}) == {"y": [(1, 2, 5)] * 2}


# What is refused


@pytest.mark.parametrize(
    ("make", "message", "hint"),
    [
        (lambda: Node(3), "a node needs a callable, got int", "decorate a function"),  # type: ignore[arg-type]
        (lambda: node("y")(add), "'add' is a node already", "node(...)(add.func)"),
        (lambda: node(lambda x: x), "'<lambda>' has no name of its own", "name the output"),
        (lambda: node("")(len), "must be a non-empty string", "output_name='result'"),
        (lambda: node(3)(len), "must be a non-empty string", "got 3"),  # type: ignore[call-overload]
        (lambda: node(("a", None))(len), "must be a non-empty string", "('a', None)"),  # type: ignore[arg-type]
        (lambda: node(())(len), "must be distinct and at least one", "a name of its own"),
        (lambda: node(("a", "a"))(len), "must be distinct", "('a', 'a')"),
        (
            lambda: node("y", rename={"lft": "a"})(add.func),
            "rename names 'lft', which is no parameter of it",
            "did you mean 'left'?",
        ),
        (lambda: node("y")(type), "its parameters cannot be read", "wrap it in a function"),
    ],
)
def test_refused(make: Any, message: str, hint: str) -> None:
    with pytest.raises(GraphError, match=re.escape(message)) as caught:
        make()
    assert hint in str(caught.value)
    assert "\nHint: " in str(caught.value)


# Being a value


@pytest.mark.parametrize("name", ["func", "name", "output_name", "__doc__", "new"])
def test_immutable(name: str) -> None:
    with pytest.raises(AttributeError, match=f"node 'add' is immutable: cannot set '{name}'"):
        setattr(add, name, None)
    with pytest.raises(AttributeError, match="immutable"):
        delattr(add, name)
    assert add(1, 2) == 3


def test_copies_are_the_node_itself() -> None:
    assert copy.copy(add) is add
    assert copy.deepcopy(add) is add
    assert copy.deepcopy({"nodes": [add]})["nodes"][0] is add
