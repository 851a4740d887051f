"""Ten pipelines as people write them, and random ones; what the pictures are tested on."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from hypernodes import Pipeline, node


class Passage:
    pass


class Encoder:
    def __init__(self, size: int) -> None:
        self.size = size

    def __repr__(self) -> str:
        return f"Encoder({self.size})"


class Hostile:
    def __repr__(self) -> str:
        return "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


class Failing:
    def __repr__(self) -> str:
        raise RuntimeError("no repr today")


@node("passage")
def clean(raw: Passage) -> Passage:
    """Take the spaces out."""
    return raw


@node("vector")
def embed(passage: Passage, encoder: Encoder, batch_size: int = 32) -> list[float]:
    return []


@node(("tokens", "count"))
def tokenise(passage: Passage, vocab: dict[str, int]) -> tuple[list[str], int]:
    return [], 0


@node("passages")
def load(path: str, limit: int | None = None) -> list[Passage]:
    return []


@node("index")
def build(vectors: list[list[float]], counts: list[int], metric: str = "cosine") -> object:
    return None


@node("query_vector")
async def embed_query(query: str, encoder: Encoder) -> list[float]:
    return []


@node("hits", cache=False)
def search(index: object, query_vector: list[float], top_k: int = 5) -> list[tuple[str, float]]:
    return []


@node("answer")
def answer(hits: list[tuple[str, float]], query: str, llm: str) -> str:
    return ""


@node("score")
def score(answers: list[str], truth) -> float:
    return 0.0


def single() -> Pipeline:
    return Pipeline([clean], name="single")


def encode() -> Pipeline:
    pipeline = Pipeline([clean, embed, tokenise], name="encode_passage")
    return pipeline.bind(encoder=Encoder(384))


def rag() -> Pipeline:
    each = encode().as_node(
        input_mapping={"passages": "raw"},
        output_mapping={"vector": "vectors", "count": "counts"},
        map_over="passages",
    )
    nodes: list[Any] = [load, each, build, embed_query, search, answer]
    return Pipeline(nodes, name="rag").bind(llm="gpt", vocab={"a": 1})


def evaluation() -> Pipeline:
    each = rag().as_node(map_over="query", output_mapping={"answer": "answers"})
    return Pipeline([each, score], name="evaluation")


def grid() -> Pipeline:
    def fit(rate: float, depth: int, data: list[float]) -> float:
        return rate

    def best(losses: list[float]) -> float:
        return min(losses)

    fits = Pipeline([node("loss")(fit)], name="fit").as_node(
        input_mapping={"rates": "rate", "depths": "depth"},
        output_mapping={"loss": "losses"},
        map_over=("rates", "depths"),
        map_mode="product",
    )
    return Pipeline([fits, node("best")(best)], name="grid search")


def diamond() -> Pipeline:
    def left(x: int) -> int:
        return x

    def right(x: int) -> int:
        return x

    def join(left: int, right: int) -> int:
        return left + right

    return Pipeline([node(left), node(right), node(join)], name="diamond")


def fan() -> Pipeline:
    """One value with many readers near and far, and one reader of many values."""

    def step(name: str, *reads: str) -> Any:
        return _node(name, reads)

    steps = [step("a", "x"), step("b", "a"), step("c", "b"), step("d", "c")]
    return Pipeline([*steps, step("last", "a", "b", "c", "d", "x")], name="fan")


def long_names() -> Pipeline:
    def a_function_with_a_name_that_goes_on_and_on_for_a_very_long_while(
        configuration: dict[str, list[tuple[str, dict[int, list[float]], set[bytes]]]],
        说明: str = "默认值",  # noqa: N803, PLC2401 - any name that Python takes
    ) -> dict[str, dict[str, dict[str, dict[str, list[tuple[int, float, bytes]]]]]]:
        return {}

    return Pipeline(
        [node("ergebnis_über_alles_ÄÖÜ")(
            a_function_with_a_name_that_goes_on_and_on_for_a_very_long_while
        )],
        name="𝒍ong ﬁ",  # noqa: RUF001 - odd letters are the case
    )  # fmt: skip


def hostile() -> Pipeline:
    def f(x, y="<b>&'\"</b>", z=None):
        """</script><script>alert(3)</script>"""

    nasty = '"><script>alert(4)</script>'
    first = node(nasty, name="<img src=x onerror=alert(5)>")(f)
    second = node("]]>&amp;{{data}}", name='end"]; click n0 "javascript:alert(6)"')(f)
    inner = Pipeline([node("\x00\x1b[31m")(f)], name="</title>--><svg onload=1>")
    nested = inner.as_node(map_over="x", name="${alert(7)} `x` {{svg}}")
    return Pipeline([first, second, nested], name="</title><script>alert(8)</script>").bind(
        x=Hostile(), z=Failing()
    )


def deep() -> Pipeline:
    """Pipelines inside pipelines, five levels."""
    inner = Pipeline([clean], name="level 0")
    for level in range(1, 6):
        inner = Pipeline([inner.as_node()], name=f"level {level}")
    return inner


SAMPLES: dict[str, Callable[[], Pipeline]] = {
    made.__name__: made
    for made in (
        single,
        encode,
        rag,
        evaluation,
        grid,
        diamond,
        fan,
        long_names,
        hostile,
        deep,
    )
}


def _node(name: str, reads: tuple[str, ...] | list[str]) -> Any:
    source = f"lambda {', '.join(reads)}: None"
    return node(name, name=f"make_{name}")(eval(source))


def random_pipeline(seed: int, count: int = 24, reach: int = 8) -> Pipeline:
    """Nodes that read up to four values made shortly before, and inputs; some nested."""
    draw = random.Random(seed)
    nodes: list[Any] = []
    made: list[str] = []
    for i in range(count):
        near = made[-reach:]
        reads = sorted(draw.sample(near, min(len(near), draw.randint(0, 4))))
        if not reads or draw.random() < 0.2:
            reads.append(f"in{draw.randrange(5)}")
        name = f"v{i}" + "x" * draw.choice((0, 0, 0, 25))
        each = _node(name, reads)
        if draw.random() < 0.12:
            tail = _node(f"{name}_end", [name])
            inner = Pipeline([each, tail], name=f"part {i}")
            over = reads[0] if draw.random() < 0.5 else None
            nodes.append(inner.as_node(map_over=over))
            made += [name, f"{name}_end"]
        else:
            nodes.append(each)
            made.append(name)
    pipeline = Pipeline(nodes, name=f"random {seed}")
    return pipeline.bind(in0=1) if "in0" in pipeline.inputs else pipeline


def chain(count: int) -> Pipeline:
    return Pipeline([_node(f"v{i}", [f"v{i - 1}" if i else "x"]) for i in range(count)])
