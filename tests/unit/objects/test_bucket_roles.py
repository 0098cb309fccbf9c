"""What a role on a bucket allows and what it does not, each refusal told, nothing half done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fakebucket import FakeBucket

from audobon import Library
from audobon.errors import AudobonError, ReadOnly, Unavailable
from audobon.services.depot import garbage
from audobon.services.depot.records import dump
from audobon.storage.objects import ABSENT, ObjectStore
from audobon.storage.objects.gcs import GcsStore

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("cloud")]

READER = {"get", "list"}
WRITER = {"get", "list", "create"}
MANAGER = {"get", "list", "create", "delete"}
URL = "gs://bucket/art"
CHANGING = ("art/refs/", "art/locks/", "art/garbage.json", "art/purged.json")
"""What a push replaces; a writer may, by a role on these folders alone."""
Closing = Callable[[ObjectStore], ObjectStore]


@pytest.fixture
def ada(tmp_path: Path, bucket: FakeBucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """A library with two versions, the first of which its bucket has."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", bucket.url)
    with Library.create(tmp_path / "ada", author="Ada <ada@example.org>") as library:
        _write(library, "a.txt", "one")
        library.remotes.add("art", URL)
        library.push("art")
        yield library


def _write(library: Library, name: str, text: str) -> None:
    (library.path / name).write_text(text * 1000)
    library.add(library.path)
    library.commit(text)


def _set(bucket: FakeBucket, rights: set[str], more: tuple[str, ...] = ()) -> dict[str, int]:
    bucket.rights, bucket.more = rights, {key: {"delete"} for key in more}
    return {name: stored.generation for name, stored in bucket.objects.items()}


def test_a_reader_pulls_and_does_not_push(ada: Library, bucket: FakeBucket, tmp_path: Path) -> None:
    _set(bucket, READER)
    with Library.clone(URL, tmp_path / "bob", author="Bob <bob@example.org>") as bob:
        bob.fetch(["a.txt"])
        assert (bob.path / "a.txt").read_text() == "one" * 1000
        bucket.rights = None
        _write(ada, "b.txt", "two")
        ada.push("art")
        before = _set(bucket, READER)
        bob.lock("a.txt")  # which cannot be told there
        report = bob.pull("origin")
        assert report.merge is not None
        assert {asset.name for asset in bob.assets()} == {"a.txt", "b.txt"}
        _write(bob, "c.txt", "three")
        with pytest.raises(ReadOnly, match="may not be written by this account") as caught:
            bob.push("origin")
        assert caught.value.hint == "ask the bucket's owner for roles/storage.objectUser"
        assert {name: one.generation for name, one in bucket.objects.items()} == before
        assert bob.remotes.state("origin").ahead == 1
        assert bob.verify().ok
        # With the role it is done, with nothing left over from before.
        bucket.rights = MANAGER
        assert bob.push("origin").branches == ("main",)
    assert ada.pull("art").versions == 1


def test_a_writer_pushes_and_does_not_remove(ada: Library, bucket: FakeBucket) -> None:
    _set(bucket, WRITER, CHANGING)
    _write(ada, "b.txt", "two")
    assert ada.push("art").versions == 1
    made = ada.snapshot(URL)
    before = _set(bucket, WRITER, (*CHANGING, "art/snapshots/"))
    with pytest.raises(ReadOnly, match="nothing may be removed from gs://bucket/art by") as caught:
        ada.snapshots.forget(URL, snapshots=[made.id], grace=timedelta(0))
    assert "roles/storage.objectUser" in (caught.value.hint or "")
    # The snapshot is gone, as that was allowed; of what it needed nothing was touched or noted.
    gone = {name for name in before if name not in bucket.objects}
    assert {name.split("/")[1] for name in gone} == {"snapshots"}
    assert f"art/{garbage.KEY}" not in bucket.objects
    _write(ada, "c.txt", "three")
    assert ada.push("art").versions == 1  # nobody is kept from writing by it
    bucket.rights = MANAGER
    ada.snapshots.forget(URL, snapshots=[], grace=timedelta(0))


