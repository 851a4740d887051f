"""@stateful at home: built on first use, once, from its arguments."""

from __future__ import annotations

import abc
import copy
import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Self, TypeVar

import pytest

from hypernodes import Pipeline, node, stateful

T = TypeVar("T")
built: list[Any] = []


@pytest.fixture(autouse=True)
def _nothing_built() -> None:
    built.clear()


@stateful
class Model:
    """A model."""

    kind = "model"

    def __init__(self, size: int, *, name: str = "m") -> None:
        built.append((size, name))
        self.size = size
        self.name = name

    def encode(self, text: str) -> int:
        return len(text) * self.size

    def me(self) -> Model:
        return self

    @property
    def double(self) -> int:
        return 2 * self.size

    @classmethod
    def small(cls) -> Model:
        return cls(1)


def test_built_on_first_use_and_once() -> None:
    model = Model(3, name="x")
    assert built == []
    assert model.size == 3
    assert built == [(3, "x")]
    assert (model.encode("ab"), model.double, model.name, model.kind) == (6, 6, "x", "model")
    assert built == [(3, "x")]


def test_making_and_passing_it_builds_nothing() -> None:
    model = Model(3)
    assert isinstance(model, Model)
    assert repr(model) == "<stateful Model(3)>"
    assert copy.copy(model) is model
    assert copy.deepcopy({"m": model})["m"] is model
    assert bool(model)
    assert model == model  # noqa: PLR0124 - the operator is what is tested
    assert len({model, Model(3)}) == 2
    passed = Pipeline([node("same")(lambda model: model)])  # type: ignore[misc]
    assert passed.bind(model=model).run()["same"] is model
    assert built == []


def test_in_a_map_it_is_built_once() -> None:
    @node("code")
    def encode(text: str, model: Model) -> int:
        return model.encode(text)

    result = Pipeline([encode]).map({"text": ["a", "bb"], "model": Model(2)}, map_over="text")
    assert result["code"] == [2, 4]
    assert built == [(2, "m")]


def test_threads_build_it_once() -> None:
    @stateful
    class Slow:
        def __init__(self) -> None:
            built.append("slow")
            threading.Event().wait(0.05)
            self.done = True

    slow = Slow()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: slow.done, range(8))) == [True] * 8
    assert built == ["slow"]


def test_setting_raises_and_says_why() -> None:
    model = Model(3)
    with pytest.raises(AttributeError, match="cannot set 'size' on a stateful Model") as caught:
        model.size = 4
    assert "pass it there" in str(caught.value)
    assert model.size == 3
    with pytest.raises(AttributeError):
        del model.size
    assert model.size == 3


def test_it_may_change_itself() -> None:
    @stateful
    class Counter:
        def __init__(self) -> None:
            self.count = 0

        def add(self) -> int:
            self.count += 1
            return self.count

    counter = Counter()
    assert [counter.add(), counter.add(), counter.count] == [1, 2, 2]


def test_what_is_not_there() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        Model(1).nothing  # type: ignore[attr-defined]  # noqa: B018
    assert not hasattr(Model(1), "nothing")


def test_a_failing_constructor_raises_on_use_and_is_tried_again() -> None:
    fails = [True]

    @stateful
    class Shaky:
        def __init__(self) -> None:
            if fails.pop():
                raise OSError("not yet")
            self.ok = True

    shaky = Shaky()
    with pytest.raises(OSError, match="not yet"):
        shaky.ok  # noqa: B018
    fails.append(False)
    assert shaky.ok


def test_wrong_arguments_are_told_by_the_constructor() -> None:
    model = Model()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="size"):
        model.size  # noqa: B018


def test_class_side() -> None:
    assert Model.kind == "model"
    assert Model.small().size == 1
    assert Model.__doc__ == "A model."
    assert Model(1).__doc__ == "A model."
    assert isinstance(Model, type)
    assert Model.__name__ == "Model"


def test_special_methods() -> None:
    @stateful
    class Box:
        def __init__(self, *items: int) -> None:
            built.append("box")
            self.items = list(items)

        def __len__(self) -> int:
            return len(self.items)

        def __getitem__(self, i: int) -> int:
            return self.items[i]

        def __iter__(self) -> Any:
            return iter(self.items)

        def __contains__(self, item: object) -> bool:
            return item in self.items

        def __add__(self, other: int) -> list[int]:
            return [*self.items, other]

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Box) and list(other) == self.items

        def __hash__(self) -> int:
            return hash(tuple(self.items))

        def __enter__(self) -> int:
            return 7

        def __exit__(self, *args: object) -> None:
            built.append("left")

        def __str__(self) -> str:
            return "a box"

    box = Box(1, 2)
    assert built == []
    assert (len(box), box[1], list(box), 2 in box, box + 3) == (2, 2, [1, 2], True, [1, 2, 3])
    assert box == Box(1, 2)
    assert box != Box(1)
    assert hash(box) == hash(Box(1, 2))
    assert str(box) == "a box"
    assert not Box()
    with box as inside:
        assert inside == 7
    assert built[-1] == "left"
    assert Pipeline([node("y")(lambda x: x)]).map({"x": box}, "x")["y"] == [1, 2]  # type: ignore[misc]


