"""The page on formats names everything that the code can say, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from audobon.formats.facts import ATTRIBUTES
from audobon.formats.table import FORMATS

PAGE = (Path(__file__).parents[3] / "docs" / "formats.md").read_text("utf-8")
SOURCES = Path(__file__).parents[3] / "sdk" / "audobon" / "formats"

TYPES = {
    "whole number": int,
    "decimal number": float,
    "text": str,
    "yes/no": bool,
    "list": tuple,
}

ROWS = dict(re.findall(r"^\| `(\w+)` \| ([a-z/ ]+) \|", PAGE, re.MULTILINE))
FAMILIES = PAGE.partition("## Families")[2]


def test_the_table_lists_every_attribute_with_its_type() -> None:
    assert {name: TYPES[kind] for name, kind in ROWS.items()} == dict(ATTRIBUTES)


def test_every_attribute_belongs_to_a_family() -> None:
    assert set(re.findall(r"`(\w+)`", FAMILIES)) & set(ATTRIBUTES) == set(ATTRIBUTES)


def test_every_attribute_is_emitted_somewhere() -> None:
    parsers = [path for path in SOURCES.glob("*.py") if path.name != "facts.py"]
    code = "\n".join(path.read_text("utf-8") for path in parsers)
    composed = {"frame_start", "frame_end"}
    unused = [name for name in ATTRIBUTES if f'"{name}"' not in code and name not in composed]
    assert unused == []


def test_every_format_and_extension_is_named() -> None:
    words = set(re.findall(r"[a-z0-9]+", FAMILIES)) | {"blend2"}
    for entry in FORMATS:
        assert entry.name in words, entry.name
        assert set(entry.extensions) <= words, entry.extensions
