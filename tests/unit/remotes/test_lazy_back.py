"""A library whose files are partly at a remote only: what was deleted comes back, the rest stays.

The remote and the place of snapshots are folders, as a NAS and a disk are.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon import Library
from audobon.errors import Unavailable

NAMES = ("here", "never", "other")


def content(name: str) -> bytes:
    return random.Random(name).randbytes(20_000)


def states(library: Library) -> dict[str, str]:
    return {name: library.get(f"{name}.bin").state for name in NAMES}


@pytest.fixture
def nas(tmp_path: Path) -> Path:
    return tmp_path / "nas"


@pytest.fixture
def disk(tmp_path: Path) -> str:
    return str(tmp_path / "disk")


@pytest.fixture
def home(ada: Library, nas: Path) -> Library:
    """All files lie here, and one version of them at the remote."""
    for name in NAMES:
        (ada.path / f"{name}.bin").write_bytes(content(name))
    ada.add([ada.path])
    ada.commit("one")
    ada.remotes.add("nas", str(nas))
    ada.push("nas")
    return ada


@pytest.fixture
def bob(home: Library, nas: Path, tmp_path: Path) -> Iterator[Library]:
    """A lazy clone with one of the files."""
    with Library.clone(str(nas), tmp_path / "bob", author="Bob <bob@x>") as made:
        made.fetch(["here.bin"])
        assert states(made) == {"here": "present", "never": "remote", "other": "remote"}
        yield made


def test_going_back_to_a_snapshot_brings_a_deleted_file_again(bob: Library, disk: str) -> None:
    bob.edit(["here.bin"], rating=3)
    made = bob.snapshot(disk)
    bob.edit(["never.bin", "here.bin"], rating=5)
    (bob.path / "here.bin").unlink()
    done = bob.snapshots.go_back(disk, made.id)
    assert [path.rpartition("/")[2] for path in done.written] == ["here.bin"]
    assert (bob.path / "here.bin").read_bytes() == content("here")
    assert states(bob) == {"here": "present", "never": "remote", "other": "remote"}
    assert (bob.get("here.bin").rating, bob.get("never.bin").rating) == (3, 0)
    assert bob.diff("HEAD", "WORKING").entries == ()
    assert bob.fetch(["never.bin"]).lacking == ()
    assert (bob.path / "never.bin").read_bytes() == content("never")
    (bob.path / "never.bin").unlink()
    bob.commit("one deleted")
    assert bob.get("never.bin").state == "missing", "fetched, and deleted since: nobody left it"


def test_going_back_to_a_point_does_too(bob: Library) -> None:
    point = bob.keep_point("before")
    (bob.path / "here.bin").unlink()
    bob.commit("deleted")
    assert states(bob)["here"] == "missing"
    bob.go_back(point.id)
    assert (bob.path / "here.bin").read_bytes() == content("here")
    assert states(bob) == {"here": "present", "never": "remote", "other": "remote"}


def test_bytes_that_only_the_remote_has_are_fetched_or_it_is_told(
    bob: Library, disk: str, nas: Path
) -> None:
    assert len(bob.snapshot(disk).lacking) == 2
    # Copied there by hand and deleted again: nobody left it at the remote any more.
    (bob.path / "never.bin").write_bytes(content("never"))
    bob.add([bob.path])
    assert states(bob)["never"] == "present"
    (bob.path / "never.bin").unlink()
    bob.add([bob.path])
    assert states(bob)["never"] == "missing"
    nas.rename(nas.with_name("elsewhere"))
    for call in (
        lambda: bob.snapshots.go_back(disk),
        lambda: bob.snapshots.restore(disk, "never.bin"),
        lambda: bob.restore("never.bin", bob.log()[-1].id),
    ):
        with pytest.raises(Unavailable, match="'origin' cannot be asked"):
            call()
    assert states(bob) == {"here": "present", "never": "missing", "other": "remote"}
    assert not (bob.path / "never.bin").exists()
    nas.with_name("elsewhere").rename(nas)
    bob.snapshots.go_back(disk)
    assert (bob.path / "never.bin").read_bytes() == content("never")
    assert states(bob) == {"here": "present", "never": "present", "other": "remote"}


def test_one_file_comes_back_from_a_snapshot_and_from_the_history(
    bob: Library, disk: str, tmp_path: Path
) -> None:
    made = bob.snapshot(disk)
    (bob.path / "here.bin").unlink()
    bob.commit("deleted")
    bob.snapshots.restore(disk, "here.bin", made.id)
    assert (bob.path / "here.bin").read_bytes() == content("here")
    (bob.path / "here.bin").unlink()
    bob.commit("deleted again")
    bob.restore("here.bin", made.version)
    assert (bob.path / "here.bin").read_bytes() == content("here")
    assert states(bob) == {"here": "present", "never": "remote", "other": "remote"}
    # One that the snapshot never had comes from the remote, and stays there beside it.
    aside = bob.snapshots.restore(disk, "other.bin", made.id, to=tmp_path / "aside.bin")
    assert Path(aside).read_bytes() == content("other")
    assert states(bob)["other"] == "remote"
    bob.snapshots.restore(disk, "other.bin", made.id)
    assert states(bob)["other"] == "present"


def test_switching_there_and_back_leaves_a_fetched_file_here(bob: Library) -> None:
    bob.branch("before")
    (bob.path / "new.bin").write_bytes(b"new")
    bob.add([bob.path / "new.bin"])
    bob.commit("one more")
    bob.switch("before")
    assert not (bob.path / "new.bin").exists()
    bob.switch("main")
    assert (bob.path / "new.bin").read_bytes() == b"new"
    assert bob.get("new.bin").state == "present"


def test_what_others_delete_is_gone_here_too_and_is_not_brought_to_life(
    home: Library, bob: Library
) -> None:
    (home.path / "other.bin").unlink()
    home.commit("deleted")
    home.push("nas")
    bob.pull("origin")
    assert states(bob) == {"here": "present", "never": "remote", "other": "missing"}
    bob.edit(["other.bin"], note="where is it?")
    made = bob.commit("a note")
    assert made.stats.added == 0
    bob.restore("other.bin", "HEAD~2")
    assert (bob.path / "other.bin").read_bytes() == content("other")


def test_one_that_was_taken_out_and_in_again_still_lies_at_the_remote(bob: Library) -> None:
    bob.remove(["never.bin"])
    bob.commit("without it")
    assert bob.undo() is not None
    assert states(bob)["never"] == "remote"
    bob.commit("with it")
    assert states(bob)["never"] == "remote"
    assert bob.diff("HEAD~2", "HEAD").entries == ()


def test_a_catalog_made_anew_takes_nothing_for_deleted(bob: Library) -> None:
    head = bob.commit("all").id
    where = bob.path
    bob.close()
    (where / ".audobon" / "catalog.db").unlink()
    with Library.open(where) as again:
        assert states(again) == {"here": "present", "never": "remote", "other": "remote"}
        assert again.commit("nothing").id == head


def test_a_recovered_clone_calls_nothing_lost_that_it_never_had(
    bob: Library, disk: str, tmp_path: Path
) -> None:
    bob.snapshot(disk)
    with Library.recover(disk, tmp_path / "again") as again:
        assert again.recovered is not None
        assert (again.recovered.files, again.recovered.failed) == (1, ())
        assert states(again) == {"here": "present", "never": "remote", "other": "remote"}
        again.fetch(["never.bin"])
        assert (again.path / "never.bin").read_bytes() == content("never")
