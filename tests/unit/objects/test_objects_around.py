"""What is put around a place of objects keeps its promises, and does its own work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audobon.errors import (
    Cancelled,
    Conflict,
    Corrupt,
    DiskFull,
    Invalid,
    NotFound,
    ReadOnly,
    Unavailable,
)
from audobon.storage.objects import (
    ABSENT,
    ANY,
    Bandwidth,
    CacheStore,
    CountStore,
    FolderStore,
    Get,
    MemoryStore,
    Moved,
    ObjectStat,
    ObjectStore,
    Put,
    RetryStore,
    ThrottleStore,
    Work,
    estimate,
    estimating,
    fetch_all,
    load_prices,
    put_all,
)
from audobon.testing.objects_contract import ObjectStoreContract


class TestRetry(ObjectStoreContract):
    @pytest.fixture
    def store(self) -> ObjectStore:
        return RetryStore(MemoryStore())


class TestThrottle(ObjectStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:
        return ThrottleStore(
            FolderStore(tmp_path / "objects", create=True), up=Bandwidth(1e9), down=Bandwidth(1e9)
        )


class TestCount(ObjectStoreContract):
    @pytest.fixture
    def store(self) -> ObjectStore:
        return CountStore(MemoryStore())


class TestCache(ObjectStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:
        return CacheStore(
            MemoryStore(), tmp_path / "cache", budget=1 << 20, prefixes=("packs/", "a/b/")
        )


class TestAllOfThem(ObjectStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:
        inner = RetryStore(FolderStore(tmp_path / "objects", create=True))
        paced = ThrottleStore(inner, up=Bandwidth(1e9), down=Bandwidth(1e9))
        return CacheStore(
            CountStore(paced), tmp_path / "cache", budget=1 << 20, prefixes=("packs/",)
        )


class Bad(MemoryStore):
    """A place that does the work, or not, and then cannot be reached."""

    def __init__(self) -> None:
        super().__init__()
        self.before = 0
        self.after = 0
        self.error: Exception = Unavailable("the line is down")

    def _fails(self, which: str) -> None:
        left = getattr(self, which)
        if left:
            setattr(self, which, left - 1)
            raise self.error

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        self._fails("before")
        return super().get(key, start, end)

    def put(self, key: str, data: bytes | Path, expected: Any = ANY) -> ObjectStat:
        self._fails("before")
        done = super().put(key, data, expected)
        self._fails("after")
        return done

    def delete(self, key: str, expected: Any = ANY) -> bool:
        done = super().delete(key, expected)
        self._fails("after")
        return done

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        for number, found in enumerate(super().list(prefix)):
            if number == 2:
                self._fails("before")
            yield found


def _patient(store: ObjectStore, pauses: list[float]) -> RetryStore:
    return RetryStore(store, attempts=4, first_s=1.0, longest_s=3.0, pause=pauses.append)


def test_what_cannot_be_reached_is_asked_again_with_pauses() -> None:
    bad, pauses = Bad(), list[float]()
    store = _patient(bad, pauses)
    bad.before = 3
    store.put("a", b"1")
    assert len(pauses) == 3
    assert all(
        low <= each <= high
        for each, low, high in zip(pauses, (0.5, 1, 1.5), (1, 2, 3), strict=True)
    )
    bad.before = 4
    with pytest.raises(Unavailable):
        store.get("a")
    assert bad.before == 0
    assert store.get("a") == b"1"


@pytest.mark.parametrize(
    "error", [DiskFull("full"), ReadOnly("no"), NotFound("none"), Corrupt("x")]
)
def test_what_does_not_pass_is_not_asked_again(error: Exception) -> None:
    bad, pauses = Bad(), list[float]()
    bad.put("a", b"1")
    bad.before, bad.error = 1, error
    with pytest.raises(type(error)):
        _patient(bad, pauses).get("a")
    assert not pauses


@pytest.mark.parametrize("as_file", [False, True])
def test_a_write_whose_reply_was_lost_is_known(tmp_path: Path, as_file: bool) -> None:
    bad = Bad()
    store = _patient(bad, [])
    data: bytes | Path = b"mine"
    if as_file:
        data = tmp_path / "source"
        data.write_bytes(b"mine")
    bad.after = 1
    first = store.put("refs/main", data, ABSENT)
    assert store.stat("refs/main") == first
    with pytest.raises(Conflict):
        store.put("refs/main", data, ABSENT)  # nothing was lost this time
    bad.put("refs/main", b"here")
    bad.before = 1
    with pytest.raises(Conflict):
        store.put("refs/main", data, first.generation)  # somebody else's, of the same length
    there = bad.put("refs/main", b"now")
    bad.after = 1
    assert store.delete("refs/main", there.generation) is True
    bad.put("x", b"1")
    bad.after = 1
    assert store.delete("x") is True


def test_a_listing_goes_on_where_it_was() -> None:
    bad = Bad()
    for key in "abcdef":
        bad.put(key, b"")
    bad.before = 1
    assert "".join(each.key for each in _patient(bad, []).list()) == "abcdef"


def test_a_cap_is_kept_in_both_directions(tmp_path: Path) -> None:
    now, pauses = [100.0], list[float]()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        now[0] += seconds

    def cap() -> Bandwidth:
        return Bandwidth(1e6, clock=lambda: now[0], pause=pause)

    for inner in (MemoryStore(), FolderStore(tmp_path / "objects", create=True)):
        store = ThrottleStore(inner, up=cap(), down=cap())
        for call in (
            lambda store=store: store.put("a", bytes(3_000_000)),
            lambda store=store: store.get("a"),
            lambda store=store: store.fetch("a", tmp_path / "target"),
        ):
            started = now[0]
            call()
            assert now[0] - started == pytest.approx(3.0)
    assert max(pauses[-3:]) < 1.2  # a folder tells of its bytes as they move
    with pytest.raises(Invalid):
        Bandwidth(0)


def test_write_once_objects_are_kept_verified_and_let_go(tmp_path: Path) -> None:
    inner, folder = CountStore(MemoryStore()), tmp_path / "cache"
    store = CacheStore(inner, folder, budget=3500, prefixes=("packs/",))
    for number in range(4):
        store.put(f"packs/{number}", bytes([number]) * 1000, ABSENT)
    store.put("refs/main", b"1")
    for _ in range(3):
        assert store.get("packs/0") == bytes(1000)
        assert store.get("packs/0", 10, 12) == bytes(2)
        assert store.get("refs/main") == b"1"
    assert inner.calls["get"] == 1 + 3
    found = store.fetch("packs/1", tmp_path / "one")
    assert store.fetch("packs/1", tmp_path / "two") == found
    assert inner.calls["fetch"] == 1
    assert (tmp_path / "two").read_bytes() == bytes([1]) * 1000
    for path in folder.iterdir():  # damaged on this disk
        raw = bytearray(path.read_bytes())
        raw[100] ^= 255
        path.write_bytes(raw)
    assert store.get("packs/0") == bytes(1000)
    assert store.get("packs/1") == bytes([1]) * 1000
    for number in range(4):
        store.get(f"packs/{number}")
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 3500
    assert len(list(folder.iterdir())) == 3
    assert store.delete("packs/3")
    with pytest.raises(NotFound):
        store.get("packs/3")


def test_calls_and_bytes_are_counted(tmp_path: Path) -> None:
    store = CountStore(MemoryStore())
    store.put("a", bytes(10))
    store.get("a", 2, 5)
    store.fetch("a", tmp_path / "target")
    list(store.list())
    assert store.calls == {"put": 1, "get": 1, "fetch": 1, "list": 1}
    assert (store.up, store.down) == (10, 13)


def test_many_move_at_once_and_tell(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "objects", create=True)
    told: list[Moved] = []
    items = [Put(f"packs/{number}", bytes([number]) * 50_000) for number in range(30)]
    done = list(put_all(store, iter(items), workers=4, progress=told.append))
    assert {each.key for each in done} == {item.key for item in items}
    assert told[-1] == Moved(30, 30 * 50_000)
    assert [each.size for each in told] == sorted(each.size for each in told)
    gets = [Get(item.key, tmp_path / item.key.replace("/", "-")) for item in items]
    told.clear()
    assert len(list(fetch_all(store, gets, workers=4, progress=told.append))) == 30
    assert told[-1] == Moved(30, 30 * 50_000)
    assert all(get.to.read_bytes() == item.data for get, item in zip(gets, items, strict=True))


def test_no_more_move_at_once_than_was_said() -> None:
    class Wide(MemoryStore):
        now = most = 0
        lock = threading.Lock()

        def put(self, key: str, data: bytes | Path, expected: Any = ANY) -> ObjectStat:
            with self.lock:
                self.now += 1
                self.most = max(self.most, self.now)
            done = super().put(key, data, expected)
            with self.lock:
                self.now -= 1
            return done

    store, drawn = Wide(), []

    def items() -> Iterator[Put]:
        for number in range(200):
            drawn.append(number)
            yield Put(str(number), b"")

    moving = put_all(store, items(), workers=3)
    next(moving)
    assert len(drawn) < 20  # what is to come is not read far ahead
    assert len(list(moving)) == 199
    assert store.most <= 3


def test_a_transfer_ends_when_asked_and_at_the_first_error(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "objects", create=True)
    moved: list[Moved] = []

    def items(count: int) -> Iterator[Put]:
        for number in range(count):
            yield Put(f"packs/{number}", bytes(3 << 20))

    # Amid the first object: its second piece is never written.
    with pytest.raises(Cancelled):
        list(
            put_all(
                store, items(3), workers=1, progress=moved.append, cancelled=lambda: bool(moved)
            )
        )
    assert list(store.list()) == []
    assert list((tmp_path / "objects" / "@part").iterdir()) == []
    store.put("packs/2", b"there already")
    with pytest.raises(Conflict):
        list(put_all(store, items(500), workers=2))
    assert len(list(store.list())) < 20


def test_an_estimate_tells_bytes_and_for_a_bucket_money(tmp_path: Path) -> None:
    work = Work(puts=[1 << 30] * 1000, fetches=[40 << 20] * 10, listed=1500, stats=5)
    plain = estimate("/mnt/nas", work)
    assert (plain.up, plain.down, plain.once, plain.costs) == (1000 << 30, 400 << 20, 0, ())
    told = estimate("gs://bucket/x", work)
    costs = {each.what: each for each in told.costs}
    assert costs["operations of class A"].amount == 1000 + 2
    assert costs["operations of class B"].amount == 1000 + 5 + 10 + 30
    assert costs["operations of class A"].cost == pytest.approx(1.002 * 0.005)
    assert costs["leaving the cloud"].cost == pytest.approx(400 / 1024 * 0.12)
    assert told.monthly == pytest.approx(20.0)
    assert told.as_of == load_prices().as_of
    cold = estimate("gs://bucket", work, storage_class="COLDLINE")
    assert cold.least_days == 90
    assert {each.what for each in cold.costs} >= {"retrieval"}
    with pytest.raises(Invalid, match="nearline"):
        estimate("gs://bucket", work, storage_class="warm")


def test_an_own_price_table_is_read_or_refused(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    shipped = Path(estimating.__file__).with_name("prices.toml").read_text("utf-8")
    own.write_text(shipped.replace('currency = "USD"', 'currency = "EUR"'))
    told = estimate("gs://bucket", Work(puts=[1]), load_prices(own))
    assert told.currency == "EUR"
    for wrong in (
        "= 3",
        'as_of = "x"',
        shipped.replace("0.12", "-1"),
        shipped.replace("0.12", "nan"),
    ):
        own.write_text(wrong)
        with pytest.raises(Invalid, match="no price table"):
            load_prices(own)
    with pytest.raises(NotFound):
        load_prices(tmp_path / "nothing.toml")
