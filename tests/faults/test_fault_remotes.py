"""``kill -9`` while a library is pushed, pulled, cloned and kept; several who push at once.

Over a folder and over a bucket. After each kill everything that was committed is there on both
sides, to the last byte, and the same call goes on. A soak kills 100 of each call;
``AUDOBON_TEST_KILLS`` says another number.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import define
from fault_support import git, must_be_sound
from memberdrive import Member

import audobon
from audobon.testing.gcs_server import gcs_server

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the killed children are forked")

_TRIES = {"folder": 5, "bucket": 2}
"""Of each call in an ordinary run; not all of them are killed."""
_SOAK_KILLS = 100
_ROUNDS = int(os.environ.get("AUDOBON_TEST_ROUNDS", "3"))


_CALLS = {"folder": 4.7, "bucket": 5.0}
"""How many calls out of Python the longest of them makes, as a power of ten."""


@define
class Place:
    """Where the remote is: its address, and what of an ordinary test depends on it."""

    kind: str
    url: str

    def enough(self, tries: int, killed: int, soak: int) -> bool:
        """Whether a call was tried or, in a soak, killed as often as is wanted."""
        wanted = os.environ.get("AUDOBON_TEST_KILLS", "")
        if soak > 1 or wanted:
            return killed >= int(wanted or _SOAK_KILLS)
        return tries >= _TRIES[self.kind]

    def instant(self, source: random.Random) -> int:
        """After how many calls: as often early as late. What needs fewer is done."""
        return int(10 ** source.uniform(1, _CALLS[self.kind]))


_BUCKET = pytest.param("bucket", marks=pytest.mark.cloud)


@pytest.fixture(scope="module", params=["folder", _BUCKET])
def bucket(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server of Cloud Storage, nothing where a folder is the remote."""
    if request.param == "folder":
        yield ""
        return
    with gcs_server() as url:
        yield url


@pytest.fixture(scope="module")
def member(bucket: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Member]:
    made = Member(tmp_path_factory.mktemp("home"), bucket)
    yield made
    made.close()


