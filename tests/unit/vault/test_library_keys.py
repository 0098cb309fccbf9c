"""The keys of a library: handed to another process as they are, shown to nobody."""

from __future__ import annotations

import os
from pathlib import Path

from audobon.storage.vault.keys import Keys
from audobon.storage.vault.library import LibraryKeys
from audobon.storage.vault.secret import Secret


def made() -> LibraryKeys:
    ids = os.urandom(16), os.urandom(16)
    masters = {each: Secret(os.urandom(32)) for each in ids}
    return LibraryKeys(Keys(os.urandom(16), Secret(os.urandom(64)), masters, ids[1]))


def test_what_was_sealed_here_is_opened_by_whom_they_are_handed_to(tmp_path: Path) -> None:
    keys = made()
    taken = LibraryKeys.taken(keys.handed())
    keys.files(tmp_path).write(tmp_path / "a.json", b"words")
    assert taken.files(tmp_path).read(tmp_path / "a.json") == b"words"
    assert taken.database.reveal() == keys.database.reveal()
    assert [each.reveal() for each in taken.database.older] == [
        each.reveal() for each in keys.database.older
    ]
    assert len(keys.database.older) == 2  # of the master key before, and of the key of names
    assert taken.packs.name(b"x") == keys.packs.name(b"x")
    assert made().database.reveal() != keys.database.reveal()


def test_they_are_shown_to_nobody() -> None:
    keys = made()
    told = f"{keys!r} {keys} {keys.database!r}"
    assert told == "<keys of a library> <keys of a library> <keys of databases>"
    assert not any(str(each) in told for each in keys.handed().values())
