"""An asset vanishes from a library for good, and nothing else of it changes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import define
from purge_support import found_in, git, noise, pieces

import audobon
from audobon.errors import Conflict, Corrupt, Invalid, NotFound, ReadOnly
from audobon.testing.pictures import write_png

_NOTE = "nobody may ever read what is written here"
_NAME = b"facephoto"
_OLD, _NEW = noise(300_000, 1), noise(250_000, 2)
_OTHER = [noise(120_000, 10 + number) for number in range(4)]


@define
class Full:
    """A library in which everything that can name an asset does."""

    lib: audobon.Library
    asset: audobon.Asset
    first: audobon.Version
    others: dict[str, bytes]

    @property
    def needles(self) -> list[bytes]:
        return [*pieces(_OLD, _NEW), _NAME, _NOTE.encode()]


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Full]:
    folder = tmp_path / "Lib"
    with audobon.Library.create(folder, author="Ada <ada@example.org>") as lib:
        (folder / "work.bin").write_bytes(_OTHER[0])
        lib.add(folder)
        first = lib.commit("Only work")
        (folder / "facephoto.bin").write_bytes(_OLD)
        lib.add(folder)
        asset = lib.get("facephoto.bin")
        lib.edit([asset], note=_NOTE, add_tags=["people"], rating=3)
        lib.relate("work.bin", "uses", asset)
        others = {first.id: _OTHER[0]}
        others[lib.commit("Add facephoto.bin").id] = _OTHER[0]
        lib.branch("night")
        git(lib, "tag", "-m", "with facephoto.bin in it", "shown")
        (folder / "facephoto.bin").write_bytes(_NEW)
        (folder / "work.bin").write_bytes(_OTHER[1])
        lib.add(folder)
        lib.keep_point("before the facephoto.bin is moved")
        others[lib.commit("Both are new").id] = _OTHER[1]
        (folder / "sub").mkdir()
        (folder / "facephoto.bin").rename(folder / "sub" / "facephoto-2.bin")
        lib.add(folder)
        lib.restore(asset, "HEAD~1")  # what only the disk has goes into a rescue version
        lib.edit(["work.bin"], rating=2)
        lib.undo()
        lib.lock(asset, keep=True)
        with lib.state_path.joinpath("logs", "worker.log").open("a") as log:
            log.write("could not decode facephoto.bin\nsomething else\n")
        lib.search("facephoto")
        lib.search("work")
        yield Full(lib, asset, first, others)


def test_no_byte_of_it_is_left(full: Full) -> None:
    lib, state = full.lib, full.lib.state_path
    assert found_in(state, full.needles)
    done = lib.purge([full.asset])
    assert done.ok, done.proof
    assert done.proof is not None
    assert done.proof.files > 20
    assert done.proof.needles > 30
    assert found_in(state, full.needles) == []
    ids = [where for where in found_in(state, [full.asset.id.encode()]) if "audit" not in where]
    assert ids in (
        [],
        ["catalog.db", "catalog.db, rows"],
    )  # in the audit log's rows, and there only
    assert not list(lib.path.rglob("facephoto*"))
    assert "something else" in (state / "logs" / "worker.log").read_text()
    with pytest.raises(NotFound):
        lib.get(full.asset.id)
    assert lib.search("facephoto").total == 0
    assert lib.search("work").total == 1


def test_everything_else_stays(full: Full, tmp_path: Path) -> None:
    lib = full.lib
    form = "%an|%ae|%ai|%cn|%ci|%s"
    before = git(lib, "log", f"--format={form}", "main").splitlines()
    branches = [branch.name for branch in lib.branches()]
    done = lib.purge([full.asset])
    after = git(lib, "log", f"--format={form}", "main").splitlines()
    assert after == [line.replace("facephoto.bin", "[purged]") for line in before]
    assert [branch.name for branch in lib.branches()] == branches
    assert "work.bin" in git(lib, "ls-tree", "-r", "--name-only", "shown")
    assert full.first.id not in done.commits  # it never had the asset, so it is what it was
    for old, data in full.others.items():
        lib.restore("work.bin", done.commits.get(old, old), tmp_path / "out")
        assert (tmp_path / "out").read_bytes() == data
    assert lib.verify().problems == ()
    assert git(lib, "fsck", "--strict", "--full", "--unreachable").strip() == ""
    point = lib.recovery_points()[0]
    assert "[purged]" in point.reason
    lib.go_back(point.id)
    assert (lib.path / "work.bin").read_bytes() == _OTHER[1]
    lib.commit("On it goes")


def test_the_audit_log_holds_and_says_that_something_went(full: Full) -> None:
    lib = full.lib
    lib.purge([full.asset])
    report = lib.audit.verify()
    assert report.problems == ()
    assert report.redacted
    told = next(entry for entry in lib.audit.list() if entry.did == "purge")
    assert told.what == "1 asset"
    assert not told.assets
    copy = (lib.state_path / "audit.jsonl").read_text()
    assert "facephoto" not in copy
    # Words taken out without a purge that says so are found as before.
    db = lib._stores.catalog.db
    with db.write():
        db.execute("DROP TRIGGER audit_kept")
        row = db.one('SELECT n, entry FROM audit WHERE entry LIKE \'%"did":"add"%\'')
        assert row is not None
        from audobon.codec.audit import redacted_text

        db.execute("UPDATE audit SET entry = ? WHERE n = ?", (redacted_text(row[1]), row[0]))
    assert [problem.n for problem in lib.audit.verify().problems][:1] == [row[0]]


def test_a_plan_changes_nothing(full: Full) -> None:
    lib = full.lib
    refs = git(lib, "for-each-ref")
    plan = lib.purge([full.asset], dry_run=True)
    assert plan.dry_run
    assert plan.versions >= 2
    assert plan.contents == 2
    assert plan.used_by == ("work.bin",)
    assert plan.proof is None
    assert git(lib, "for-each-ref") == refs
    assert lib.get("sub/facephoto-2.bin").id == full.asset.id
    assert not (lib.state_path / "purging.json").exists()
    assert not (lib.state_path / "purged.json").exists()


def test_the_file_stays_where_that_is_asked(full: Full) -> None:
    done = full.lib.purge([full.asset], keep_files=True)
    assert done.ok
    assert (full.lib.path / "sub" / "facephoto-2.bin").exists()
    again = full.lib.add(full.lib.path)
    assert [asset.id != full.asset.id for asset in again.added] == [True]


def test_what_others_share_stays(tmp_path: Path) -> None:
    folder = tmp_path / "Lib"
    shared = noise(400_000, 5)
    with audobon.Library.create(folder, author="Ada <ada@example.org>") as lib:
        (folder / "original.bin").write_bytes(shared)
        (folder / "same-copy.bin").write_bytes(shared)
        (folder / "longer.bin").write_bytes(shared + noise(100_000, 6))
        lib.add(folder)
        version = lib.commit("three")
        done = lib.purge(["original.bin"])
        assert done.ok, done.proof
        assert done.contents == 0
        done = lib.purge(["same-copy.bin"])
        assert done.ok, done.proof
        assert done.contents == 1
        now = lib.log()[0].id
        assert now != version.id
        lib.restore("longer.bin", now, tmp_path / "out")
        assert (tmp_path / "out").read_bytes() == shared + noise(100_000, 6)
        assert lib.verify().problems == ()


def test_another_asset_at_the_same_path_stays(tmp_path: Path) -> None:
    folder = tmp_path / "Lib"
    with audobon.Library.create(folder, author="Ada <ada@example.org>") as lib:
        (folder / "place.bin").write_bytes(noise(60_000, 1))
        lib.add(folder)
        old = lib.get("place.bin")
        lib.commit("the first")
        (folder / "place.bin").rename(folder / "elsewhere.bin")
        lib.add(folder)
        lib.commit("out of the way")
        (folder / "place.bin").write_bytes(noise(60_000, 2))
        lib.add(folder)
        new = lib.get("place.bin")
        assert new.id != old.id
        lib.commit("the second")
        done = lib.purge([old.id])
        assert done.ok, done.proof
        lib.restore("place.bin", "HEAD", tmp_path / "out")
        assert (tmp_path / "out").read_bytes() == noise(60_000, 2)
        assert (folder / "place.bin").read_bytes() == noise(60_000, 2)
        assert not (folder / "elsewhere.bin").exists()
        assert "place.bin" not in git(lib, "ls-tree", "-r", "--name-only", "HEAD~2")
        assert found_in(lib.state_path, pieces(noise(60_000, 1))) == []


def test_pictures_and_their_previews_go(tmp_path: Path) -> None:
    folder = tmp_path / "Lib"
    with audobon.Library.create(folder) as lib:
        picture = write_png(folder / "portrait-of-her.png", 64, 64, color=(200, 10, 20))
        write_png(folder / "wall.png", 64, 64, color=(20, 10, 200))
        lib.add(folder)
        lib.commit("two pictures")
        lib.work()
        assert lib.preview("portrait-of-her.png") is not None
        assert lib.preview("wall.png") is not None
        done = lib.purge("portrait-of-her.png")
        assert done.ok, done.proof
        assert found_in(lib.state_path, [b"portrait-of-her"]) == []
        assert lib.preview("wall.png") is not None
    del picture


def test_bad_input_is_refused_and_nothing_is_lost(full: Full) -> None:
    lib = full.lib
    with pytest.raises(NotFound):
        lib.purge(["no such.bin"])
    with pytest.raises(Invalid):
        lib.purge([])
    lib.commit("as it is")
    lib.switch("night")
    (lib.path / "work.bin").write_bytes(_OTHER[2])
    lib.add(lib.path)
    lib.commit("At night")
    lib.merge("main")
    with pytest.raises(Conflict, match="merge"):
        lib.purge([full.asset.id])
    lib.abort_merge()
    with audobon.Library.open(lib.path, read_only=True) as reading, pytest.raises(ReadOnly):
        reading.purge([full.asset.id])


def test_a_damaged_history_is_left_as_it_is(full: Full) -> None:
    lib = full.lib
    git(lib, "repack", "-a", "-d", "-q")
    copy = lib.state_path / "kept-copy"
    pack = next((lib.state_path / "history.git" / "objects" / "pack").glob("*.pack"))
    shutil.copyfile(pack, copy)
    pack.chmod(0o600)
    data = bytearray(pack.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    pack.write_bytes(data)
    refs = git(lib, "for-each-ref", "--format=%(refname) %(objectname)")
    with audobon.Library.open(lib.path) as again, pytest.raises(Corrupt):
        again.purge([full.asset.id])
    assert git(lib, "for-each-ref", "--format=%(refname) %(objectname)") == refs
    shutil.copyfile(copy, pack)
    copy.unlink()
    with audobon.Library.open(lib.path) as again:
        assert again.purge([full.asset.id]).ok
