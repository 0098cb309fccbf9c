"""``kill -9`` at two hundred instants of add, edit, commit and restore.

Half of the kills come after a random time, half at a random call out of
Python. After each one the library must open, hold everything that was said to
be done, prove itself, and do the next thing.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field
from fault_support import damage, digest_of, git, must_be_sound
from warmprocess import WarmProcess

import audobon
from audobon.testing.folders import tree
from audobon.testing.pictures import png_bytes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the killed children are forked")

_KILLS = 50  # of each of the four calls
_MARK = "AUDOBON_TEST_MARK"


class Server(WarmProcess):
    """The warm process whose children are killed."""

    def __init__(self) -> None:
        self.mark = uuid.uuid4().hex
        super().__init__("killserver.py", env={**os.environ, _MARK: self.mark})

    def ask(self, **order: Any) -> dict[str, Any]:
        self.send(**order)
        answer = self.answer()
        assert not any(isinstance(one, dict) and "error" in one for one in answer["said"]), answer
        return answer

    def left(self) -> list[str]:
        """Processes begun by the killed children that still live; given some time to go."""
        for _ in range(200):
            found = [line for line in map(_marked, Path("/proc").glob("[0-9]*")) if line]
            found = [line for line in found if self.mark in line]
            if not found:
                return []
            time.sleep(0.1)
        return found


def _marked(process: Path) -> str:
    try:
        environment = (process / "environ").read_bytes()
        return f"{process.name} {environment.decode(errors='replace')}"
    except OSError:
        return ""


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@define
class Campaign:
    """One library, what it must hold, and the source of all chance."""

    folder: Path
    scratch: Path
    chance: random.Random
    versions: dict[str, dict[str, str]] = field(factory=dict)
    """Each version's id to the digest of each file in it, by the asset's id."""
    tags: set[str] = field(factory=set)
    serial: int = 0

    def change_files(self) -> None:
        """Save two files anew and make another one, as an artist's programs do."""
        for _ in range(3):
            self.serial += 1
            name = self.chance.choice(
                (f"set{self.serial % 3}/tile{self.serial % 9}.png", f"new{self.serial % 20}.png")
            )
            data = png_bytes(1 + self.serial, self.chance.randrange(1, 9))
            (self.folder / name).write_bytes(data)
        noise = bytearray((self.folder / "noise.bin").read_bytes())
        place = self.chance.randrange(len(noise))
        noise[place : place + 40] = self.chance.randbytes(40)
        (self.folder / "noise.bin").write_bytes(noise)

    def arguments(self, call: str, lib: audobon.Library) -> dict[str, Any]:
        """What the child is asked to do next."""
        self.serial += 1
        if call == "add":
            self.change_files()
            return {"paths": [str(self.folder)]}
        if call == "edit":
            assets = [asset.id for asset in lib.assets()[:5]]
            return {"assets": assets, "tags": [f"t{self.serial}-{n}" for n in range(20)]}
        if call == "commit":
            self.change_files()
            lib.add([self.folder])
            return {"message": f"round {self.serial}"}
        version = self.chance.choice(list(self.versions))
        files = self.chance.sample(sorted(self.versions[version]), 3)
        return {"files": [[ident, version] for ident in files]}

    def note_versions(self, lib: audobon.Library) -> None:
        """Learn versions that were made since, each of what is on disk now."""
        for version in lib.log(limit=10_000):
            if version.id not in self.versions:
                self.versions[version.id] = {
                    asset.id: digest_of(Path(asset.file)) for asset in lib.assets()
                }

    def check_restores(self, lib: audobon.Library, versions: list[str], count: int) -> None:
        """Some files of some versions come back bit for bit."""
        for version in versions:
            wanted = self.versions[version]
            for ident in self.chance.sample(sorted(wanted), min(count, len(wanted))):
                back = lib.restore(ident, version, self.scratch / "back")
                assert digest_of(Path(back)) == wanted[ident]


def order(chance: random.Random, number: int, whole: dict[str, Any]) -> dict[str, Any]:
    """When the child is killed: by turns after a time and at a step."""
    if number % 2:
        return {"delay": chance.uniform(0, 1.1 * whole["seconds"])}
    return {"step": chance.randint(1, whole["steps"])}


