"""The place of objects in a bucket keeps every promise, on two stand-ins, amid faults."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakebucket import FakeBucket, Fault
from tcpproxy import TcpProxy, tcp_proxy

from audobon.errors import Conflict, Corrupt, Invalid, NotFound, ReadOnly, Unavailable
from audobon.storage.objects import ABSENT, ObjectStore, open_store, pace
from audobon.storage.objects.gcs import SLICE, GcsStore
from audobon.testing.objects_contract import ObjectStoreContract

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("cloud")]

_BIG = (8 << 20) + 12345  # above what is sent in one request
_numbers = itertools.count()
Closing = Callable[[ObjectStore], ObjectStore]


class TestOwnFake(ObjectStoreContract):
    @pytest.fixture
    def store(self, bucket: FakeBucket, closing: Closing) -> ObjectStore:
        return closing(GcsStore("bucket", "a/prefix", endpoint=bucket.url))


class TestFakeGcsServer(ObjectStoreContract):
    @pytest.fixture
    def store(self, fake_gcs: str, closing: Closing) -> ObjectStore:
        return closing(GcsStore("bucket", f"contract/{next(_numbers)}", endpoint=fake_gcs))


@pytest.fixture(params=["own", "fake-gcs-server"])
def proxy(request: pytest.FixtureRequest) -> Iterator[TcpProxy]:
    fixture = "bucket" if request.param == "own" else "fake_gcs"
    made = request.getfixturevalue(fixture)
    with tcp_proxy(made.url if isinstance(made, FakeBucket) else made) as proxy:
        yield proxy


@pytest.fixture
def far(proxy: TcpProxy, closing: Closing) -> ObjectStore:
    """A store behind the proxy. Silence counts as a fault after a second."""
    store = GcsStore(
        "bucket",
        f"faults/{next(_numbers)}",
        endpoint=proxy.url,
        patience_s=60,
        timeout_s=(2.0, 2.0),
    )
    return closing(store)


def test_an_outage_is_waited_out(proxy: TcpProxy, far: ObjectStore) -> None:
    far.put("before", b"1")
    proxy.drop()
    proxy.refuse = 2
    assert far.put("during", b"2", ABSENT).size == 1
    assert far.get("during") == b"2"


def test_a_lost_reply_is_no_conflict(proxy: TcpProxy, far: ObjectStore) -> None:
    first = far.put("refs/main", b"1", ABSENT)
    proxy.lose_replies = 1
    second = far.put("refs/main", b"2", first.generation)
    assert far.stat("refs/main") == second
    proxy.lose_replies = 1
    far.put("packs/new", b"3", ABSENT)
    proxy.lose_replies = 1
    assert far.delete("packs/new") is True
    assert far.stat("packs/new") is None


def test_a_reset_amid_bytes_is_gone_on_from(
    proxy: TcpProxy, far: ObjectStore, tmp_path: Path
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(_BIG))
    proxy.reset_after = 6 << 20
    put = far.put("packs/big", source, ABSENT)
    assert proxy.reset_after is None
    proxy.reset_after = 5 << 20
    assert far.fetch("packs/big", target) == put
    assert proxy.reset_after is None
    assert target.read_bytes() == source.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"source", "target"}


def test_silence_is_not_waited_for(proxy: TcpProxy, closing: Closing) -> None:
    proxy.blackhole = 1
    store = closing(
        GcsStore("bucket", "silence", endpoint=proxy.url, patience_s=60, timeout_s=(0.5, 0.5))
    )
    assert list(store.list()) == []
    assert proxy.connections >= 2


def test_a_slow_line_is_no_fault(proxy: TcpProxy, far: ObjectStore) -> None:
    proxy.rate = 2e6
    far.put("slow", bytes(400_000))
    assert len(far.get("slow")) == 400_000


def test_what_cannot_be_reached_is_told(bucket: FakeBucket, closing: Closing) -> None:
    with tcp_proxy(bucket.url) as proxy:
        store = closing(GcsStore("bucket", endpoint=proxy.url, patience_s=0.5))
        store.put("refs/main", b"1")
    for call in (
        lambda: store.get("refs/main"),
        lambda: store.put("refs/main", b"2"),
        lambda: store.delete("refs/main"),
        lambda: list(store.list()),
        lambda: GcsStore("bucket", endpoint=proxy.url, patience_s=0.2),
    ):
        with pytest.raises(Unavailable):
            call()


def test_answers_of_a_busy_service_are_waited_out(bucket: FakeBucket, closing: Closing) -> None:
    store = closing(GcsStore("bucket", endpoint=bucket.url))
    bucket.faults += [Fault("POST", "/upload/", 503, 2), Fault("GET", "alt=media", 500, 1)]
    store.put("a", b"1", ABSENT)
    assert store.get("a") == b"1"
    bucket.faults.append(Fault("DELETE", "", 429, 1))
    assert store.delete("a")


def test_every_change_names_the_generation_it_expects(bucket: FakeBucket, closing: Closing) -> None:
    store = closing(GcsStore("bucket", endpoint=bucket.url))
    store.put("a", b"1")
    store.put("a", b"2")
    store.put("b", bytes(_BIG), ABSENT)
    store.delete("a")
    changes = [path for method, path in bucket.seen if method in ("POST", "DELETE")]
    assert len(changes) == 4
    assert all("ifGenerationMatch=" in path for path in changes)


def test_a_large_object_goes_on_where_it_was(
    bucket: FakeBucket, closing: Closing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "FIRST", pace.LEAST)  # in three pieces, however quick this machine is
    monkeypatch.setattr(pace, "MOST", pace.LEAST)
    store = closing(GcsStore("bucket", endpoint=bucket.url))
    data = os.urandom(_BIG * 2)
    bucket.faults.append(Fault("PUT", "upload_id", 503, 1))  # a piece is refused
    store.put("big", data, ABSENT)
    bucket.faults.append(Fault("PUT", "upload_id", 0, 1))  # a piece is taken, the reply is lost
    store.put("big2", data, ABSENT)
    assert store.get("big") == store.get("big2") == data
    assert bucket.count("POST", "uploadType=resumable") == 2
    assert bucket.count("PUT") == 2 * 3 + 2


def test_wrong_bytes_are_noticed(bucket: FakeBucket, closing: Closing, tmp_path: Path) -> None:
    store = closing(GcsStore("bucket", endpoint=bucket.url))
    store.put("a", b"some bytes")
    bucket.faults.append(Fault("GET", "alt=media", flip=True))
    with pytest.raises(Corrupt):
        store.get("a")
    bucket.faults.append(Fault("GET", "alt=media", flip=True))
    with pytest.raises(Corrupt):
        store.fetch("a", tmp_path / "target")
    assert list(tmp_path.iterdir()) == []
    store.fetch("a", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == b"some bytes"


def test_what_is_half_fetched_is_used(bucket: FakeBucket, closing: Closing, tmp_path: Path) -> None:
    store = closing(GcsStore("bucket", endpoint=bucket.url, patience_s=0.1))
    data = os.urandom(40 << 20)
    store.put("big", data)
    seen = bucket.count("GET", "alt=media")
    third = f"bytes={2 * SLICE}-"  # of three slices
    bucket.faults = [Fault("GET", "alt=media", 403, range=third)]
    with pytest.raises(Unavailable):
        store.fetch("big", tmp_path / "target")
    assert not (tmp_path / "target").exists()
    assert not bucket.faults[0].times
    store.fetch("big", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == data
    assert bucket.count("GET", "alt=media") - seen == 4  # two slices came the first time


def test_refusals_are_told(bucket: FakeBucket, closing: Closing) -> None:
    store = closing(GcsStore("bucket", endpoint=bucket.url))
    store.put("a", b"1")
    bucket.forbidden = {"POST", "DELETE"}
    for call in (lambda: store.put("a", b"2"), lambda: store.delete("a")):
        with pytest.raises(ReadOnly):
            call()
    assert store.get("a") == b"1"
    bucket.forbidden = {"GET"}
    with pytest.raises(Unavailable, match="may not be read"):
        store.get("a")
    bucket.forbidden = set()
    with pytest.raises(NotFound, match="no bucket"):
        GcsStore("another", endpoint=bucket.url)


def test_the_lifecycle_of_a_bucket_takes_objects_away(bucket: FakeBucket, closing: Closing) -> None:
    store = closing(GcsStore("bucket", endpoint=bucket.url))
    old = store.put("old", b"1")
    bucket.age_limit, bucket.clock = 30.0, 31.0
    assert store.stat("old") is None
    with pytest.raises(Conflict):
        store.put("old", b"2", old.generation)
    assert store.delete("old") is False


def test_an_emulator_elsewhere_is_refused(
    monkeypatch: pytest.MonkeyPatch, bucket: FakeBucket, closing: Closing
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://storage.evil.example:80")
    with pytest.raises(Invalid, match="on this machine"):
        open_store("gs://bucket/prefix")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", bucket.url)
    store = closing(open_store("gs://bucket/prefix"))
    store.put("a", b"1")
    assert store.url == "gs://bucket/prefix"
    assert "prefix/a" in bucket.objects


def test_nobody_signed_in_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with pytest.raises(Unavailable) as caught:
        open_store("gs://bucket/prefix")
    assert "gcloud auth" in caught.value.hint


@pytest.mark.parametrize(
    "url", ["gs://", "gs://B", "gs://user:hunter2@bucket/a", "gs://bucket/A", "gs://bucket/a?key=x"]
)
def test_what_is_no_bucket_is_told(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        open_store(url)
    assert "hunter2" not in f"{caught.value.message}{caught.value.subject}{caught.value.hint}"


@pytest.mark.skipif(not shutil.which("gcloud"), reason="gcloud is not installed")
def test_another_client_sees_the_same(fake_gcs: str, closing: Closing, tmp_path: Path) -> None:
    store = closing(GcsStore("bucket", "second", endpoint=fake_gcs))
    store.put("a/b", b"from us")
    away = {name: value for name, value in os.environ.items() if name != "STORAGE_EMULATOR_HOST"}
    done = subprocess.run(
        ["gcloud", "storage", "cp", "gs://bucket/second/a/b", str(tmp_path / "copy")],
        env={
            **away,
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE": f"{fake_gcs}/storage/v1/",
            "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
            "CLOUDSDK_CONFIG": str(tmp_path / "config"),
            "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy").read_bytes() == b"from us"
