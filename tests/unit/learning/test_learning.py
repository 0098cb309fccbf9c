"""What is learnt from examples, and whether the figures about it can be believed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learning_data import Array, content, features, taught

from audobon.errors import Cancelled, Invalid
from audobon.learning.calibration import calibrated
from audobon.learning.examples import Examples, prepare
from audobon.learning.folds import folds_of
from audobon.learning.head import PENALTIES, balanced, heads, loss_of, sigmoid
from audobon.learning.intervals import TWO_SIDED_95, at_least, chance_of, wilson
from audobon.learning.lesson import Lesson, lesson
from audobon.learning.measures import average_precision, best_cut, crossed, figures
from audobon.learning.promise import DOUBT, enough_for, promise

# --- examples ---------------------------------------------------------------


def test_equal_and_near_examples_are_one_group_and_contradictions_are_left_out() -> None:
    rows = features(6, seed=1)
    near = 0.97 * rows[0] + 0.03 * rows[1]
    rows = np.vstack([rows, near / np.linalg.norm(near)])
    names = [content(each) for each in range(7)]
    made = prepare(
        [*names, names[0], names[1]],
        [True, False, True, False, True, False, True, True, True],
        np.vstack([rows, rows[0], rows[1]]),
        [(names[2], names[4]), (names[3], content(99))],
        alike=0.99,
    )
    assert made.repeated == 2
    assert made.torn == (names[1],)
    assert made.contents == (names[0], *names[2:])
    groups = dict(zip(made.contents, made.groups.tolist(), strict=True))
    assert groups[names[0]] == groups[names[6]]  # by their vectors
    assert groups[names[2]] == groups[names[4]]  # by what somebody else knows
    assert len(set(groups.values())) == 4
    shares = dict(zip(made.contents, made.shares.tolist(), strict=True))
    assert shares[names[0]] == shares[names[6]] == 0.5
    assert shares[names[3]] == 1.0
    assert made.count(True) == 2
    assert made.count(False) == 2


def test_what_is_no_example_is_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        prepare([content(1)], [True], [[math.nan, 1.0]])
    with pytest.raises(ValueError, match="equally many"):
        prepare([content(1)], [True, False], [[1.0, 0.0]])
    assert len(prepare([], [], np.zeros((0, 4)))) == 0


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_group_is_torn_by_folds_and_each_has_both_answers(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 5))
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=2 * count, max_size=30))
    answers = [True] * count + [False] * count
    answers += [data.draw(st.booleans()) for _ in sizes[2 * count :]]
    groups = np.repeat(np.arange(len(sizes)), sizes)
    yes = np.repeat(answers, sizes)
    folds = folds_of(groups, yes, count, seed=data.draw(st.integers(0, 9)))
    for group in range(len(sizes)):
        assert len(set(folds[groups == group])) == 1
    for fold in range(count):
        assert yes[folds == fold].any()
        assert not yes[folds == fold].all()


def test_folds_need_enough_groups() -> None:
    with pytest.raises(ValueError, match="too few"):
        folds_of(np.array([0, 0, 1, 2, 3]), np.array([1, 1, 0, 0, 0], bool), 2, seed=0)


# --- the head -----------------------------------------------------------------


def test_a_head_is_where_the_penalised_loss_is_least() -> None:
    made = taught(30, seed=3, noise=0.5)
    weights = balanced(made.yes, made.shares)
    mean = weights @ made.vectors
    for penalty, head in zip(
        (1.0, 0.01), heads(made.vectors, made.yes, made.shares, (1.0, 0.01)), strict=True
    ):
        deviation = np.sqrt(weights @ (made.vectors - mean) ** 2)
        scale = np.maximum(deviation, 0.5 * deviation.mean())
        scale *= np.sqrt((weights @ ((made.vectors - mean) / scale) ** 2).sum())

        def cost(
            unknown: Array, bias: float, scale: Array = scale, penalty: float = penalty
        ) -> float:
            logits = (made.vectors - mean) / scale @ unknown + bias
            return loss_of(logits, made.yes, weights) + penalty / 2 * float(unknown @ unknown)

        own, bias = head.weights * scale, head.bias + float(mean @ head.weights)
        least = cost(own, bias)
        rng = np.random.default_rng(5)
        for _ in range(20):
            step = rng.standard_normal(len(own)) * 1e-3
            assert cost(own + step, bias) > least
            assert cost(own, bias + rng.standard_normal() * 1e-2) > least


def test_a_head_needs_both_answers() -> None:
    with pytest.raises(ValueError, match="both"):
        next(heads(np.eye(3), np.ones(3, bool), np.ones(3)))


def test_more_examples_than_features_and_directions_are_learnt_alike() -> None:
    made = taught(300, seed=6)
    assert made.vectors.shape[1] < len(made)
    *_, head = heads(made.vectors, made.yes, made.shares, (1e-3,))
    assert ((head.logits(made.vectors) > 0) == made.yes).mean() > 0.95


# --- figures ------------------------------------------------------------------


def test_intervals_are_those_of_the_books() -> None:
    low, high = wilson(8, 10, TWO_SIDED_95)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    assert wilson(0, 0, TWO_SIDED_95) == (0.0, 1.0)
    assert chance_of(7, 7, 0.8) == pytest.approx(0.8**7)
    assert chance_of(0, 5, 0.3) == 1.0
    assert chance_of(3, 5, 0.5) == pytest.approx(0.5)
    assert at_least(10, 10, 0.05) == pytest.approx(0.05**0.1)  # Clopper and Pearson's
    assert at_least(8, 10, 0.025) == pytest.approx(0.4439, abs=1e-4)
    assert at_least(0, 10, 0.05) == 0.0
    assert 0.88 < at_least(1_800, 2_000, 0.1) < 0.9  # no number is too large on the way


def test_measures_are_right_on_examples_counted_by_hand() -> None:
    scores, ones = np.array([0.9, 0.8, 0.7, 0.6, 0.5]), np.ones(5)
    yes = np.array([1, 0, 1, 0, 0], bool)
    assert average_precision(scores, yes, ones) == pytest.approx((1 + 2 / 3) / 2)
    assert 0.6 < best_cut(scores, yes, ones) < 0.7
    assert average_precision(np.ones(5), yes, ones) == pytest.approx(0.4)
    told = figures(scores, scores > 0.65, yes, ones, np.arange(5), seed=0)
    assert (told.precision, told.recall) == (pytest.approx(2 / 3), 1.0)
    assert told.f1 == pytest.approx(0.8)
    assert told.f1_within[0] < 0.8 < told.f1_within[1]


def test_copies_count_as_one() -> None:
    scores, yes = np.array([0.9, 0.8, 0.7, 0.2, 0.1]), np.array([1, 0, 1, 0, 1], bool)
    once = figures(scores, scores > 0.5, yes, np.ones(5), np.arange(5), seed=1)
    again = np.array([0, 0, 0, 0, 1, 2, 3, 4])
    shares = np.array([0.25] * 4 + [1.0] * 4)
    many = figures(scores[again], scores[again] > 0.5, yes[again], shares, again, seed=1)
    assert many == once


def test_no_mistake_is_no_certainty() -> None:
    yes = np.arange(40) < 20
    told = figures(np.where(yes, 0.9, 0.1), yes, yes, np.ones(40), np.arange(40), seed=0)
    assert told.f1 == 1.0
    assert 0.85 < told.f1_within[0] < 0.95
    slope, offset = calibrated(np.where(yes, 5.0, -5.0), yes, np.ones(40))
    chance = sigmoid(np.array([5 * slope + offset, -5 * slope + offset]))
    assert chance[0] == pytest.approx(21 / 22, abs=1e-3)
    assert chance[1] == pytest.approx(1 / 22, abs=1e-3)


def test_scores_that_say_the_opposite_are_not_turned_round() -> None:
    yes = np.arange(40) < 20
    assert calibrated(np.where(yes, -2.0, 2.0), yes, np.ones(40)) == (0.0, 0.0)


# --- the promise ------------------------------------------------------------


def test_so_many_have_to_be_right() -> None:
    assert (enough_for(0.8), enough_for(0.9), enough_for(0.5)) == (11, 22, 4)
    yes = np.arange(40) < 20
    scores = np.linspace(1, 0, 40)
    kept = promise(scores, yes, np.arange(40), 0.8)
    assert kept.threshold is not None
    assert kept.least >= 0.8
    assert kept.recall == 1.0
    assert scores[20] < kept.threshold < scores[19]
    refused = promise(scores, yes, np.arange(40), 0.9)
    assert refused.threshold is None
    assert refused.needed == 22
    copies = promise(scores, yes, np.arange(40) // 4, 0.8)
    assert copies.threshold is None  # five pictures, however often
    assert copies.shown == 0 or copies.shown >= 11 or copies.right < copies.shown


@pytest.mark.parametrize(("yes", "target"), [(20, 0.8), (150, 0.8), (150, 0.9)])
def test_promises_are_kept(yes: int, target: float) -> None:
    """Of many lessons, how often is the true precision above the threshold below the target?

    Scores of no are nearly those of yes, so that the target is met only far up or nowhere.
    """
    rng = np.random.default_rng(11)
    broken = made = 0
    for _ in range(200):
        apart = rng.uniform(0.0, 2.0)
        truth = np.arange(2 * yes) < yes
        scores = rng.standard_normal(2 * yes) + apart * truth
        kept = promise(scores, truth, np.arange(2 * yes), target)
        if kept.threshold is None:
            continue
        made += 1
        there, false = (
            0.5 * math.erfc((kept.threshold - middle) / math.sqrt(2)) for middle in (apart, 0.0)
        )
        broken += there / (there + false) < target
    assert made > 20
    assert broken / 200 <= DOUBT


# --- the lesson ---------------------------------------------------------------


def test_a_tag_is_learnt_from_twenty_of_each() -> None:
    told: list[tuple[float, int]] = []
    made = lesson(
        taught(40, seed=8), target=0.8,
        report=lambda done, live: told.append((done, live.get("held_out", 0))),
    )  # fmt: skip
    assert made.refused == ""
    assert made.standing.figures.f1 > 0.8
    assert made.standing.figures.f1_within[0] < made.standing.figures.f1
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == 1.0
    path = made.learnt.path
    assert [each.penalty for each in path] == list(PENALTIES[: len(path)])
    best = min(path, key=lambda each: each.loss)
    assert best.penalty == made.learnt.penalty
    assert best.f1 > 0.8
    assert [held for _, held in told if held][-1] == 40
    again = lesson(taught(40, seed=8), target=0.8)
    assert np.array_equal(again.learnt.head.weights, made.learnt.head.weights)
    assert np.array_equal(again.scores, made.scores)


def test_what_cannot_be_learnt_is_not_taken_into_use() -> None:
    refused = 0
    for seed in range(4):
        examples = taught(40, seed=seed, noise=1e6)
        made = lesson(examples, target=0.8, seed=seed)
        refused += bool(made.refused)
        assert made.promise.threshold is None
    assert refused >= 3


def test_held_out_figures_are_those_of_new_pictures() -> None:
    """The mean held-out F1 of small lessons promises no more than their heads keep."""
    whole = taught(500, seed=21, noise=0.4)
    rng = np.random.default_rng(22)
    held, fresh = [], []
    for number in range(5):
        rows = np.zeros(len(whole), bool)
        rows[rng.choice(len(whole), 60, replace=False)] = True
        made = lesson(whole.only(rows), target=0.8, seed=number)
        held.append(made.standing.figures.f1)
        others = whole.only(~rows)
        logits = made.learnt.head.logits(others.vectors)
        cut = best_cut(made.scores, whole.yes[rows], whole.shares[rows])
        told = figures(
            logits, sigmoid(logits) >= cut,
            others.yes, others.shares, others.groups, seed=0,
        )  # fmt: skip
        fresh.append(told.f1)
    assert np.mean(fresh) - 0.1 < np.mean(held) < np.mean(fresh) + 0.04


def test_copies_on_both_sides_would_make_figures_of_what_is_noise() -> None:
    rows = features(24, seed=31)
    rng = np.random.default_rng(32)
    yes = np.arange(24) % 2 == 0
    copies = np.vstack([rows] * 3) + rng.standard_normal((72, rows.shape[1])) * 0.004
    copies /= np.linalg.norm(copies, axis=1, keepdims=True)
    names = [content(each) for each in range(72)]

    def ranked(alike: float) -> Lesson:
        return lesson(prepare(names, list(np.tile(yes, 3)), copies, alike=alike), target=0.8)

    honest, leaking = ranked(0.98), ranked(2.0)
    assert leaking.refused == ""
    assert leaking.standing.figures.f1 > 0.95
    assert honest.refused != ""
    assert honest.standing.figures.f1 < 0.8


def _previous(examples: Examples, known: Array) -> Lesson:
    said = [bool(yes) if there else None for yes, there in zip(examples.yes, known, strict=True)]
    return lesson(examples, target=0.8, previous=said)


def test_more_examples_replace_fewer_and_the_same_do_not() -> None:
    examples = taught(160, seed=41, noise=0.2)
    few = np.zeros(160, bool)
    few[np.flatnonzero(examples.yes)[:12]] = few[np.flatnonzero(~examples.yes)[:12]] = True
    more = _previous(examples, few)
    assert more.refused == ""
    assert next(each for each in more.rivals if each.name == "previous").figures.f1 < (
        more.standing.figures.f1
    )
    same = _previous(examples, np.ones(160, bool))
    assert same.refused.startswith("it is no better than previous")
    lost = _previous(examples, np.zeros(160, bool))  # its pictures are gone
    assert [each.name for each in lost.rivals] == ["everything", "nearest"]


def test_examples_that_were_corrected_replace_the_wrong_ones() -> None:
    examples = taught(160, seed=41, noise=0.2)
    before = examples.yes.copy()
    before[np.flatnonzero(examples.yes)[::2]] = False
    made = lesson(examples, target=0.8, previous=list(map(bool, before)))
    assert made.refused == ""
    assert "previous" in [each.name for each in made.rivals]


def test_a_model_that_knows_the_tag_is_left_in_use() -> None:
    examples = taught(40, seed=51, noise=0.8)
    knows = lesson(examples, target=0.8, zero_shot=np.where(examples.yes, 0.9, 0.1))
    assert knows.refused.startswith("it is no better than zero-shot")
    guesses = lesson(examples, target=0.8, zero_shot=np.linspace(0, 1, 40))
    assert "zero-shot" not in guesses.refused


def test_too_few_are_told_and_a_lesson_can_be_stopped() -> None:
    with pytest.raises(Invalid, match="4 different examples of yes"):
        lesson(taught(8, seed=1), target=0.8)

    def stop() -> None:
        raise Cancelled("the lesson is cancelled")

    with pytest.raises(Cancelled):
        lesson(taught(40, seed=1), target=0.8, check=stop)


def test_each_fold_is_cut_by_the_others() -> None:
    scores = np.array([0.9, 0.8, 0.2, 0.1, 0.9, 0.8, 0.2, 0.1])
    yes = np.array([1, 1, 0, 0, 1, 1, 0, 0], bool)
    folds = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    assert crossed(scores, yes, np.ones(8), folds).tolist() == yes.tolist()
