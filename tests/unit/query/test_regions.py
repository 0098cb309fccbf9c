"""Regions of pictures as text and as numbers; every mistake is told with what is allowed."""

from __future__ import annotations

import pytest

from audobon.codec.query_text import parse, to_text
from audobon.codec.regions import parted, region_of, region_text
from audobon.errors import Invalid, QueryError
from audobon.model.query import Signal
from audobon.model.region import Region


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("moss.png#0.25,0.25,0.5,0.5", Region(0.25, 0.25, 0.5, 0.5)),
        ("moss.png#0,0,1,1", Region(0, 0, 1, 1)),
        ("a#1.png#0.5, 0.5, 0.5, 0.5", Region(0.5, 0.5, 0.5, 0.5)),
        ("moss.png#200,80,512,512", Region(200, 80, 512, 512, pixels=True)),
    ],
)
def test_regions_are_read(text: str, region: Region) -> None:
    name, found = parted(text)
    assert found == region
    assert name + "#" == text[: text.rindex("#") + 1]
    assert parted(name + region_text(region)) == (name, region)
    assert to_text(parse(f'like:"{text}"')) in (f'like:"{text}"', f"like:{text}")


@pytest.mark.parametrize("text", ["moss.png", "take #3.png", "a#1.png", "C:\\art\\#hero\\x.png"])
def test_names_with_a_hash_have_no_region(text: str) -> None:
    assert parted(text) == (text, None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("#0.1,0.2", "four numbers, not 2"),
        ("#0.1,0.2,0.3,0.4,0.5", "four numbers, not 5"),
        ("#0.1,,0.3,0.4", "is no region"),
        ("#0.6,0,0.5,1", "ends at 1"),
        ("#0.1,0.1,0,0.5", "above 0"),
        ("#-0.1,0,0.5,0.5", "begins within"),
        ("#10.5,0,64,64", "whole pixels"),
    ],
)
def test_mistakes_are_told(text: str, told: str) -> None:
    with pytest.raises(Invalid, match=told) as caught:
        parted(f"moss.png{text}")
    assert "fractions" in (caught.value.hint or "")
    with pytest.raises(QueryError, match=told) as wrong:
        parse(f"wood like:moss.png{text}")
    assert wrong.value.position == len("wood like:moss.png")
    assert wrong.value.expected


def test_numbers_that_are_none() -> None:
    with pytest.raises(Invalid, match="begins within"):
        region_of((float("nan"), 0, 1, 1))
    assert parse("like:moss.png") == Signal("like", "moss.png", 0)
