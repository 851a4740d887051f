"""Search the documentation strings of Python's own standard library.

    python examples/docs_search.py [--passages N] [--queries N]

Every docstring with a summary and a body becomes a passage: its name and its body. The
summary is held out, and becomes a query whose one right answer is that passage. The same
pipeline runs in this process, then on Daft in worker processes that cannot import this
script; both must give exactly the same answers.
"""

import argparse
import ast
import contextlib
import importlib.util
import os
import random
import re
import sys
import sysconfig
import tempfile
import time
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from hypernodes import DaftEngine, Pipeline, SeqEngine, node

# --- What the pipeline talks about -------------------------------------------------


class Source(BaseModel):
    module: str
    code: str


class Entry(BaseModel):
    id: str
    summary: str
    body: str


class Passage(BaseModel):
    id: str
    summary: str
    words: list[str]


class Query(BaseModel):
    text: str
    answer: str


class Hit(BaseModel):
    id: str
    score: float


class Place(BaseModel, frozen=True):
    process: int
    main_module: str
    can_import_script: bool


class Metrics(BaseModel):
    recall: float
    mrr: float
    ndcg: float


# --- Parse and clean: one file, one docstring at a time ----------------------------

STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by for from has have if in into is it its no not of on or "
        "that the then there this to was when which will with",
    )
)


def stem(word: str) -> str:
    """Cut the commonest English endings: "returns", "returned", "returning"."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def split_words(text: str) -> list[str]:
    """Words of prose and parts of names: "JSONDecoder.raw_decode" gives four."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", text)
    return [stem(word) for part in parts if (word := part.lower()) not in STOP_WORDS]