def test_a_callable_one_is_a_node() -> None:
    @stateful
    class Scale:
        def __init__(self, by: int) -> None:
            built.append(by)
            self.by = by

        def __call__(self, x: int, plus: int = 0) -> int:
            return self.by * x + plus

    scale = Scale(3)
    assert callable(scale)
    made = node("y", name="scale")(scale)
    assert built == []
    assert made.reads == ("x", "plus")
    assert Pipeline([made]).map({"x": [1, 2]}, map_over="x")["y"] == [3, 6]
    assert Pipeline([made]).run({"x": 1, "plus": 1}) == {"y": 4}
    assert built == [3]
    method = node("z")(Scale(2).__call__)
    assert Pipeline([method]).run({"x": 1}) == {"z": 2}


def test_an_async_callable_one_is_a_node() -> None:
    @stateful
    class Scale:
        async def __call__(self, x: int) -> int:
            return 3 * x

        async def scale(self, x: int) -> int:
            return 5 * x

    assert Pipeline([node("y", name="scale")(Scale())]).run({"x": 2}) == {"y": 6}
    assert Pipeline([node("y")(Scale().scale)]).run({"x": 2}) == {"y": 10}


def test_subclasses() -> None:
    class Large(Model):
        def __init__(self, extra: int) -> None:
            super().__init__(10 + extra)
            self.extra = extra

        def encode(self, text: str) -> int:
            return super().encode(text) + 1

    large = Large(5)
    assert built == []
    assert isinstance(large, Large)
    assert isinstance(large, Model)
    assert not isinstance(Model(1), Large)
    assert (large.size, large.extra, large.encode("a")) == (15, 5, 16)
    assert built == [(15, "m")]

    @stateful
    class Marked(Large):
        pass

    assert Marked(1).encode("a") == 12


def test_slots() -> None:
    @stateful
    class Slotted:
        __slots__ = ("value",)

        def __init__(self, value: int) -> None:
            built.append(value)
            self.value = value

    slotted = Slotted(3)
    assert built == []
    assert slotted.value == 3
    with pytest.raises(AttributeError):
        slotted.value = 4


@pytest.mark.parametrize("options", [{}, {"frozen": True}, {"slots": True}])
def test_dataclasses(options: dict[str, Any]) -> None:
    @stateful
    @dataclasses.dataclass(**options)
    class Config:
        size: int
        tags: list[str] = dataclasses.field(default_factory=list)

        def __post_init__(self) -> None:
            built.append("config")

    config = Config(3)
    assert built == []
    assert (config.size, config.tags) == (3, [])
    assert config == Config(3)
    assert config != Config(4)
    assert dataclasses.asdict(config) == {"size": 3, "tags": []}


def test_one_holds_another() -> None:
    @stateful
    class Outer:
        def __init__(self, model: Model) -> None:
            built.append("outer")
            self.model = model

        def run(self, text: str) -> int:
            return self.model.encode(text)

    outer = Outer(Model(2))
    assert built == []
    assert outer.run("abc") == 6
    assert built == ["outer", (2, "m")]


def test_generic_and_abstract_classes() -> None:
    class Base(abc.ABC):
        @abc.abstractmethod
        def get(self) -> int: ...

    @stateful
    class Real(Base, Generic[T]):
        def __init__(self, value: T) -> None:
            self.value = value

        def get(self) -> int:
            return 7

    real = Real[int](3)
    assert isinstance(real, Base)
    assert (real.get(), real.value) == (7, 3)


def test_a_class_with_its_own_new() -> None:
    @stateful
    class Own:
        value: int

        def __new__(cls, value: int) -> Self:
            built.append("new")
            made = super().__new__(cls)
            made.value = value
            return made

    own = Own(3)
    assert built == []
    assert own.value == 3
    assert built == ["new"]

    class Child(Own):
        def __init__(self, value: int) -> None:
            self.extra = value + 1

    child = Child(5)
    assert (child.value, child.extra) == (5, 6)


def test_decorator_forms() -> None:
    @stateful()
    class Plain:
        pass

    assert isinstance(Plain(), Plain)
    with pytest.raises(TypeError, match="@stateful marks a class, got builtin_function"):
        stateful(len)  # type: ignore[call-overload]


def test_methods_hand_out_something_that_is_still_stateful() -> None:
    model = Model(3)
    assert isinstance(model.me(), Model)
    assert model.me().size == 3
