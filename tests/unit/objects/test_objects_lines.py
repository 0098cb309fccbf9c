"""Whole libraries over bad lines to a bucket: nobody has to do anything about it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakebucket import FakeBucket, Fault
from tcpproxy import TcpProxy, tcp_proxy

import audobon
from audobon.errors import Unavailable
from audobon.storage.objects import RetryStore
from audobon.storage.objects.gcs import GcsStore

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("cloud")]

_AUTHOR = "Test <test@localhost>"


@pytest.fixture
def line(bucket: FakeBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TcpProxy]:
    """The way to the bucket. Its own client asks nothing again: what does is around it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("audobon.storage.objects.gcs.PATIENCE_S", 0.0)
    with tcp_proxy(bucket.url) as proxy:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        yield proxy


@pytest.fixture
def art(tmp_path: Path) -> Iterator[audobon.Library]:
    folder = tmp_path / "art"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.bin").write_bytes(os.urandom(3 << 20))
    with audobon.Library.create(folder, "Art", author=_AUTHOR) as made:
        made.add([folder])
        made.commit("one")
        yield made


def _whole(folder: Path, of: Path) -> None:
    for name in "abc":
        assert (folder / f"{name}.bin").read_bytes() == (of / f"{name}.bin").read_bytes()


def test_push_clone_and_pull_over_a_bad_line(
    line: TcpProxy, bucket: FakeBucket, art: audobon.Library, tmp_path: Path
) -> None:
    art.remotes.add("far", "gs://bucket/art")
    bucket.faults = [Fault("POST", "/upload/", 503, 3), Fault("PUT", "", 503, 2)]
    line.reset_after = 4 << 20
    assert art.push("far").versions == 1
    assert line.reset_after is None
    assert not any(fault.times for fault in bucket.faults[:1])
    line.reset_after = 5 << 20
    with audobon.Library.clone("gs://bucket/art", tmp_path / "copy", lazy=False) as copy:
        assert line.reset_after is None
        _whole(copy.path, art.path)
        (copy.path / "a.bin").write_bytes(os.urandom(1 << 20))
        copy.commit("two")
        line.lose_replies = 1
        copy.push("origin")
        assert line.lose_replies == 0
        line.lose_replies = 1
        bucket.faults = [Fault("GET", "alt=media", 503, 3)]
        assert art.pull("far").versions == 1
        assert not bucket.faults[0].times
        _whole(art.path, copy.path)
        assert art.verify().ok


def test_snapshot_and_recovery_over_a_bad_line(
    line: TcpProxy, bucket: FakeBucket, art: audobon.Library, tmp_path: Path
) -> None:
    bucket.faults = [Fault("POST", "/upload/", 503, 2), Fault("GET", "alt=media", 429, 2)]
    line.reset_after = 4 << 20
    made = art.snapshot("gs://bucket/art")
    assert line.reset_after is None
    seen = bucket.count("GET", "snapshots%2F")
    assert art.snapshots.list("gs://bucket/art") == (made,)
    asked = bucket.count("GET", "snapshots%2F") - seen
    art.snapshots.list("gs://bucket/art")
    again = bucket.count("GET", "snapshots%2F") - seen - asked
    assert (asked, again) == (2, 1), "listed again, and what is written once was kept here"
    line.reset_after = 5 << 20
    bucket.faults = [Fault("GET", "alt=media", 0, 2)]
    with audobon.Library.recover("gs://bucket/art", tmp_path / "again") as again_here:
        _whole(again_here.path, art.path)
    assert line.reset_after is None


def test_no_right_is_not_asked_again(bucket: FakeBucket) -> None:
    pauses: list[float] = []
    store = RetryStore(GcsStore("bucket", endpoint=bucket.url), pause=pauses.append)
    bucket.forbidden = {"GET"}
    with pytest.raises(Unavailable, match="may not be read"):
        store.get("refs/main")
    store.close()
    assert pauses == []


def test_a_dry_run_tells_what_a_bucket_asks(
    line: TcpProxy, bucket: FakeBucket, art: audobon.Library
) -> None:
    art.remotes.add("far", "gs://bucket/art")
    told = art.push("far", dry_run=True)
    assert told.estimate is not None
    costs = {each.what: each for each in told.estimate.costs}
    assert told.estimate.up >= told.bytes > 9 << 20
    assert told.estimate.monthly == pytest.approx(told.estimate.up / (1 << 30) * 0.02)
    assert told.estimate.currency == "USD"
    before = len(bucket.seen)
    art.push("far")
    asked = bucket.seen[before:]
    writes = sum(
        method == "POST" or (method == "GET" and path.split("?")[0].endswith("/o"))
        for method, path in asked
    )
    # Objects above 8 MiB are one operation in several requests; looks are many and cheap.
    assert writes / 2 <= costs["operations of class A"].amount <= writes * 2
