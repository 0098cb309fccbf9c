"""What ``doctor`` takes for lying in clear in an encrypted library, and what not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from audobon.services.core import place as places
from audobon.services.places.clearscan import scan
from audobon.storage.vault.keys import Keys
from audobon.storage.vault.library import LibraryKeys
from audobon.storage.vault.secret import Secret

WORD = "graumoos"


@pytest.fixture
def place(tmp_path: Path) -> places.Place:
    ident = os.urandom(16)
    masters = {ident: Secret(os.urandom(32))}
    keys = LibraryKeys(Keys(os.urandom(16), Secret(os.urandom(64)), masters, ident))
    made = places.create_place(tmp_path, WORD, keys=keys)
    places.write_library_file(made, ())
    return made


def test_what_is_sealed_or_has_to_be_readable_is_not(place: places.Place) -> None:
    place.files.write(place.state / "merge.json", WORD.encode())
    place.files.write_lines(place.state / "audit.jsonl", [WORD])
    # An encrypted database begins with random bytes, now and then with that of a JSON file.
    for number, first in enumerate((b"{", b"[", b" {", b"\x0a[")):
        data = first + bytes(range(128, 256)) + os.urandom(4000)
        (place.state / f"{number}.db").write_bytes(data)
    assert list(scan(place, [WORD])) == []


@pytest.mark.parametrize(
    "data",
    [
        *(b"SQLite format 3\0" + bytes(84), b"ADBNPACK\x01" + bytes(90), b"\x89PNG\r\n"),
        *(b'{"version": 1, "to": ""}', b'[\n  {"a": 1}\n]', b"[]"),
        *(f"about {WORD}".encode(), bytes(5 << 20) + WORD.encode() + bytes(9)),
        *(bytes((4 << 20) + 16 - 4) + WORD.encode(),),  # across two blocks
    ],
)
def test_what_lies_in_clear_is_found(place: places.Place, data: bytes) -> None:
    (place.state / "derived" / "some").write_bytes(data)
    assert list(scan(place, [WORD])) == ["derived/some"]


def test_a_name_of_a_file_is_in_clear_too(place: places.Place) -> None:
    (place.state / "derived" / f"{WORD}.bin").write_bytes(b"")
    assert list(scan(place, [WORD])) == [f"derived/{WORD}.bin"]
