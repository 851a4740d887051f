"""`progress=True` shows what a listener on the engine would."""

from hypernodes import Pipeline, node


def test_run_and_map_show_progress(capfd):
    @node(output_name="doubled")
    def double(x):
        return 2 * x

    pipeline = Pipeline([double], name="numbers")
    assert pipeline.run({"x": 2}, progress=True) == {"doubled": 4}
    told = capfd.readouterr()
    assert "numbers" in told.out + told.err
    assert pipeline.map({"x": [1, 2, 3]}, map_over="x", progress=True)["doubled"] == [2, 4, 6]
    told = capfd.readouterr()
    assert "numbers" in told.out + told.err and "3/3" in told.out + told.err
    pipeline.map({"x": [1, 2, 3]}, map_over="x")
    told = capfd.readouterr()
    assert told.out + told.err == ""
