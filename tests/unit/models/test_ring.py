"""Many pictures through one network give what each would give alone."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audobon.errors import BadFile, Cancelled, Invalid
from audobon.inference.ring import Ring, ring_of
from audobon.inference.session import Choice, Session, open_session
from audobon.models.recipes import builtin_components

SHAPE = (1, 224, 224, 3)
PICTURES = np.random.default_rng(2).integers(0, 255, (24, *SHAPE[1:]), np.uint8)


def opened(shared: Path, choice: Choice, name: str = "efficientnet-lite0") -> Session:
    component = builtin_components()[name]
    network = shared / "audobon" / "models" / name / "1.0.0" / "model.xml"
    shape = SHAPE if name.startswith("eff") else None
    return open_session(network, component.inputs, component.outputs, choice=choice, shape=shape)


def fill(number: int, array: Any) -> None:
    array[:] = PICTURES[number]


def features(outcome: Any) -> Any:
    assert isinstance(outcome, Mapping), outcome
    flat = outcome["features"].reshape(-1)
    return flat / np.linalg.norm(flat)


@pytest.mark.parametrize("precision", ["f32", "auto"])
def test_the_same_as_one_by_one(shared: Path, precision: str) -> None:
    alone = opened(shared, Choice("CPU", precision))
    ring = ring_of(opened(shared, Choice("CPU", precision, streams=2)), 3)
    found = dict(ring.run(fill, len(PICTURES)))
    assert sorted(found) == list(range(len(PICTURES)))
    for number, picture in enumerate(PICTURES):
        wanted, given = alone.run({"picture": picture[None]}), found[number]
        assert features(wanted) @ features(given) > (1 - 1e-6 if precision == "f32" else 0.999)
        if precision == "f32":
            assert isinstance(given, Mapping)
            assert np.abs(wanted["logits"] - given["logits"]).max() < 1e-3


def test_one_that_fails_fails_alone_and_the_ring_stays_whole(shared: Path) -> None:
    ring = ring_of(opened(shared, Choice("CPU", "f32", streams=1)), 2)
    assert ring_of(ring.session, 2) is ring

    def some(number: int, array: Any) -> None:
        if number % 3 == 0:
            raise BadFile(f"picture {number}")
        fill(number, array)

    for _ in range(2):
        found = dict(ring.run(some, len(PICTURES)))
        bad = {number for number, outcome in found.items() if isinstance(outcome, BadFile)}
        assert bad == set(range(0, len(PICTURES), 3))
        assert all(isinstance(found[number], Mapping) for number in set(found) - bad)


def test_a_cancel_leaves_nothing_running(shared: Path) -> None:
    ring = ring_of(opened(shared, Choice("CPU", "f32", streams=1)), 2)
    filled: list[int] = []

    def some(number: int, array: Any) -> None:
        filled.append(number)
        fill(number % len(PICTURES), array)

    def check() -> None:
        if len(filled) > 9:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        list(ring.run(some, 10_000, check))
    assert len(filled) < 30
    assert not [each for each in threading.enumerate() if each.name == "audobon-decode"]
    before = len(filled)
    assert len(list(ring.run(some, 5))) == 5  # and it goes on working
    assert len(filled) == before + 5


def test_only_networks_of_one_fixed_input(shared: Path) -> None:
    with pytest.raises(Invalid, match="fixed shape"):
        Ring(opened(shared, Choice("CPU", "f32"), "span-x2"), 1)
