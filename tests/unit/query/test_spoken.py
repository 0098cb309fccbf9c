"""File names as words."""

from __future__ import annotations

import pytest

from audobon.codec.spoken import spoken


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("RustMetal_04-4k", "rust metal 04 4k"),
        ("HDRIMap", "hdri map"),
        ("old wood", "old wood"),
        ("race_car.final", "race car final"),
        ("artist's-table", "artist's table"),
        ("木目テクスチャ_02", "木目テクスチャ 02"),
        ("___", ""),
    ],
)
def test_names_become_words(name: str, words: str) -> None:
    assert spoken(name) == words
