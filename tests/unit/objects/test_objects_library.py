"""A library goes through a bucket: pushed on one machine, cloned on another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fakebucket import FakeBucket, Fault

import audobon
from audobon.errors import Conflict
from audobon.model.estimate import Estimate

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("cloud")]


def test_a_library_goes_through_a_bucket(
    bucket: FakeBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", bucket.url)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "lib"
    folder.mkdir()
    data = os.urandom(9 << 20)  # above what goes in one request
    (folder / "big.bin").write_bytes(data)
    with audobon.Library.create(folder, "Test", author="Test <test@localhost>") as lib:
        lib.add([folder])
        version = lib.commit("one")
        lib.remotes.add("far", "gs://bucket/lib")
        bucket.faults += [Fault("POST", "/upload/", 503), Fault("PUT", "upload_id", 0)]
        assert lib.push("far").versions == 1
        with audobon.Library.clone("gs://bucket/lib", tmp_path / "copy") as copy:
            bucket.faults = [Fault("GET", "alt=media", 500, 2)]
            back = copy.restore("big.bin", version.id, tmp_path / "back.bin")
            assert Path(back).read_bytes() == data
            (tmp_path / "copy" / "new.txt").write_text("from there")
            copy.add([tmp_path / "copy"])
            copy.commit("two")
            copy.push(copy.remotes.list()[0].name)
        (folder / "mine.txt").write_text("from here")
        lib.add([folder])
        lib.commit("three")
        with pytest.raises(Conflict):
            lib.push("far")


def asked(bucket: FakeBucket) -> tuple[int, int]:
    """Requests of class A and B. A page of a listing has seven objects here, and a thousand there.

    What was asked is forgotten.
    """
    seen = [(method, path) for method, path in bucket.seen if "pageToken" not in path]
    bucket.seen.clear()
    lists = sum(method == "GET" and "/o?" in path for method, path in seen)
    gets = sum(method == "GET" for method, _ in seen)
    return len(seen) - gets + lists, gets - lists


def told(estimate: Estimate | None, bucket: FakeBucket) -> tuple[int, int]:
    assert estimate is not None
    bucket.seen.clear()
    amounts = {each.what: int(each.amount) for each in estimate.costs}
    assert estimate.as_of
    return amounts["operations of class A"], amounts["operations of class B"]


def test_what_transfers_ask_of_a_bucket_is_told_before(
    bucket: FakeBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", bucket.url)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder, url, kept = tmp_path / "lib", "gs://bucket/lib", "gs://bucket/kept"
    folder.mkdir()
    for name in ("oak", "elm"):
        (folder / f"{name}.bin").write_bytes(os.urandom(300_000))
    opening = (1, 2)  # once for each library that is open
    with audobon.Library.create(folder, "Test", author="Test <test@localhost>") as lib:
        lib.add([folder])
        lib.commit("one")
        lib.remotes.add("far", url)
        lib.push("far")
        for lazy in (True, False):
            before = told(audobon.Library.estimate_clone(url, lazy=lazy).estimate, bucket)
            audobon.Library.clone(url, tmp_path / f"lazy{lazy}", lazy=lazy).close()
            assert asked(bucket) == before
        with audobon.Library.open(tmp_path / "lazyTrue") as copy:
            before = told(copy.fetch(["oak.bin"], dry_run=True).estimate, bucket)
            copy.fetch(["oak.bin"])
            assert _sum(asked(bucket), opening) == before
        (folder / "oak.bin").write_bytes(os.urandom(200_000))
        lib.commit("two")
        lib.push("far")
        with audobon.Library.open(tmp_path / "lazyFalse") as copy:
            before = told(copy.pull("origin", dry_run=True).estimate, bucket)
            copy.pull("origin")
            assert _sum(asked(bucket), opening) == before
        for _ in range(3):
            before = told(lib.snapshots.estimate(kept).estimate, bucket)
            lib.snapshot(kept)
            assert asked(bucket) == before
            (folder / "elm.bin").write_bytes(os.urandom(200_000))
        before = told(audobon.Library.estimate_recover(kept).estimate, bucket)
        audobon.Library.recover(kept, tmp_path / "again").close()
        assert asked(bucket) == before


def _sum(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    return a[0] + b[0], a[1] + b[1]
