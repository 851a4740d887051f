"""Each case of the corpus, as a script and as an imported module, with a worker elsewhere."""

import pytest

from corpus_cases import CASES, run_case


@pytest.mark.parametrize("how", ["main", "module"])
@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_case(case, how):
    failure = run_case(case, how)
    assert not failure, failure


def test_the_corpus_is_large():
    assert len(CASES) >= 60
