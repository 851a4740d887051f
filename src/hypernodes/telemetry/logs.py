"""Logs that tell where they come from: node and item on every record."""

from __future__ import annotations

import logging

from hypernodes.calls import calling


class LogContext(logging.Filter):
    """Adds `node`, `item` and `pipeline` to log records, empty outside of nodes.

    Known where somebody listens to the run, or a cache answers for it. Put it on a
    handler, and use the names in its format.

    >>> import logging, sys
    >>> handler = logging.StreamHandler(sys.stdout)
    >>> handler.addFilter(LogContext())
    >>> handler.setFormatter(logging.Formatter("[%(node)s %(item)s] %(message)s"))
    >>> log = logging.getLogger("example of log context")
    >>> log.addHandler(handler)
    >>> from hypernodes import Pipeline, SeqEngine, node
    >>> @node(output_name="y")
    ... def double(x: int) -> int:
    ...     log.warning("doubling")
    ...     return 2 * x
    >>> engine = SeqEngine(callbacks=[lambda event: None])
    >>> Pipeline([double], engine=engine).map({"x": [1, 2]}, map_over="x")["y"]
    [double 0] doubling
    [double 1] doubling
    [2, 4]
    """

    def filter(self, record: logging.LogRecord) -> bool:
        call = calling.get()
        record.node = "" if call is None else call.site.node.name
        item = None if call is None else call.scope.index
        record.item = "" if item is None else item
        record.pipeline = "" if call is None else " > ".join(call.scope.path)
        return True
