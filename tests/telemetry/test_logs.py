"""Log records know the node and the item."""

from __future__ import annotations

import logging

import pytest

from hypernodes import ParallelEngine, Pipeline, SeqEngine, node
from hypernodes.telemetry import LogContext

log = logging.getLogger("hypernodes.tests.logs")


@node(output_name="y")
def double(x: int) -> int:
    log.warning("doubling %d", x)
    return 2 * x


@node(output_name="z")
async def later(y: int) -> int:
    log.warning("later %d", y)
    return y


@pytest.mark.parametrize(
    "engine_of", [SeqEngine, lambda callbacks: ParallelEngine("threads", callbacks=callbacks)]
)
def test_records_in_nodes(engine_of) -> None:
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[assignment,method-assign]
    handler.addFilter(LogContext())
    log.addHandler(handler)
    try:
        log.warning("outside")
        inner = Pipeline([double, later], name="inner").as_node()
        engine = engine_of(callbacks=[lambda event: None])
        Pipeline([inner], name="outer").map({"x": [5, 6]}, "x", engine=engine)
        log.warning("outside")
    finally:
        log.removeHandler(handler)
    told = [(r.getMessage(), r.node, r.item, r.pipeline) for r in records]  # type: ignore[attr-defined]
    assert told[0] == told[-1] == ("outside", "", "", "")
    assert sorted(told[1:-1]) == [
        ("doubling 5", "double", 0, "outer > inner"),
        ("doubling 6", "double", 1, "outer > inner"),
        ("later 10", "later", 0, "outer > inner"),
        ("later 12", "later", 1, "outer > inner"),
    ]
