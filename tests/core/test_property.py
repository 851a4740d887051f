"""Whatever pipeline is drawn, SeqEngine gives what a naive interpreter gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import Pipe, Scope, Uneven, pipes, rows_of, values

from hypernodes import InputError

INPUTS = {"a": 0, "b": 1, "c": 2}
OPTIONAL = ["optional0", "optional1"]
drawn = settings(max_examples=150, suppress_health_check=list(HealthCheck))


def outcome(work: Callable[[], Any]) -> Any:
    """What comes out; where zip cannot pair, both sides say so in their own way."""
    try:
        return work()
    except (Uneven, InputError) as error:
        if isinstance(error, InputError) and "equal lengths" not in str(error):
            raise
        return "uneven"


def inputs_of(data: st.DataObject, pipe: Pipe) -> dict[str, Any]:
    given_ = {name: data.draw(values(INPUTS[name])) for name in sorted(pipe.inputs & set(INPUTS))}
    for name in OPTIONAL:
        if name in pipe.inputs and data.draw(st.booleans()):
            given_[name] = data.draw(values(0))
    return given_


def right(pipe: Pipe, inputs: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: Scope(pipe, inputs).get(name) for name in names}


@given(st.data())
@drawn
def test_run(data: st.DataObject) -> None:
    pipe, made = data.draw(pipes(INPUTS))
    pipeline = pipe.build()
    inputs = inputs_of(data, pipe)
    assert set(pipeline.outputs) == set(made)
    assert set(pipeline.inputs) == pipe.inputs
    expected = outcome(lambda: right(pipe, inputs, list(pipeline.outputs)))
    assert outcome(lambda: pipeline.run(inputs)) == expected
    chosen = data.draw(st.lists(st.sampled_from(sorted(made)), unique=True))
    expected = outcome(lambda: list(right(pipe, inputs, chosen).items()))
    assert outcome(lambda: list(pipeline.run(inputs, chosen).items())) == expected


@given(st.data())
@drawn
def test_bound_inputs_and_given_outputs(data: st.DataObject) -> None:
    pipe, made = data.draw(pipes(INPUTS))
    inputs = inputs_of(data, pipe)
    single = {each.outputs[0] for each in pipe.nodes if len(each.outputs) == 1}
    replaced = {name: data.draw(values(made[name])) for name in sorted(single)[:1]}
    bound = {name: value for name, value in inputs.items() if data.draw(st.booleans())}
    rest = {name: value for name, value in inputs.items() if name not in bound} | replaced
    pipeline = pipe.build().bind(**bound)
    expected = outcome(lambda: right(pipe, {**bound, **rest}, list(pipeline.outputs)))
    assert outcome(lambda: pipeline.run(rest)) == expected


@given(st.data())
@drawn
def test_map(data: st.DataObject) -> None:
    pipe, _ = data.draw(pipes(INPUTS))
    pipeline = pipe.build()
    inputs = inputs_of(data, pipe)
    if not inputs:
        return
    names = data.draw(
        st.lists(st.sampled_from(sorted(inputs)), min_size=1, max_size=2, unique=True)
    )
    for name in names:
        depth = INPUTS.get(name, 0)
        inputs[name] = data.draw(values(depth + 1))
    mode: Any = data.draw(st.sampled_from(["zip", "product"]))

    def expected() -> list[dict[str, Any]]:
        rows = rows_of([inputs[name] for name in names], mode)
        items = [{**inputs, **dict(zip(names, row, strict=True))} for row in rows]
        return [right(pipe, item, list(pipeline.outputs)) for item in items]

    result = outcome(lambda: list(pipeline.map(inputs, names, map_mode=mode)))
    assert result == outcome(expected)
