"""Blender's file of catalogs: read as Blender does, changed without touching what is others'."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audobon.errors import BadFile, Unsupported
from audobon.formats.asset_catalogs import CatalogEntry, CatalogFile, entry_for, path_for

ONE, TWO = (str(uuid.UUID(int=number)) for number in (7, 8))

FOREIGN = f"""\
# Studio rules: ask Ana before you move anything.

VERSION 1

{ONE}:Props/Chairs:Props-Chairs
{TWO.upper()}: Materials / Wood :wood
not a line of anybody
00000000-0000-0000-0000-000000000000:Nowhere:none
{ONE}:Twice:the first one counts
"""

_ids = st.integers(1, 2**128 - 1).map(lambda number: str(uuid.UUID(int=number)))
_part = st.text(st.characters(exclude_characters="/:\r\n", exclude_categories=("Cs",)), min_size=1)
_paths = st.lists(_part, min_size=1, max_size=4).map("/".join).filter(path_for)
_lines = st.one_of(
    st.text(st.characters(exclude_characters="\n", exclude_categories=("Cs",))).map("# {}".format),
    st.builds("{}:{}:{}".format, _ids, _paths, _part),
    st.just(""),
    st.just("rubbish"),
)


def test_what_blender_would_take_is_read() -> None:
    found = CatalogFile.read(FOREIGN.encode())
    assert list(found.entries.values()) == [
        CatalogEntry(ONE, "Props/Chairs", "Props-Chairs"),
        CatalogEntry(TWO, "Materials/Wood", "wood"),
    ]
    assert found.bytes() == FOREIGN.encode()


def test_what_is_others_stays_byte_for_byte() -> None:
    before = FOREIGN.encode() + b"# caf\xe9\r\n"
    new = entry_for(str(uuid.UUID(int=9)), "New/One")
    after = CatalogFile.read(before).changed(put=[new], drop=[TWO]).bytes()
    gone = f"{TWO.upper()}: Materials / Wood :wood\n".encode()
    assert after == before.replace(gone, b"") + f"{new.id}:New/One:New-One\n".encode()


def test_an_empty_file_gets_blenders_own_head() -> None:
    made = CatalogFile().changed(put=[entry_for(ONE, "A")]).bytes().decode()
    assert made.startswith("# This is an Asset Catalog Definition file for Blender.\n")
    assert made.endswith(f"\nVERSION 1\n\n{ONE}:A:A\n")
    noted = CatalogFile.read(b"# mine\n").changed(put=[entry_for(ONE, "A")]).bytes()
    assert noted == f"# mine\nVERSION 1\n{ONE}:A:A\n".encode()


@pytest.mark.parametrize("text", ["hello", f"{ONE}:A:A", "VERSION one", "version 1"])
def test_what_blender_refuses_is_refused(text: str) -> None:
    with pytest.raises(BadFile):
        CatalogFile.read(text.encode())


def test_a_newer_version_is_left_alone() -> None:
    with pytest.raises(Unsupported, match="version 2"):
        CatalogFile.read(b"VERSION 2\n")


def test_long_paths_get_a_short_name() -> None:
    name = entry_for(ONE, "Ä" * 60 + "/end").name
    assert name.startswith("...")
    assert name.endswith("-end")
    assert len(name.encode()) <= 63


@given(st.lists(_lines, max_size=12), st.dictionaries(_ids, _paths, max_size=5), st.data())
def test_changes_are_read_back_and_nothing_else_changes(
    lines: list[str], put: dict[str, str], data: st.DataObject
) -> None:
    file = CatalogFile.read("\n".join(["VERSION 1", *lines]).encode())
    drop = data.draw(st.sets(st.sampled_from(sorted(file.entries) or [ONE])))
    entries = [entry_for(ident, path) for ident, path in put.items()]
    after = CatalogFile.read(file.changed(put=entries, drop=drop).bytes())
    kept = {ident: entry for ident, entry in file.entries.items() if ident not in drop}
    assert after.entries == {**kept, **{entry.id: entry for entry in entries}}
    others = [line for line in file.lines if not CatalogFile((line,)).entries]
    assert [line for line in after.lines if not CatalogFile((line,)).entries] == others
