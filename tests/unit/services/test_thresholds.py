"""The threshold of a tag follows decisions, and never the wrong way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audobon.services.pipelines.thresholds import TARGET, default_for, interval, threshold_for

DECISIONS = st.lists(st.tuples(st.sampled_from([n / 20 for n in range(21)]), st.booleans()))
SCORES = st.sampled_from([n / 20 for n in range(21)])
DEFAULT = 0.3


def test_wilsons_bounds_are_those_of_his_formula() -> None:
    # By hand: z = 1.2816, 8 of 10.
    low, high = interval(8, 10)
    assert (low, high) == pytest.approx((0.6013, 0.9140), abs=5e-4)
    assert interval(0, 0) == (0.0, 1.0)
    assert interval(7, 7)[0] >= TARGET > interval(6, 6)[0]


def test_without_decisions_it_is_the_default() -> None:
    assert threshold_for([], default_for("efficientnet-lite0")) == 0.3
    assert threshold_for([], default_for("my-own")) == 0.5


def test_accepted_low_scores_lower_it_and_rejected_ones_raise_it() -> None:
    assert threshold_for([(0.1, True)] * 6, DEFAULT) == DEFAULT
    assert threshold_for([(0.1, True)] * 7, DEFAULT) == 0.1
    assert threshold_for([(0.1, True)] * 7 + [(0.05, False)] * 9, DEFAULT) == 0.1
    assert threshold_for([(0.4, False)] * 2, DEFAULT) == DEFAULT
    raised = threshold_for([(0.4, False)] * 3, DEFAULT)
    assert 0.4 < raised < 0.4001
    mixed = [(0.35, False)] * 5 + [(0.45, True)] * 4 + [(0.5, False)]
    assert threshold_for(mixed, DEFAULT) == 0.45
    assert threshold_for([(1.0, False)] * 3, DEFAULT) > 1


@given(decisions=DECISIONS, score=SCORES)
def test_an_acceptance_never_raises_it_and_a_rejection_never_lowers_it(
    decisions: list[tuple[float, bool]], score: float
) -> None:
    before = threshold_for(decisions, DEFAULT)
    assert threshold_for([*decisions, (score, True)], DEFAULT) <= before
    assert threshold_for([*decisions, (score, False)], DEFAULT) >= before


@given(decisions=DECISIONS, data=st.data())
def test_it_keeps_its_promise(decisions: list[tuple[float, bool]], data: st.DataObject) -> None:
    limit = threshold_for(decisions, DEFAULT)
    assert threshold_for(data.draw(st.permutations(decisions)), DEFAULT) == limit
    shown = [kept for score, kept in decisions if score >= limit]
    if limit < DEFAULT:
        assert interval(sum(shown), len(shown))[0] >= TARGET
    if shown.count(False) >= 3:
        assert interval(sum(shown), len(shown))[1] >= TARGET
