"""What was purged leaves remotes as well, and no other clone brings it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import define
from purge_support import found_in, git, noise, pieces

import audobon
from audobon.errors import Conflict, Invalid, NotFound
from audobon.storage.history.unpacking import unpack
from audobon.storage.objects import open_store
from audobon.testing.pictures import write_png

_SECRET = noise(200_000, 1)


@define
class Shared:
    """A library, the folder that it was pushed to, and a clone by somebody else."""

    lib: audobon.Library
    nas: Path
    other: audobon.Library

    @property
    def needles(self) -> list[bytes]:
        return [*pieces(_SECRET), b"contract-with-them", self.asset_id.encode()]

    asset_id: str = ""


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    folder, nas = tmp_path / "Lib", tmp_path / "nas"
    with audobon.Library.create(folder, author="Ada <ada@example.org>") as lib:
        (folder / "work.bin").write_bytes(noise(90_000, 2))
        write_png(folder / "wall.png", 32, 32, color=(9, 9, 90))
        lib.add(folder)
        lib.commit("Work")
        (folder / "contract-with-them.bin").write_bytes(_SECRET)
        lib.add(folder)
        lib.commit("Add contract-with-them.bin")
        lib.work()
        lib.remotes.add("nas", str(nas))
        asset = lib.get("contract-with-them.bin")
        lib.lock(asset, keep=True)
        lib.push("nas")
        with audobon.Library.clone(str(nas), tmp_path / "Clone", author="Bob <bob@b.org>") as other:
            other.fetch(["work.bin"])
            (other.path / "bobs.bin").write_bytes(noise(50_000, 3))
            other.add(other.path)
            other.commit("Something of Bob's")
            yield Shared(lib, nas, other, asset.id)


def test_nothing_of_it_is_left_at_the_remote(shared: Shared, tmp_path: Path) -> None:
    lib, nas = shared.lib, shared.nas
    assert found_in(nas, shared.needles)
    done = lib.purge(["contract-with-them.bin"], remotes=["nas"])
    assert done.ok, (done.places, done.proof)
    (place,) = done.places
    assert place.done
    assert place.proof is not None
    assert place.proof.files > 5
    assert found_in(nas, shared.needles) == []
    store = open_store(str(nas))
    packs = [store.get(stat.key) for stat in store.list("git/")]
    store.close()
    assert packs
    for data in packs:
        body = b"".join(one for _, one in unpack(data)[1].values())
        assert not any(needle in body for needle in shared.needles)
    assert lib.push("nas").nothing
    assert lib.pull("nas").conflicts == 0
    with audobon.Library.clone(str(nas), tmp_path / "fresh", lazy=False) as fresh:
        assert (fresh.path / "work.bin").read_bytes() == noise(90_000, 2)
        assert fresh.verify().problems == ()
        assert [version.id for version in fresh.log()] == [version.id for version in lib.log()]
        with pytest.raises(NotFound):
            fresh.get(shared.asset_id)


def test_another_clone_cannot_bring_it_back_and_follows(shared: Shared) -> None:
    lib, other = shared.lib, shared.other
    assert lib.purge(["contract-with-them.bin"], remotes=["nas"]).ok
    for call in (other.push, other.pull):
        with pytest.raises(Conflict, match="purged") as refused:
            call("origin")
        assert "--follow origin" in refused.value.hint
    assert found_in(shared.nas, shared.needles) == []
    assert other.purge_as("origin", dry_run=True).assets == ("Lib/contract-with-them.bin",)
    assert other.get(shared.asset_id)
    done = other.purge_as("origin")
    assert done.ok, done.proof
    assert found_in(other.state_path, pieces(_SECRET)) == []
    base = git(other, "merge-base", "main", "refs/remotes/origin/main").strip()
    assert base == lib.log()[0].id  # their common past is one past again
    other.push("origin")
    assert lib.pull("nas").conflicts == 0
    assert (lib.path / "bobs.bin").read_bytes() == noise(50_000, 3)
    assert lib.log()[0].message == "Something of Bob's"
    assert found_in(shared.nas, shared.needles) == []


def test_a_remote_that_was_not_purged_is_refused_until_it_is(shared: Shared) -> None:
    lib = shared.lib
    for plan in (True, False):
        with pytest.raises(Invalid, match="nothing was purged here") as refused:
            lib.purge(remotes=["nas"], dry_run=plan)
        assert "--remote nas" in refused.value.hint
    assert lib.purge(["contract-with-them.bin"]).ok
    (told,) = lib.purge(remotes=["nas"], dry_run=True).places
    assert not told.done
    assert told.told.startswith("1 branch or tag would move to versions without what was purged")
    assert found_in(shared.nas, shared.needles)
    for call in (lib.push, lib.pull):
        with pytest.raises(Conflict, match="purged here") as refused:
            call("nas")
        assert "--remote nas" in refused.value.hint
    with pytest.raises(NotFound):
        lib.get(shared.asset_id)
    done = lib.purge(remotes=["nas"])
    assert done.ok, done.places
    assert found_in(shared.nas, shared.needles) == []
    (told,) = lib.purge(remotes=["nas"], dry_run=True).places
    assert told.done
    assert told.told.startswith("all branches and tags are at versions without")
    assert lib.push("nas").nothing


def test_versions_that_are_not_here_are_pulled_first(shared: Shared) -> None:
    shared.other.push("origin")
    with pytest.raises(Conflict, match="not here") as refused:
        shared.lib.purge(["contract-with-them.bin"], remotes=["nas"])
    assert "pull" in refused.value.hint
    assert (shared.lib.path / "contract-with-them.bin").exists()
    assert shared.lib.get(shared.asset_id)
    with pytest.raises(NotFound):
        shared.lib.purge(["contract-with-them.bin"], remotes=["no such"])
    # Purged here alone, what somebody pushed there on top of it is still kept out.
    assert shared.lib.purge(["contract-with-them.bin"]).ok
    with pytest.raises(Conflict, match="purged"):
        shared.lib.pull("nas")
    assert found_in(shared.lib.state_path, pieces(_SECRET)) == []


def test_a_remote_that_cannot_be_reached_is_told(shared: Shared, tmp_path: Path) -> None:
    shared.nas.rename(tmp_path / "unplugged")
    done = shared.lib.purge(["contract-with-them.bin"], remotes=["nas"])
    assert not done.ok
    assert done.proof is not None
    assert done.proof.ok
    assert not done.places[0].done
    assert "not reached" in done.places[0].told
    (tmp_path / "unplugged").rename(shared.nas)
    assert shared.lib.purge(remotes=["nas"]).ok
    assert found_in(shared.nas, shared.needles) == []


def test_a_remote_that_is_away_from_the_start_holds_nothing_up(
    shared: Shared, tmp_path: Path
) -> None:
    away = shared.nas.rename(tmp_path / "unplugged")
    with audobon.Library.open(shared.lib.path) as lib:  # that has never seen its folder
        plan = lib.purge(["contract-with-them.bin"], remotes=["nas"], dry_run=True)
        assert plan.versions
        (told,) = plan.places
        assert told.name == "nas"
        assert told.told.startswith("not reached: there is no folder")
        assert "plug the disk in" in told.told
        assert lib.get(shared.asset_id)
        done = lib.purge(["contract-with-them.bin"], remotes=["nas"])
        assert not done.ok
        assert done.places == (told,)
        assert done.proof is not None
        assert done.proof.ok
        assert found_in(lib.state_path, pieces(_SECRET)) == []
        assert [one.told for one in lib.purge(remotes=["nas"]).places] == [told.told]
        away.rename(shared.nas)
        assert lib.purge(remotes=["nas"]).ok
    assert found_in(shared.nas, shared.needles) == []
