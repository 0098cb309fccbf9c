"""A small file of the state that is there and cannot be read is an error, never an empty one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.errors import Unavailable
from audobon.services.analytics.book import read_book as read_exports
from audobon.services.core.mergestate import read_merge
from audobon.services.core.place import Place
from audobon.services.places.remotebook import read_book


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("remotes.json", read_book),
        ("analytics.json", read_exports),
        ("merge.json", read_merge),
    ],
)
def test_what_cannot_be_read_is_not_taken_for_empty(
    name: str, read: Callable[[Place], Any], tmp_path: Path
) -> None:
    with audobon.Library.create(tmp_path / "art") as lib:
        place = lib._stores.place
        assert not getattr(read(place), "remotes", None)
        there = place.state / name
        there.mkdir()  # reading it fails for root too, as a broken disk does
        with pytest.raises(Unavailable, match=name):
            read(place)
        if name == "remotes.json":
            with pytest.raises(Unavailable):
                lib.remotes.add("nas", str(tmp_path / "nas"))
        assert there.is_dir()
