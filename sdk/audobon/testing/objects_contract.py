"""What every place of objects must do; a test class for each place inherits it.

The class names its own ``store`` fixture that gives an empty ObjectStore.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from audobon.errors import Conflict, Invalid, NotFound
from audobon.storage.objects import ABSENT, ANY, ObjectStore

__all__ = ["ObjectStoreContract"]

_BAD = (
    "",
    "/",
    "a/",
    "/a",
    "a//b",
    ".a",
    "a/.b",
    "..",
    "A",
    "a b",
    "ä",
    "a\\b",
    "x" * 201,
    "x/" * 256 + "x",
)


class ObjectStoreContract:
    """Tests of the promises in ``audobon.storage.objects.ObjectStore``."""

    def test_what_was_put_is_there(self, store: ObjectStore) -> None:
        assert store.stat("packs/one") is None
        put = store.put("packs/one", b"hello")
        assert (put.key, put.size) == ("packs/one", 5)
        assert store.stat("packs/one") == put
        assert store.get("packs/one") == b"hello"
        assert store.get("packs/one", 1, 3) == b"el"
        assert store.get("packs/one", 3) == b"lo"
        assert store.get("packs/one", 3, 99) == b"lo"

    def test_an_object_may_be_empty(self, store: ObjectStore) -> None:
        store.put("none", b"")
        assert store.get("none") == b""
        (only,) = store.list()
        assert only.size == 0

    def test_files_go_in_and_come_out(self, store: ObjectStore, tmp_path: Path) -> None:
        source, target = tmp_path / "source", tmp_path / "target"
        source.write_bytes(bytes(range(256)) * 40)
        target.write_bytes(b"old")
        put = store.put("a/b/c", source)
        assert store.fetch("a/b/c", target) == put
        assert target.read_bytes() == source.read_bytes()
        assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
            "source",
            "target",
        ]

    def test_what_is_not_there_is_told(self, store: ObjectStore, tmp_path: Path) -> None:
        with pytest.raises(NotFound):
            store.get("nothing")
        with pytest.raises(NotFound):
            store.fetch("nothing", tmp_path / "target")
        assert not (tmp_path / "target").exists()
        assert store.delete("nothing") is False

    def test_a_write_replaces_only_what_was_expected(self, store: ObjectStore) -> None:
        first = store.put("refs/main", b"1", ABSENT)
        with pytest.raises(Conflict):
            store.put("refs/main", b"2", ABSENT)
        second = store.put("refs/main", b"2", first.generation)
        assert second.generation != first.generation
        with pytest.raises(Conflict):
            store.put("refs/main", b"3", first.generation)
        with pytest.raises(Conflict):
            store.put("refs/other", b"3", second.generation)
        with pytest.raises(Conflict):
            store.delete("refs/main", first.generation)
        assert store.get("refs/main") == b"2"
        assert store.put("refs/main", b"4", ANY).size == 1
        assert store.delete("refs/main") is True
        assert store.stat("refs/main") is None

    def test_a_generation_never_comes_back(self, store: ObjectStore) -> None:
        seen = set()
        for _ in range(3):
            seen.add(store.put("refs/main", b"same").generation)
            store.delete("refs/main")
        assert len(seen) == 3

    def test_one_of_many_writers_is_first(self, store: ObjectStore) -> None:
        def write(number: int) -> bool:
            try:
                store.put("refs/main", str(number).encode(), ABSENT)
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(write, range(16)))
        assert won.count(True) == 1
        assert store.get("refs/main") == str(won.index(True)).encode()

    def test_objects_are_listed_by_key(self, store: ObjectStore) -> None:
        for key in ("b/2", "a", "b/1", "b/10", "ba", "c/d/e"):
            store.put(key, key.encode())
        assert [each.key for each in store.list()] == ["a", "b/1", "b/10", "b/2", "ba", "c/d/e"]
        assert [each.key for each in store.list("b")] == ["b/1", "b/10", "b/2", "ba"]
        assert [each.key for each in store.list("b/1")] == ["b/1", "b/10"]
        assert [each.key for each in store.list("c/d/")] == ["c/d/e"]
        assert list(store.list("nothing/")) == []

    def test_a_key_may_be_the_beginning_of_another(self, store: ObjectStore) -> None:
        keys = ["a", "a-b", "a/b", "a/b/c", "a."]
        for key in keys:
            store.put(key, key.encode())
        assert [each.key for each in store.list()] == sorted(keys)
        assert store.delete("a/b") is True
        assert [each.key for each in store.list("a/")] == ["a/b/c"]
        assert store.get("a") == b"a"

    @pytest.mark.parametrize("key", _BAD)
    def test_what_is_no_key_is_refused(self, store: ObjectStore, key: str) -> None:
        for call in (store.stat, store.get, store.delete, lambda key: store.put(key, b"")):
            with pytest.raises(Invalid):
                call(key)

    def test_the_address_is_told(self, store: ObjectStore) -> None:
        assert store.url

    def test_closing_twice_does_nothing(self, store: ObjectStore) -> None:
        store.put("kept", b"1")
        store.close()
        store.close()
