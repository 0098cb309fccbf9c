"""Likeness as it is learnt: what is measured, what is refused, what is told."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from audobon.errors import Corrupt, Invalid
from audobon.learning.checking import check_likeness
from audobon.learning.likeness import Labelled, Map, learnt_map, likeness_lesson
from audobon.learning.plainlikeness import ordered, taught_likeness

FEATURES, KINDS = 48, 4
Array = np.ndarray[Any, Any]


def made(count: int, *, told: float, seed: int = 0) -> tuple[Array, Array]:
    """Vectors of length 1 in which a few loud directions hide how far ``told`` the kinds are
    apart, and the kind of each (count, KINDS)."""
    rng = np.random.default_rng(seed)
    kind = np.arange(count) % KINDS
    vectors = rng.standard_normal((count, FEATURES))
    vectors[:, :3] *= 6
    vectors[:, 3 : 3 + KINDS] += told * np.eye(KINDS)[kind]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, np.eye(KINDS, dtype=bool)[kind]


def known(count: int = 80, *, told: float = 3.0, seed: int = 0) -> Labelled:
    vectors, has = made(count, told=told, seed=seed)
    return Labelled(vectors, has, np.zeros_like(has), np.arange(count))


def test_what_belongs_together_is_learnt_and_noise_is_refused() -> None:
    lesson = likeness_lesson(known())
    assert lesson.refused == ""
    (untuned,) = lesson.rivals
    assert lesson.standing.found > untuned.found + 0.15
    assert untuned.ahead is not None
    assert untuned.ahead[0] > 0
    assert lesson.queries == 80
    noise = [likeness_lesson(known(48, told=0.0, seed=seed)).refused for seed in range(6)]
    assert sum(not refused for refused in noise) <= 1
    assert any("not clearly better than untuned" in refused for refused in noise)


def test_a_version_is_refused_that_knows_no_more_than_the_one_in_use() -> None:
    some = known()
    again = likeness_lesson(some, previous=(np.ones(80, bool), some.has))
    assert again.refused.startswith("it is no better than previous")
    more = likeness_lesson(some, previous=(np.arange(80) < 8, some.has))
    assert more.refused == ""
    assert more.rivals[-1].found < more.standing.found


def test_nothing_near_a_picture_counts_as_found() -> None:
    some = known(40, told=0.0)
    twice = Labelled(
        np.vstack([some.vectors, some.vectors]),
        np.vstack([some.has, some.has]),
        np.zeros((80, KINDS), bool),
        np.tile(np.arange(40), 2),
    )
    assert not (twice.related() & np.eye(80, k=40, dtype=bool)).any()
    lesson = likeness_lesson(twice)
    assert lesson.queries == 40
    # By chance: ten of the 38 others that are shown, though its copy is shown with none.
    assert lesson.rivals[0].found == pytest.approx(10 / 38, abs=0.06)


def test_what_was_rejected_moves_away() -> None:
    vectors, has = made(60, told=3.0)
    two = has[:, 0] | has[:, 1]  # one tag has both kinds, and half of one was rejected
    labels = np.stack([two & ~(has[:, 1] & (np.arange(60) % 8 < 4)), has[:, 2]], 1)
    lacks = np.zeros_like(labels)
    lacks[:, 0] = two & ~labels[:, 0]
    apart = []
    for rejected in (np.zeros_like(lacks), lacks):
        made_of, _ = learnt_map(Labelled(vectors, labels, rejected, np.arange(60)), seed=1)
        placed = made_of.placed(vectors)
        apart.append(float((placed[labels[:, 0]] @ placed[lacks[:, 0]].T).mean()))
    assert apart[1] <= apart[0] + 1e-9


def test_too_few_are_refused() -> None:
    vectors, has = made(40, told=1.0)
    few = has.copy()
    few[12:] = False
    with pytest.raises(Invalid, match="0 tags or catalogs have 4 different pictures"):
        likeness_lesson(Labelled(vectors, few, np.zeros_like(few), np.arange(40)))
    one = has & (np.arange(KINDS) == 0)
    with pytest.raises(Invalid, match="1 tags or catalogs"):
        likeness_lesson(Labelled(vectors, one, np.zeros_like(one), np.arange(40)))


def test_plain_data_in_and_out_and_what_cannot_be_is_not_kept() -> None:
    vectors, has = made(40, told=3.0)
    halves = [row.astype("<f2").tobytes() for row in vectors]
    given = {
        "contents": [number.to_bytes(32, "big").hex() for number in range(40)],
        "vectors": [base64.b64encode(half).decode() for half in halves],
        "labels": [f"tag:{name}" for name in "abcd"],
        "has": [[int(row.argmax())] for row in has],
        "lacks": [[] for _ in has],
        "near": [], "seed": 0, "previous": None,
    }  # fmt: skip
    live: list[Any] = []
    told = taught_likeness(given, lambda _, found: live.append(found), lambda: None)
    assert live[0].keys() == {"found", "of"}
    assert check_likeness(given, told) is told
    assert told["card"]["held_out"][1] == [given["contents"][1], ["tag:b"], 1]
    weights = base64.b64decode(told["weights"])
    said = np.array(ordered(halves[0], halves, weights))
    assert said[0] == pytest.approx(1.0, abs=0.01)
    rows = np.array([np.frombuffer(half, "<f2") for half in halves], float)
    assert said.argmax() == 0
    plain = Map(np.zeros((FEATURES, 1)), np.zeros(1), 0.0).likeness(rows[:1], rows)[0]
    assert not np.allclose(said, plain, atol=0.01)
    before = {**given, "previous": [["tag:a"] if row[0] else None for row in has]}
    assert check_likeness(given, taught_likeness(before, lambda *_: None, lambda: None))
    bad: list[tuple[str, dict[str, Any]]] = [
        ("no weights for 48", {**told, "weights": told["weights"][:-4]}),
        ("other pictures", {**told, "card": {**told["card"], "held_out": []}}),
        ("has no mix", {**told, "card": {k: v for k, v in told["card"].items() if k != "mix"}}),
        ("cannot be read", {}),
    ]
    for words, lesson in bad:
        with pytest.raises(Corrupt, match=words):
            check_likeness(given, lesson)
