"""Several rankings become one: each counts, whatever its kind and wherever it stands."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from audobon.services.finding.hybrid import Ranking, fuse

_KEYS = st.integers(1, 12)
RANKINGS = st.builds(
    lambda kind, keys: Ranking(kind, dict.fromkeys(keys, (kind,))),
    st.sampled_from(("like", "meaning", "said", "some")),
    st.lists(_KEYS, unique=True, max_size=12),
)


@settings(deadline=None)
@given(st.lists(RANKINGS, max_size=5), st.sets(_KEYS), st.randoms(use_true_random=False))
def test_every_ranking_counts_in_any_order(
    rankings: list[Ranking], among: set[int], random: object
) -> None:
    together = fuse(rankings, among)
    assert set(together) == among
    turned = list(rankings)
    random.shuffle(turned)  # type: ignore[attr-defined]
    assert fuse(turned, among) == together
    alone = [fuse([each], among) for each in rankings]
    for key in among:
        assert abs(together[key] - sum(each[key] for each in alone)) < 1e-12
        for ranking, each in zip(rankings, alone, strict=True):
            assert (each[key] > 0) == (key in ranking.why)


@settings(deadline=None)
@given(st.lists(_KEYS, unique=True, min_size=2, max_size=12))
def test_who_comes_first_in_two_of_one_kind_comes_first(keys: list[int]) -> None:
    first, *others = keys
    one = Ranking("like", dict.fromkeys((first, *others), ("like",)))
    other = Ranking("like", dict.fromkeys((first, *reversed(others)), ("like",)))
    scores = fuse([one, other], keys)
    assert all(scores[first] > scores[each] for each in others)
    assert scores[first] == 2 * fuse([one], keys)[first]
