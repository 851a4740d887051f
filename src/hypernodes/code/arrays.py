"""Arrays and tables of the libraries that everybody has, by content."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypernodes.code.values import Encoder


def encode(value: Any, encoder: Encoder) -> bytes | None:
    """The content of an array or table; None for what is none."""
    for library, read in _READERS.items():
        module = sys.modules.get(library)
        if module is not None:
            found: bytes | None = read(value, encoder, module)
            if found is not None:
                return found
    return None


def _numpy(value: Any, encoder: Encoder, np: Any) -> bytes | None:
    from hypernodes.code.values import big_digest, digest

    if isinstance(value, np.ma.MaskedArray):
        return encoder.encode((np.asarray(value.data), np.asarray(value.mask), value.fill_value))
    if isinstance(value, np.ndarray):
        plain = value.view(np.ndarray) if type(value) is not np.ndarray else value
        head = encoder.encode((plain.dtype.str, plain.shape))
        if plain.dtype.hasobject:
            return digest(head, encoder.encode(plain.ravel().tolist()))
        if plain.dtype.names:  # between the fields there may be bytes of no meaning
            fields = [
                encoder.encode((n, np.ascontiguousarray(plain[n]))) for n in plain.dtype.names
            ]
            return digest(head, *fields)
        return digest(head, big_digest(np.ascontiguousarray(plain).reshape(-1).view(np.uint8)))
    if isinstance(value, np.dtype):
        return encoder.encode(repr(value))
    if isinstance(value, np.generic):
        return digest(
            encoder.encode(value.dtype.str), _numpy(np.asarray(value), encoder, np) or b""
        )
    return None


def _pandas(value: Any, encoder: Encoder, pd: Any) -> bytes | None:
    if isinstance(value, pd.DataFrame):
        columns = [value.iloc[:, i] for i in range(value.shape[1])]
        return encoder.encode(
            (value.columns, value.index, [_column(c, pd) for c in columns], value.attrs)
        )
    if isinstance(value, pd.MultiIndex):
        return encoder.encode(
            (
                list(value.names),
                [_column(value.get_level_values(i), pd) for i in range(value.nlevels)],
            )
        )
    if isinstance(value, pd.Series | pd.Index):
        index = value.index if isinstance(value, pd.Series) else None
        return encoder.encode((value.name, index, _column(value, pd)))
    if value is pd.NA or value is pd.NaT:
        return b"missing"
    if isinstance(value, pd.Timestamp | pd.Timedelta):
        return encoder.encode((value.value, value.unit, str(getattr(value, "tz", None))))
    if isinstance(value, pd.Categorical):
        return encoder.encode((value.codes, value.categories, value.ordered))
    return None


def _column(column: Any, pd: Any) -> tuple[Any, ...]:
    import numpy as np

    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return ("categories", pd.Categorical(column))
    if isinstance(kind, np.dtype):
        return (str(kind), column.to_numpy())
    return (str(kind), list(column))


def _arrow(value: Any, encoder: Encoder, pa: Any) -> bytes | None:
    from hypernodes.code.values import big_digest, digest

    if isinstance(value, pa.ChunkedArray | pa.Array):
        value = pa.table({"": value})
    elif isinstance(value, pa.RecordBatch):
        value = pa.Table.from_batches([value])
    elif isinstance(value, pa.Schema | pa.DataType | pa.Field):
        return encoder.encode(str(value))
    elif isinstance(value, pa.Scalar):
        return encoder.encode((str(value.type), value.as_py()))
    if not isinstance(value, pa.Table):
        return None
    sink = pa.BufferOutputStream()
    whole = value.combine_chunks().take(list(range(value.num_rows))) if value.num_rows else value
    with pa.ipc.new_stream(sink, whole.schema) as writer:
        writer.write_table(whole)
    return digest(big_digest(sink.getvalue()))


def _polars(value: Any, _: Encoder, pl: Any) -> bytes | None:
    from hypernodes.code.values import big_digest, digest

    if isinstance(value, pl.Series):
        value = value.to_frame()
    if not isinstance(value, pl.DataFrame):
        return None
    return digest(big_digest(value.rechunk().write_ipc(None).getvalue()))


_READERS: dict[str, Any] = {
    "numpy": _numpy,
    "pandas": _pandas,
    "pyarrow": _arrow,
    "polars": _polars,
}
