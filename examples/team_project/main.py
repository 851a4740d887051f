"""A script and its local package, on worker processes that have neither.

python examples/team_project/main.py
"""

from textkit.clean import words
from textkit.model import Summary

from hypernodes import ParallelEngine, Pipeline, node


@node(output_name="summary")
def summarise(title: str) -> Summary:
    return Summary(title, len(words(title)))


def main() -> None:
    pipeline = Pipeline([summarise], name="summaries")
    print(pipeline.explain_shipping())
    print(pipeline.preflight({"title": "The origin of species"}))
    titles = ["The origin of species", "A room of the world"]
    with ParallelEngine("processes", workers=2) as engine:
        rows = pipeline.map({"title": titles}, map_over="title", engine=engine)
    for summary in rows["summary"]:
        print(summary, isinstance(summary, Summary))


# No `if __name__ == "__main__"` is needed for worker processes: they never import this script.
main()