@pytest.mark.parametrize("call", ["add", "edit", "commit", "restore"])
def test_killed_at_any_instant_nothing_is_lost(
    lib: audobon.Library, folder: Path, tmp_path: Path, server: Server, call: str, soak: int
) -> None:
    seed = random.randrange(1 << 30) if soak > 1 else 20_260 + len(call)
    run = Campaign(folder, tmp_path / "scratch", random.Random(seed))
    run.scratch.mkdir()
    lib.commit("zero")
    run.note_versions(lib)
    killed = 0
    whole = server.ask(call=call, folder=str(folder), arguments=run.arguments(call, lib))
    assert not whole["killed"]
    lib.commit("one")
    run.note_versions(lib)
    lib.close()
    for number in itertools.count():
        if killed == _KILLS * soak:
            break
        assert number < 3 * _KILLS * soak, "kills come too late"
        with audobon.Library.open(folder) as now:
            arguments = run.arguments(call, now)
        before = tree(folder)
        answer = server.ask(
            call=call, folder=str(folder), arguments=arguments, **order(run.chance, number, whole)
        )
        if answer["killed"]:
            killed += 1
        else:
            # This machine, or this call, is faster by now. Counting steps makes it slow.
            learnt = "seconds" if number % 2 else "steps"
            whole = {**whole, learnt: answer[learnt]}
        with audobon.Library.open(folder) as after:
            try:
                _survived(run, after, call, arguments, answer["said"], before)
                _goes_on(run, after)
            except BaseException as error:
                error.add_note(f"kill {number} of seed {seed}: {answer}")
                raise
    with audobon.Library.open(folder) as last:
        run.check_restores(last, list(run.versions), 10_000)
        assert git(last, "fsck", "--strict", "--no-dangling") == ""
        must_be_sound(last)
    server.close()
    assert server.left() == []


def test_killed_while_a_damaged_catalog_is_built_again(
    lib: audobon.Library, folder: Path, server: Server, soak: int
) -> None:
    """However often the rebuilding is cut off, the next open brings everything back."""
    lib.edit("notes.txt", add_tags=["kept"])
    lib.commit("one")
    lib.close()
    catalog = folder / ".audobon" / "catalog.db"
    chance = random.Random(5)
    damage(catalog, 0, length=100)
    order = {"call": "open", "folder": str(folder), "arguments": {}}
    whole = server.ask(**order)
    assert whole["said"] == [{"assets": 12}]
    for _ in range(20 * soak):
        damage(catalog, 0, length=100)
        server.ask(**order, step=chance.randint(1, whole["steps"]))
        with audobon.Library.open(folder) as now:
            assert len(now.assets()) == 12
            assert now.search("tag:kept").total == 1
    with audobon.Library.open(folder) as last:
        must_be_sound(last)
        assert last.doctor().ok


def _survived(
    run: Campaign,
    lib: audobon.Library,
    call: str,
    arguments: dict[str, Any],
    said: list[Any],
    before: dict[str, tuple[bytes, int]],
) -> None:
    log = [version.id for version in lib.log(limit=10_000)]
    assert log[-len(run.versions) :] == list(reversed(run.versions)), "the history was rewritten"
    if call == "restore":
        _check_restored(run, arguments, said, before)
    else:
        assert tree(run.folder) == before, "a source file was changed"
    if call == "edit":
        _check_tags(run, lib, arguments, said)
    run.note_versions(lib)
    if call == "commit" and said:
        assert said[0]["version"] == log[0]
    if call == "add" and said:
        known = {asset.path for asset in lib.assets()}
        assert known == set(before)
    must_be_sound(lib)
    run.check_restores(lib, [log[0], run.chance.choice(log)], 2)


def _check_tags(
    run: Campaign, lib: audobon.Library, arguments: dict[str, Any], said: list[Any]
) -> None:
    """Every edit that was told is there, every other one is there as a whole or not at all."""
    done = {one["tag"] for one in said if "tag" in one}
    undone = {one["undone"] for one in said if "undone" in one}
    unsure = set(arguments["tags"][4::5]) - undone  # perhaps taken back, and killed before saying
    run.tags |= done - undone - unsure
    wanted = set(arguments["assets"])
    for tag in arguments["tags"]:
        has = {hit.asset.id for hit in lib.search(f"tag:{tag}").hits}
        assert has in (set(), wanted), f"half of the edit {tag} is there"
    held = set.intersection(*(set(lib.get(ident).tags) for ident in wanted))
    assert run.tags <= held, "an edit is lost"
    assert not undone & held, "an undone edit is back"


def _check_restored(
    run: Campaign,
    arguments: dict[str, Any],
    said: list[Any],
    before: dict[str, tuple[bytes, int]],
) -> None:
    """Each file is what it was or what it was to become, and nothing else was touched."""
    with audobon.Library.open(run.folder) as lib:
        paths = {ident: lib.get(ident).path for ident, _ in arguments["files"]}
    told = {one["restored"] for one in said}
    after = tree(run.folder)
    for ident, version in arguments["files"]:
        path, wanted = paths[ident], run.versions[version][ident]
        old = hashlib.sha256(before[path][0]).hexdigest()
        now = hashlib.sha256(after[path][0]).hexdigest()
        assert now in ((wanted,) if ident in told else (old, wanted)), f"{path} is torn"
    spared = set(paths.values())
    left = {name for name in after.keys() - before.keys() if name.rpartition("/")[2][0] != "."}
    assert not left, "a restore left files behind"
    assert all(after[name] == before[name] for name in before.keys() - spared)


def _goes_on(run: Campaign, lib: audobon.Library) -> None:
    """The next add, commit and restore work."""
    run.change_files()
    report = lib.add([run.folder])
    assert not report.failed
    version = lib.commit(f"goes on {run.serial}")
    run.note_versions(lib)
    assert next(reversed(run.versions)) == version.id
    run.check_restores(lib, [version.id], 1)
