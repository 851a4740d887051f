"""Plain Daft with a function of a module beside the script: what happens in a worker."""

from __future__ import annotations

import sys

import daft
import sibling

if __name__ == "__main__":
    function = sibling.plain_daft
    if sys.argv[1] == "as main":
        function.__module__ = "__main__"
    else:
        assert sys.argv[1] == "as it is"
    udf = daft.func(return_dtype=daft.DataType.int64(), use_process=True)(function)
    frame = daft.from_pydict({"value": [1]})
    print(frame.select(udf(frame["value"])).to_pydict())
