"""What questions by likeness ask of hundreds is read into memory by a thread, and it ends."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import audobon
from audobon.services.finding import gathering

_WAIT_S = 30.0


def _threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "audobon-gathering"]


def test_it_is_read_from_the_second_question_on(tmp_path: Path) -> None:
    (tmp_path / "oak.txt").write_text("oak")
    with audobon.Library.create(tmp_path) as lib:
        lib.add([tmp_path])
        stores = lib._stores
        gathering.gather_beside(stores)
        assert _threads() == []  # who asks once pays nothing
        assert stores.catalog.behind
        gathering.gather_beside(stores)
        end = time.monotonic() + _WAIT_S
        while stores.catalog.behind and time.monotonic() < end:
            time.sleep(0.01)
        assert not stores.catalog.behind
        (asset,) = lib.assets()
        assert stores.catalog.ever_holders([asset.digest]) == {asset.digest: [asset.key]}


def test_it_ends_when_the_library_is_closed(tmp_path: Path) -> None:
    with audobon.Library.create(tmp_path) as lib:
        stores = lib._stores
        gathering.gather_beside(stores)
        stores.catalog.gather = lambda most: True  # there is always more
        gathering.gather_beside(stores)
        (thread,) = _threads()
        gathering.gather_beside(stores)
        assert _threads() == [thread]
    assert not thread.is_alive()
    gathering.gather_beside(stores)
    assert _threads() == []
