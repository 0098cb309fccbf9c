"""Ratings as they are learnt: what is measured, what is refused, what is told."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from audobon.errors import Corrupt, Invalid
from audobon.learning.checking import check_stars
from audobon.learning.plainstars import stars_of, taught_stars
from audobon.learning.ranks import error_of, order_of
from audobon.learning.stars import rated, ridges, star_lesson

FEATURES = 24
Array = np.ndarray[Any, Any]


def made(count: int, *, told: float, seed: int = 0) -> tuple[list[bytes], Array, Array]:
    """Contents, stars and vectors; ``told`` is how much the vectors say of the stars."""
    rng = np.random.default_rng(seed)
    taste = rng.standard_normal(count)
    vectors = rng.standard_normal((count, FEATURES))
    vectors[:, 0] = told * taste + (1 - told) * vectors[:, 0]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    stars = np.clip(np.round(3 + 1.3 * taste), 1, 5)
    return [number.to_bytes(32, "big") for number in range(count)], stars, vectors


def test_a_taste_that_features_show_is_learnt_and_noise_is_refused() -> None:
    lesson = star_lesson(rated(*made(80, told=1.0)))
    assert lesson.refused == ""
    assert [each.name for each in lesson.rivals] == ["mean", "nearest", "several"]
    assert lesson.standing.order_within[0] > 0.5
    assert all(lesson.standing.error < each.error for each in lesson.rivals)
    assert lesson.scores.min() >= 1
    assert lesson.scores.max() <= 5
    noise = [star_lesson(rated(*made(40, told=0.0, seed=seed))).refused for seed in range(6)]
    assert sum(not refused for refused in noise) <= 1
    assert any("chance" in refused for refused in noise)


def test_a_version_is_refused_that_knows_no_more_than_the_one_in_use() -> None:
    contents, stars, vectors = made(60, told=1.0)
    known = rated(contents, stars, vectors)
    again = star_lesson(known, previous=list(stars))
    assert again.refused.startswith("it is no better than previous")
    few: list[Any] = [*stars[:12], *[None] * 48]
    more = star_lesson(known, previous=few)
    assert more.refused == ""
    assert more.rivals[-1].name == "previous"
    wrong = star_lesson(known, previous=list(6 - stars))  # rated the other way round then
    assert wrong.refused == ""


def test_near_ones_are_held_out_together_and_count_as_one() -> None:
    contents, stars, vectors = made(40, told=1.0)
    twice = [*contents, *(bytes([1]) + each[1:] for each in contents)]
    rows = np.vstack([vectors, vectors, vectors[:1]])
    known = rated([*twice, contents[0]], [*stars, *stars, 1.0], rows)
    assert known.repeated == 1
    assert known.stars[0] == (stars[0] + 1) / 2
    assert list(known.groups[:40]) == list(known.groups[40:]) == list(range(40))
    assert known.shares.sum() == pytest.approx(40)
    nearest = next(each for each in star_lesson(known).rivals if each.name == "nearest")
    assert nearest.error > 0.3  # its own copy is not what it is compared with


def test_the_plane_is_the_one_of_least_squares() -> None:
    contents, stars, vectors = made(60, told=0.5)
    known = rated(contents, stars, vectors)
    (loose,) = ridges(known, [1e-9])
    exact = np.linalg.lstsq(np.column_stack([vectors, np.ones(60)]), stars, rcond=None)[0]
    assert np.allclose(loose.weights, exact[:-1], atol=1e-4)
    assert loose.bias == pytest.approx(exact[-1], abs=1e-4)
    (stiff,) = ridges(known, [1e9])
    assert stiff.logits(vectors) == pytest.approx(np.full(60, stars.mean()), abs=1e-4)


def test_too_few_on_one_side_are_refused() -> None:
    contents, _, vectors = made(30, told=1.0)
    with pytest.raises(Invalid, match="2 different pictures on one side of the mean"):
        star_lesson(rated(contents, [5.0] * 2 + [3.0] * 28, vectors))
    with pytest.raises(Invalid, match="0 different"):
        star_lesson(rated(contents, [4.0] * 30, vectors))
    with pytest.raises(ValueError, match="finite"):
        rated(contents, [float("nan")] * 30, vectors)


def test_figures_are_what_can_be_counted_by_hand() -> None:
    said, true = np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 5, 4])
    one, groups = np.ones(4), np.arange(4)
    error, (low, high) = error_of(said, true, one, groups, seed=0)
    assert error == 0.5
    assert 0 <= low < error < high <= 2
    order, (least, most) = order_of(said, true, one, groups)
    assert order == pytest.approx(0.8)
    assert least < 0.8 < most
    assert order_of(one, true, one, groups)[0] == 0
    same = np.array([0, 0, 1, 1])
    assert error_of(said, true, one / 2, same, seed=0)[0] == 0.5


def task(count: int = 40) -> dict[str, Any]:
    contents, stars, vectors = made(count, told=1.0)
    halves = [base64.b64encode(row.astype("<f2").tobytes()).decode() for row in vectors]
    return {
        "contents": [each.hex() for each in contents], "stars": list(stars), "vectors": halves,
        "near": [], "seed": 0, "previous": None,
    }  # fmt: skip


def test_plain_data_in_and_out_and_what_cannot_be_is_not_kept() -> None:
    given = task()
    live: list[Any] = []
    told = taught_stars(given, lambda _, found: live.append(found), lambda: None)
    assert live[0].keys() == {"held_out", "error", "of"}
    assert check_stars(given, told) is told
    weights = base64.b64decode(told["weights"])
    assert len(weights) == 4 * (FEATURES + 1)
    halves = [base64.b64decode(each) for each in given["vectors"]]
    said = np.array(stars_of(halves, weights))
    assert np.corrcoef(said, given["stars"])[0, 1] > 0.8
    bad: list[tuple[str, dict[str, Any]]] = [
        ("no weights for 24", {**told, "weights": told["weights"][:-4]}),
        ("other ratings", {**told, "card": {**told["card"], "held_out": [["ab", 1, 1, 0]]}}),
        ("has no mean", {**told, "card": {k: v for k, v in told["card"].items() if k != "mean"}}),
        ("may be used", {**told, "refused": None}),
        ("cannot be read", {}),
    ]
    for words, lesson in bad:
        with pytest.raises(Corrupt, match=words):
            check_stars(given, lesson)
