"""Readers of foreign bytes keep their promises: on what broke them once, and on a few mutations."""

from __future__ import annotations

import pytest
from fuzz_targets import CORPUS, TARGETS, seeds_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_sound_inputs_and_those_that_broke_it_once(name: str) -> None:
    seeds = seeds_of(name)
    assert seeds
    for seed in seeds:
        TARGETS[name].run(seed)
    TARGETS[name].run(b"")


def test_every_finding_belongs_to_a_target() -> None:
    assert {path.name for path in CORPUS.iterdir() if path.is_dir()} <= set(TARGETS)


@st.composite
def _mutated(draw: st.DrawFn, name: str) -> bytes:
    data = bytearray(draw(st.sampled_from(seeds_of(name))))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.integers(0, 3)):
            case 0:
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=4))
            case 1:
                del data[at : at + draw(st.integers(1, 64))]
            case 2:
                data[at:at] = data[at : at + draw(st.integers(1, 64))]
            case _:
                data[at : at + 8] = draw(st.sampled_from((b"\0" * 8, b"\xff" * 8, b"1e999")))
    return bytes(data)


@pytest.mark.parametrize("name", sorted(TARGETS))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_mutations(name: str, data: st.DataObject) -> None:
    TARGETS[name].run(data.draw(_mutated(name)))
