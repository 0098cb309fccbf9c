"""``kill -9`` while a library is pushed, pulled and cloned; several who push at once.

After each kill everything that was committed is there on both sides, and the same call
goes on. ``AUDOBON_TEST_KILLS`` sets how many of each call are killed.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_support import git, must_be_sound

import audobon

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the killed children are forked")

_KILLS = int(os.environ.get("AUDOBON_TEST_KILLS", "5"))
_ROUNDS = int(os.environ.get("AUDOBON_TEST_ROUNDS", "3"))


def _instant(source: random.Random) -> int:
    """After how many calls out of Python: as often early as late. What needs fewer is done."""
    return int(10 ** source.uniform(1, 4.7))


class Member:
    """The warm process whose children are killed. It has a home of its own."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("remotemember.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data")},
            text=True,
        )

    def send(self, **order: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def code(self) -> int:
        assert self._process.stdout is not None
        answer = json.loads(self._process.stdout.readline())
        return int(answer["code"])

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture
def member(tmp_path: Path) -> Iterator[Member]:
    made = Member(tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return str(tmp_path / "nas")


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


def test_killed_pushes_and_pulls_lose_nothing(member: Member, tmp_path: Path, url: str) -> None:
    ada, bob = tmp_path / "ada", tmp_path / "bob"
    with audobon.Library.create(ada, "Art") as library:
        library.remotes.add("nas", url)
        _save(library, 0)
        library.push("nas")
    audobon.Library.clone(url, bob, lazy=False).close()
    source, killed = random.Random(7), 0
    for number in range(1, _KILLS + 1):
        with audobon.Library.open(ada) as library:
            _save(library, number)
            head = library.log()[0].id
        for call, folder in (("push", ada), ("pull", bob)):
            member.send(call=call, library=str(folder), at=_instant(source))
            killed += member.code() == -9
            # Whatever stands there is whole: somebody else takes it, and it is what was committed.
            with audobon.Library.open(bob) as other:
                other.pull("origin")
                assert other.log()[0].id in git_log(ada)
            with audobon.Library.open(folder) as library:
                must_be_sound(library)
        member.send(call="push", library=str(ada))
        assert member.code() == 0
        with audobon.Library.open(ada) as library, audobon.Library.open(bob) as other:
            assert library.log()[0].id == head
            other.pull("origin")
            _same(library, other)
    assert killed > 0
    with audobon.Library.open(bob) as other:
        must_be_sound(other)
        git(other, "fsck", "--full", "--strict")


def git_log(folder: Path) -> list[str]:
    with audobon.Library.open(folder) as library:
        return [version.id for version in library.log(limit=1000)]


def test_a_killed_clone_goes_on(member: Member, tmp_path: Path, url: str) -> None:
    with audobon.Library.create(tmp_path / "ada", "Art") as ada:
        ada.remotes.add("nas", url)
        for number in range(3):
            _save(ada, number)
        ada.push("nas")
        source, killed = random.Random(8), 0
        for number in range(_KILLS):
            folder = tmp_path / f"clone{number}"
            member.send(call="clone", library=str(folder), url=url, at=_instant(source))
            killed += member.code() == -9
            if not (folder / ".audobon" / "library.toml").exists():
                audobon.Library.clone(url, folder, lazy=False).close()
            with audobon.Library.open(folder) as made:
                assert made.search("state:missing").total == 0
                made.fetch([hit.asset for hit in made.search("state:remote").hits])
                _same(ada, made)
                must_be_sound(made)
                assert made.commit("nothing").id == ada.log()[0].id
        assert killed > 0


def test_several_machines_push_at_once(tmp_path: Path, url: str) -> None:
    with audobon.Library.create(tmp_path / "ada", "Art") as ada:
        ada.remotes.add("nas", url)
        _save(ada, 0)
        ada.push("nas")
        members = {name: Member(tmp_path / "homes" / name) for name in ("bob", "eve")}
        try:
            for name, one in members.items():
                folder = str(tmp_path / name)
                one.send(call="work", library=folder, url=url, name=name, rounds=_ROUNDS)
            assert [one.code() for one in members.values()] == [0, 0]
        finally:
            for one in members.values():
                one.close()
        ada.pull("nas")
        must_be_sound(ada)
        for name in members:
            for number in range(_ROUNDS):
                text = (ada.path / f"{name}-{number}.txt").read_text()
                assert text == f"{name} {number} " * 3000
        git(ada, "fsck", "--full", "--strict")
