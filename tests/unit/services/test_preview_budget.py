"""Previews keep to a budget: what was not asked for longest goes, whichever process asked."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

import audobon
from audobon.errors import Invalid, NotFound, ReadOnly
from audobon.services.core.cachebudget import BUDGETS
from audobon.storage.previews import Picture, PreviewStore
from audobon.storage.previews import store as module

LENGTH = 20_000


def picture(name: str) -> Picture:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return Picture(
        digest, 256, b"\xff\xd8" + hashlib.shake_128(name.encode()).digest(LENGTH) + b"\xff\xd9"
    )


class Clock:
    """Stands for the time module in the store: hours pass without waiting."""

    now = 1_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def kept(store: PreviewStore, names: list[str]) -> list[str]:
    wanted = {name: (picture(name).digest, 256) for name in names}
    known = store.known(wanted.values())
    return [name for name in names if wanted[name] in known]


def test_the_longest_unused_goes_and_the_newest_stays(tmp_path: Path, clock: Clock) -> None:
    store = PreviewStore(tmp_path, base=tmp_path, budget=lambda: 300_000)
    names = [f"p{number:02}" for number in range(30)]
    for name in names:
        clock.now += 600
        store.put([picture(name)])
        assert store.used() < 300_000 + 2 * LENGTH
        assert store.get(picture("p00").digest, 256), "it is looked at all the time"
    left = kept(store, names)
    assert left[0] == "p00"
    assert left[1:] == names[-len(left) + 1 :]
    assert 8 < len(left) < 15
    store.close()


def test_what_is_looked_at_just_now_never_goes(tmp_path: Path, clock: Clock) -> None:
    store = PreviewStore(tmp_path, base=tmp_path, budget=lambda: 300_000)
    names = [f"p{number:02}" for number in range(40)]
    store.put([picture(name) for name in names])
    assert kept(store, names) == names
    clock.now += 600
    assert all(store.get(picture(name).digest, 256) for name in names[:5])
    assert store.trim(100_000) == 35
    assert kept(store, names) == names[:5]
    store.close()


def test_another_process_is_known_to_have_asked(tmp_path: Path, clock: Clock) -> None:
    store = PreviewStore(tmp_path, base=tmp_path)
    names = [f"p{number}" for number in range(8)]
    store.put([picture(name) for name in names])
    code = (
        "import sys; from pathlib import Path\n"
        "from audobon.storage.previews import PreviewStore\n"
        "store = PreviewStore(Path(sys.argv[1]), base=Path(sys.argv[1]))\n"
        "assert store.get(sys.argv[2], 256)\nstore.close()\n"
    )
    args = [sys.executable, "-c", code, str(tmp_path), picture("p3").digest]
    subprocess.run(args, check=True, timeout=120)
    clock.now += 600
    assert store.trim(1) == 7
    assert kept(store, names) == ["p3"]
    store.close()


def test_room_is_given_back_and_files_of_before_are_taken(tmp_path: Path, clock: Clock) -> None:
    store = PreviewStore(tmp_path, base=tmp_path)
    names = [f"p{number}" for number in range(60)]
    store.put([picture(name) for name in names])
    store.close()
    from audobon.storage.sqlite import connect

    before = connect(tmp_path / "v2.db")
    before.execute("DROP TABLE asked")  # as it was before there were budgets
    before.close()
    clock.now += 600
    large = (tmp_path / "v2.db").stat().st_size
    assert store.get(picture("p59").digest, 256)
    store.trim(200_000, give_back=True)
    store.close()
    assert (tmp_path / "v2.db").stat().st_size < 250_000 < large
    assert kept(store, names)[-1] == "p59"
    assert store.get(picture("p59").digest, 256) == picture("p59").data
    store.close()


def test_a_library_keeps_the_budget_it_is_given(lib: audobon.Library) -> None:
    usual = {cache.name: cache.budget for cache in lib.caches()}
    assert usual == dict(BUDGETS)
    assert lib.limit_cache("previews", 64 << 20).budget == 64 << 20
    with audobon.Library.open(lib.path) as other:
        assert {cache.name: cache.budget for cache in other.caches()}["previews"] == 64 << 20
        assert other.limit_cache("results", 20 << 20).budget == 20 << 20
    assert lib.limit_cache("previews", None).budget == BUDGETS["previews"]
    with pytest.raises(Invalid, match="at least"):
        lib.limit_cache("results", 1000)
    with pytest.raises(NotFound, match="pictures"):
        lib.limit_cache("pictures", None)
    with audobon.Library.open(lib.path, read_only=True) as reader, pytest.raises(ReadOnly):
        reader.limit_cache("results", None)
    assert {cache.name: cache.budget for cache in lib.caches()}["results"] == 20 << 20