def test_a_writer_does_not_purge_half(ada: Library, bucket: FakeBucket) -> None:
    _write(ada, "b.txt", "two")
    ada.push("art")
    before = _set(bucket, WRITER, CHANGING)
    (place,) = ada.purge(["a.txt"], remotes=["art"]).places
    assert not place.done
    assert "nothing may be removed from gs://bucket/art by this account" in place.told
    assert "roles/storage.objectUser" in place.told
    assert {name: one.generation for name, one in bucket.objects.items()} == before
    bucket.rights = MANAGER
    (place,) = ada.purge(remotes=["art"]).places
    assert place.done, place.told


def test_a_broken_off_collection_is_told_to_who_cannot_finish_it(
    ada: Library, bucket: FakeBucket
) -> None:
    going = garbage.Garbage(going=(f"packs/{'1' * 64}.pack",))
    bucket.write(f"art/{garbage.KEY}", dump(going), {})
    _set(bucket, WRITER, CHANGING)
    _write(ada, "b.txt", "two")
    with pytest.raises(ReadOnly, match="was broken off, and this account may not remove") as caught:
        ada.push("art")
    assert "have somebody who may remove" in (caught.value.hint or "")
    bucket.rights = MANAGER
    assert ada.push("art").branches == ("main",)
    assert b"packs/" not in bucket.objects[f"art/{garbage.KEY}"].data


def test_a_writer_who_may_only_add_cannot_move_a_branch(ada: Library, bucket: FakeBucket) -> None:
    before = _set(bucket, WRITER)
    _write(ada, "b.txt", "two")
    with pytest.raises(ReadOnly, match=r"refs/heads/main.json in .* may not be changed by"):
        ada.push("art")
    after = {name: one.generation for name, one in bucket.objects.items()}
    assert {name: after[name] for name in before} == before
    sent = len(after)
    bucket.more = {key: {"delete"} for key in CHANGING}
    ada.push("art")
    assert len(bucket.objects) == sent, "what was sent before is not sent again"


_ASKING: dict[str, Callable[[ObjectStore], object]] = {
    "get": lambda store: store.get("a"),
    "list": lambda store: list(store.list()),
    "create": lambda store: store.put("b", b"2", ABSENT),
    "delete": lambda store: store.delete("a"),
}


@pytest.mark.parametrize("lacking", list(_ASKING))
def test_each_permission_is_asked_for_alone(
    lacking: str, bucket: FakeBucket, closing: Closing
) -> None:
    store = closing(GcsStore("bucket", "art", endpoint=bucket.url))
    store.put("a", b"1")
    bucket.rights = MANAGER - {lacking}
    reopened = closing(GcsStore("bucket", "art", endpoint=bucket.url))
    words = {"get": "read", "list": "listed", "create": "written", "delete": "deleted"}
    for right, call in _ASKING.items():
        if right == lacking or (lacking == "get" and right == "delete"):
            kind = Unavailable if right in READER or lacking == "get" else ReadOnly
            with pytest.raises(kind, match=f"may not be {words[lacking]} by") as caught:
                call(reopened)
            assert "roles/storage.object" in (caught.value.hint or "")
            assert isinstance(caught.value, AudobonError)
        elif lacking != "get" or right != "create":
            call(reopened)
    bucket.rights = None
    assert (store.stat("a") is None) == (lacking not in ("delete", "get"))


def test_replacing_needs_the_right_to_delete(bucket: FakeBucket, closing: Closing) -> None:
    store = closing(GcsStore("bucket", "art", endpoint=bucket.url))
    first = store.put("refs/main", b"1", ABSENT)
    bucket.rights = WRITER
    with pytest.raises(ReadOnly, match="refs/main in gs://bucket/art may not be changed"):
        store.put("refs/main", b"2", first.generation)
    with pytest.raises(ReadOnly, match="may not be deleted"):
        store.delete("packs/none")  # not there: still told
    bucket.rights = MANAGER
    assert store.delete("packs/none") is False
    assert store.get("refs/main") == b"1"