@pytest.fixture
def place(bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    if not bucket:
        return Place("folder", str(tmp_path / "nas"))
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", bucket)
    return Place("bucket", f"gs://bucket/{tmp_path.name}")


def _save(library: audobon.Library, number: int) -> None:
    source = random.Random(number)
    for name in ("a", "b"):
        data = source.randbytes(120_000).hex()
        (library.path / f"{name}{number % 4}.txt").write_text(data)
    library.add([library.path])
    library.commit(f"version {number}")


def _same(one: audobon.Library, two: audobon.Library) -> None:
    assert one.log()[0].id == two.log()[0].id
    for path in one.path.glob("*.txt"):
        assert (two.path / path.name).read_bytes() == path.read_bytes()


def _all_there(library: audobon.Library, place: Place) -> None:
    """Every byte of the library and of the remote is what was stored."""
    must_be_sound(library)
    assert library.snapshots.verify(place.url).problems == ()


def test_killed_pushes_and_pulls_lose_nothing(
    member: Member, tmp_path: Path, place: Place, soak: int
) -> None:
    ada, bob = tmp_path / "ada", tmp_path / "bob"
    with audobon.Library.create(ada, "Art") as library:
        library.remotes.add("nas", place.url)
        _save(library, 0)
        library.push("nas")
    audobon.Library.clone(place.url, bob, lazy=False).close()
    source, killed = random.Random(7), {"push": 0, "pull": 0}
    number = 0
    while not place.enough(number, min(killed.values()), soak):
        number += 1
        with audobon.Library.open(ada) as library:
            _save(library, number)
            head = library.log()[0].id
        for call, folder in (("push", ada), ("pull", bob)):
            member.send(call=call, library=str(folder), at=place.instant(source))
            killed[call] += member.code() == -9
            # Whatever stands there is whole: somebody else takes it, and it is what was committed.
            with audobon.Library.open(bob) as other:
                other.pull("origin")
                assert other.log()[0].id in git_log(ada)
            with audobon.Library.open(folder) as library:
                _all_there(library, place)
        member.send(call="push", library=str(ada))
        assert member.code() == 0
        with audobon.Library.open(ada) as library, audobon.Library.open(bob) as other:
            assert library.log()[0].id == head
            other.pull("origin")
            _same(library, other)
    assert sum(killed.values()) > 0
    with audobon.Library.open(bob) as other:
        _all_there(other, place)
        git(other, "fsck", "--full", "--strict")


def git_log(folder: Path) -> list[str]:
    with audobon.Library.open(folder) as library:
        return [version.id for version in library.log(limit=1000)]


def test_a_killed_clone_goes_on(member: Member, tmp_path: Path, place: Place, soak: int) -> None:
    with audobon.Library.create(tmp_path / "ada", "Art") as ada:
        ada.remotes.add("nas", place.url)
        for number in range(3):
            _save(ada, number)
        ada.push("nas")
        source, killed, number = random.Random(8), 0, 0
        while not place.enough(number, killed, soak):
            number += 1
            folder = tmp_path / f"clone{number}"
            at = place.instant(source)
            member.send(call="clone", library=str(folder), url=place.url, at=at)
            killed += member.code() == -9
            if not (folder / ".audobon" / "library.toml").exists():
                audobon.Library.clone(place.url, folder, lazy=False).close()
            with audobon.Library.open(folder) as made:
                assert made.search("state:missing").total == 0
                made.fetch([hit.asset for hit in made.search("state:remote").hits])
                _same(ada, made)
                must_be_sound(made)
                assert made.commit("nothing").id == ada.log()[0].id
            shutil.rmtree(folder)
        assert killed > 0
        _all_there(ada, place)


# Those into a folder are killed by test_fault_snapshots.py.
@pytest.mark.parametrize("bucket", [_BUCKET], indirect=True, scope="module")
def test_killed_snapshots_lose_nothing(
    member: Member, tmp_path: Path, place: Place, soak: int
) -> None:
    ada, source, killed, number = tmp_path / "ada", random.Random(9), 0, 0
    audobon.Library.create(ada, "Art").close()
    while not place.enough(number, killed, soak):
        number += 1
        with audobon.Library.open(ada) as library:
            _save(library, number)
            (ada / "work.txt").write_text(f"not committed {number} " * 3000)
            library.add([ada])
        member.send(call="snapshot", library=str(ada), url=place.url, at=place.instant(source))
        code = member.code()
        killed += code == -9
        with audobon.Library.open(ada) as library:
            must_be_sound(library)
            kept = library.snapshots.list(place.url) if number > 1 or code == 0 else ()
            # A snapshot stands whole or not at all; the next one uses what was sent.
            if kept:
                assert library.snapshots.verify(place.url).problems == ()
            library.snapshot(place.url)
            assert len(library.snapshots.list(place.url)) > len(kept)
            assert library.snapshots.verify(place.url).problems == ()
    assert killed > 0
    with audobon.Library.recover(place.url, tmp_path / "back") as back:
        for path in ada.glob("*.txt"):
            assert (back.path / path.name).read_bytes() == path.read_bytes()
        must_be_sound(back)


def test_several_machines_push_at_once(
    tmp_path: Path, place: Place, bucket: str, soak: int
) -> None:
    rounds = 1 if place.kind == "bucket" and soak == 1 else _ROUNDS
    with audobon.Library.create(tmp_path / "ada", "Art") as ada:
        ada.remotes.add("nas", place.url)
        _save(ada, 0)
        ada.push("nas")
        members = {name: Member(tmp_path / "homes" / name, bucket) for name in ("bob", "eve")}
        try:
            for name, one in members.items():
                folder = str(tmp_path / name)
                one.send(call="work", library=folder, url=place.url, name=name, rounds=rounds)
            assert [one.code() for one in members.values()] == [0, 0]
        finally:
            for one in members.values():
                one.close()
        ada.pull("nas")
        must_be_sound(ada)
        for name in members:
            for number in range(rounds):
                text = (ada.path / f"{name}-{number}.txt").read_text()
                assert text == f"{name} {number} " * 3000
        git(ada, "fsck", "--full", "--strict")