def definitions(tree: ast.AST, name: str) -> Iterator[tuple[str, Any]]:
    """The module, class and function definitions below `tree` with their full names."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield f"{name}.{child.name}", child
            yield from definitions(child, f"{name}.{child.name}")
        elif isinstance(child, ast.If | ast.Try | ast.With):
            yield from definitions(child, name)


def split_summary(docstring: str) -> tuple[str, str]:
    """The first sentence of the first paragraph, and all that comes after it."""
    paragraph, _, rest = docstring.partition("\n\n")
    sentence, *more = re.split(r"(?<=[.!?])\s+", paragraph.strip(), maxsplit=1)
    return " ".join(sentence.split()), "\n\n".join([*more, rest])


@node(output_name="entries")
def parse(source: Source) -> list[Entry]:
    tree = ast.parse(source.code)
    entries = []
    for name, definition in [(source.module, tree), *definitions(tree, source.module)]:
        summary, body = split_summary(ast.get_docstring(definition) or "")
        if len(split_words(summary)) >= 3 and len(split_words(body)) >= 5:
            entries.append(Entry(id=name, summary=summary, body=body))
    return entries


@node(output_name="chosen")
def choose(entries_by_file: list[list[Entry]], limit: int) -> list[Entry]:
    # Under an `if`, or as a property with its setter, a name may be defined twice.
    by_id = {entry.id: entry for entries in entries_by_file for entry in entries}
    ids = sorted(by_id)
    if len(ids) > limit:
        ids = sorted(random.Random(0).sample(ids, limit))
    return [by_id[name] for name in ids]


@node(output_name="passage")
def clean(entry: Entry) -> Passage:
    words = split_words(f"{entry.id} {entry.body}")
    return Passage(id=entry.id, summary=entry.summary, words=words)


# --- Encode and index --------------------------------------------------------------


class Encoder:
    """TF-IDF weights, projected at random onto a few hundred dimensions.

    Weights, signs and vectors are whole numbers, and no sum of them outgrows what a
    float holds exactly. So every engine gets the very same scores, in whatever order
    the linear algebra of its process adds them up.
    """

    def __init__(self, dimensions: int, seed: int = 0) -> None:
        self.dimensions = dimensions
        self.seed = seed

    def fit(self, documents: list[list[str]]) -> "Encoder":
        frequency = Counter(word for document in documents for word in set(document))
        vocabulary = sorted(frequency)
        self.row = {word: row for row, word in enumerate(vocabulary)}
        self.rarity = np.log(len(documents) / np.array([frequency[word] for word in vocabulary]))
        signs = np.random.default_rng(self.seed).integers(0, 2, (len(vocabulary), self.dimensions))
        self.signs = (2 * signs - 1).astype(np.int8)
        return self

    def encode(self, words: list[str]) -> NDArray[np.float32]:
        counts = Counter(row for word in words if (row := self.row.get(word)) is not None)
        rows = np.array(list(counts), dtype=int)
        repeats = np.array(list(counts.values()), dtype=float)
        weights = np.rint(1000 * (1 + np.log(repeats)) * self.rarity[rows])
        vector = weights @ self.signs[rows].astype(float)
        length = max(float(np.linalg.norm(vector)), 1.0)
        return np.asarray(np.rint(2000 * vector / length), dtype=np.float32)


class Index:
    """Passages by the direction of their vectors."""

    def __init__(self, ids: list[str], vectors: list[NDArray[np.float32]]) -> None:
        self.ids = ids
        self.matrix = np.stack(vectors)

    def search(self, vector: NDArray[np.float32], k: int) -> list[Hit]:
        scores = self.matrix @ vector
        best = np.argsort(-scores, kind="stable")[:k]
        return [Hit(id=self.ids[i], score=float(scores[i]) / 2000**2) for i in best]


@node(output_name="encoder")
def fit(passages: list[Passage], dimensions: int) -> Encoder:
    return Encoder(dimensions).fit([passage.words for passage in passages])


@node(output_name="vector")
def encode(passage: Passage, encoder: Encoder) -> NDArray[np.float32]:
    return encoder.encode(passage.words)


@node(output_name="index")
def build_index(passages: list[Passage], vectors: list[NDArray[np.float32]]) -> Index:
    return Index([passage.id for passage in passages], vectors)


# --- Ask: one query at a time ------------------------------------------------------


@node(output_name="queries")
def sample_queries(passages: list[Passage], sample: int) -> list[Query]:
    often = Counter(passage.summary for passage in passages)
    candidates = [
        Query(text=passage.summary, answer=passage.id)
        for passage in passages
        if often[passage.summary] == 1
    ]
    return random.Random(0).sample(candidates, min(sample, len(candidates)))


@node(output_name="query_vector")
def encode_query(query: Query, encoder: Encoder) -> NDArray[np.float32]:
    return encoder.encode(split_words(query.text))


@node(output_name="hits")
def retrieve(query_vector: NDArray[np.float32], index: Index, k: int) -> list[Hit]:
    return index.search(query_vector, k)


@node(output_name="place")
def locate(script: str) -> Place:
    """Which process answers, and is our script known there?"""
    main = getattr(sys.modules["__main__"], "__file__", None) or "none"
    known = importlib.util.find_spec(script) is not None
    return Place(process=os.getpid(), main_module=Path(main).name, can_import_script=known)


# Two rankings to compare with: they give `hits` too, so they fit where `retrieve` does.


@node(output_name="hits")
def retrieve_by_overlap(query: Query, passages: list[Passage], k: int) -> list[Hit]:
    wanted = set(split_words(query.text))
    shared = [len(wanted.intersection(passage.words)) for passage in passages]
    best = sorted(range(len(passages)), key=lambda i: -shared[i])[:k]
    return [Hit(id=passages[i].id, score=shared[i]) for i in best]


@node(output_name="hits")
def retrieve_at_random(query: Query, passages: list[Passage], k: int) -> list[Hit]:
    chosen = random.Random(query.text).sample(passages, min(k, len(passages)))
    return [Hit(id=passage.id, score=0.0) for passage in chosen]


# --- Evaluate ----------------------------------------------------------------------


@node(output_name="metrics")
def evaluate(queries: list[Query], rankings: list[list[Hit]]) -> Metrics:
    ranks = []
    for query, hits in zip(queries, rankings, strict=True):
        ids = [hit.id for hit in hits]
        ranks.append(ids.index(query.answer) + 1 if query.answer in ids else None)
    found = [rank for rank in ranks if rank is not None]
    return Metrics(
        recall=len(found) / len(ranks),
        mrr=sum(1 / rank for rank in found) / len(ranks),
        ndcg=sum(1 / float(np.log2(rank + 1)) for rank in found) / len(ranks),
    )


# --- The pipelines: small ones for one item, mapped inside larger ones -------------

ingest = Pipeline(
    [
        Pipeline([parse], name="parse").as_node(
            map_over="sources",
            input_mapping={"sources": "source"},
            output_mapping={"entries": "entries_by_file"},
        ),
        choose,
        Pipeline([clean], name="clean").as_node(
            map_over="chosen",
            input_mapping={"chosen": "entry"},
            output_mapping={"passage": "passages"},
        ),
    ],
    name="ingest",
)

indexing = Pipeline(
    [
        fit,
        Pipeline([encode], name="encode").as_node(
            map_over="passages",
            input_mapping={"passages": "passage"},
            output_mapping={"vector": "vectors"},
        ),
        build_index,
    ],
    name="indexing",
)


def asking(*ranker: Any) -> Pipeline:
    """Nodes that turn one `query` into its `hits`, mapped over all queries and marked."""
    ask = Pipeline([*ranker, locate], name="ask").as_node(
        map_over="queries",
        input_mapping={"queries": "query"},
        output_mapping={"hits": "rankings", "place": "places"},
    )
    return Pipeline([ask, evaluate], name="asking")


search = Pipeline(
    [
        ingest.as_node(),
        indexing.as_node(),
        sample_queries,
        asking(encode_query, retrieve).as_node(),
    ],
    name="docs_search",
)


# --- The command -------------------------------------------------------------------

LEFT_OUT = {"idlelib", "lib2to3", "pydoc_data", "site-packages", "test", "tests", "turtledemo"}
SCRIPT = Path(__file__).stem
COMPARED = ("passages", "queries", "rankings", "metrics")


def read_standard_library() -> list[Source]:
    root = Path(sysconfig.get_path("stdlib"))
    sources = []
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if LEFT_OUT.isdisjoint(parts):
            module = ".".join(parts).removesuffix(".__init__")
            with tokenize.open(path) as file:
                sources.append(Source(module=module, code=file.read()))
    return sources


def print_row(name: str, metrics: Metrics, *cells: str) -> None:
    passages, queries, seconds = cells or ("", "", "")
    print(
        f"{name:<28}{passages:>9}{queries:>9}{metrics.recall:>11.3f}"
        f"{metrics.mrr:>9.3f}{metrics.ndcg:>9.3f}{seconds:>9}"
    )


def print_answers(queries: list[Query], rankings: list[list[Hit]]) -> None:
    for query, hits in zip(queries[:3], rankings, strict=False):
        print(f'\n"{query.text}"')
        for place, hit in enumerate(hits[:4], start=1):
            mark = "   <- taken from here" if hit.id == query.answer else ""
            print(f"  {place}. {hit.score:.2f}  {hit.id}{mark}")


def print_places(engine: str, places: list[Place]) -> None:
    for place, answered in Counter(places).items():
        can = "can" if place.can_import_script else "cannot"
        print(
            f"{engine} answered {answered:,} queries in process {place.process}, "
            f"whose main module is {place.main_module} and which {can} import {SCRIPT}."
        )


def run_on(name: str, engine: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    """Run the search and print its row of the table."""
    start = time.perf_counter()
    result = search.run(inputs, output_name=[*COMPARED, "places"], engine=engine)
    seconds = f"{time.perf_counter() - start:.1f}"
    counts = f"{len(result['passages']):,}", f"{len(result['queries']):,}"
    print_row(name, result["metrics"], *counts, seconds)
    return result


def compare_engines(inputs: dict[str, Any]) -> str | None:
    """Print the table, some answers and the checks; return what went wrong, if anything."""
    print(f"{'engine':<28} passages  queries  recall@10   MRR@10  nDCG@10  seconds")
    here = run_on("SeqEngine", SeqEngine(), inputs)
    there = run_on("DaftEngine(processes=True)", DaftEngine(processes=True), inputs)

    given = {"queries": here["queries"], "passages": here["passages"], "k": inputs["k"]}
    for name, ranker in (("word overlap", retrieve_by_overlap), ("chance", retrieve_at_random)):
        baseline = asking(ranker).run(given, output_name="metrics")
        print_row(f"baseline: {name}", baseline["metrics"])
    print_answers(here["queries"], here["rankings"])

    print()
    print_places("SeqEngine", here["places"])
    print_places("DaftEngine", there["places"])
    if any(here[name] != there[name] for name in COMPARED):
        return "The engines gave different answers."
    print(f"Both gave the same {', '.join(COMPARED)}.")
    if not set(here["places"]).isdisjoint(there["places"]):
        return "DaftEngine ran in this very process."
    if any(place.can_import_script for place in there["places"]):
        return f"The workers could import {SCRIPT}: take its folder off PYTHONPATH."
    return None


def main() -> str | None:
    arguments = argparse.ArgumentParser(description="Search Python's own documentation.")
    arguments.add_argument("--passages", type=int, default=10_000, help="at most so many")
    arguments.add_argument("--queries", type=int, default=1_000, help="at most so many")
    options = arguments.parse_args()
    sources = read_standard_library()
    print(f"Python {sys.version.split()[0]}: {len(sources)} files of the standard library\n")
    inputs = {
        "sources": sources,
        "limit": options.passages,
        "sample": options.queries,
        "dimensions": 512,
        "k": 10,
        "script": SCRIPT,
    }
    # Worker processes start in the current folder: in an empty one they find no script.
    with tempfile.TemporaryDirectory() as empty, contextlib.chdir(empty):
        return compare_engines(inputs)


if __name__ == "__main__":
    sys.exit(main())
