"""Previews in one file: kept by content and size, empty again rather than wrong."""

from __future__ import annotations

import hashlib
import shutil
import threading
from pathlib import Path

import pytest

from audobon.errors import NotFound, ReadOnly
from audobon.storage.previews import Picture, PreviewStore


def _picture(name: str, size: int = 256, *, length: int = 3000) -> Picture:
    digest = hashlib.sha256(name.encode()).hexdigest()
    body = hashlib.shake_128(f"{name} {size}".encode()).digest(length)
    return Picture(digest, size, b"\xff\xd8" + body + b"\xff\xd9")


def _files(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()} if folder.exists() else set()


def test_pictures_come_back_by_content_and_size(tmp_path: Path) -> None:
    store = PreviewStore(tmp_path / "previews", base=tmp_path)
    pictures = [_picture(f"p{n}", size) for n in range(40) for size in (64, 256)]
    store.put(pictures)
    assert all(store.get(one.digest, one.size) == one.data for one in pictures)
    assert store.get(pictures[0].digest, 100) is None
    wanted = {(one.digest, one.size) for one in pictures[:3]}
    assert store.known({*wanted, ("0" * 64, 64), (pictures[0].digest, 65)}) == wanted
    assert store.count() == 80
    other = Picture(pictures[0].digest, pictures[0].size, b"\xff\xd8 other \xff\xd9")
    store.put([other])
    assert store.get(other.digest, other.size) == other.data
    assert store.count() == 80
    store.close()
    again = PreviewStore(tmp_path / "previews", base=tmp_path)
    assert again.get(other.digest, other.size) == other.data
    again.close()


def test_where_nothing_was_kept_nothing_is_made_by_asking(tmp_path: Path) -> None:
    for read_only in (False, True):
        store = PreviewStore(tmp_path / "previews", base=tmp_path, read_only=read_only)
        assert store.get("0" * 64, 256) is None
        assert store.known([("0" * 64, 256)]) == set()
        assert store.count() == 0
        store.close()
    assert not (tmp_path / "previews").exists()


def test_a_library_that_has_vanished_does_not_come_back(tmp_path: Path) -> None:
    state = tmp_path / "Studio" / ".audobon"
    state.mkdir(parents=True)
    store = PreviewStore(state / "derived" / "previews", base=state)
    store.put([_picture("one")])
    shutil.rmtree(tmp_path / "Studio")
    with pytest.raises(NotFound, match="does not exist"):
        store.put([_picture("two")])
    assert store.get(_picture("one").digest, 256) is None
    store.clear()
    assert list(tmp_path.iterdir()) == []
    # A disk that is back is used again, also where only what is derived was deleted.
    state.mkdir(parents=True)
    store.put([_picture("two")])
    assert store.count() == 1
    store.close()


def test_read_only_reads_and_writes_nothing(tmp_path: Path) -> None:
    one = _picture("one")
    writer = PreviewStore(tmp_path, base=tmp_path)
    writer.put([one])
    reader = PreviewStore(tmp_path, base=tmp_path, read_only=True)
    assert reader.get(one.digest, one.size) == one.data
    with pytest.raises(ReadOnly):
        reader.put([_picture("two")])
    reader.close()
    writer.close()


def test_what_is_cut_is_no_picture_and_goes(tmp_path: Path) -> None:
    one = _picture("one")
    store = PreviewStore(tmp_path, base=tmp_path)
    store.put([Picture(one.digest, one.size, one.data[:-1])])
    assert store.get(one.digest, one.size) is None
    assert store.known([(one.digest, one.size)]) == set()
    store.close()


def test_a_damaged_store_begins_anew_for_everybody(tmp_path: Path) -> None:
    pictures = [_picture(f"p{n}") for n in range(200)]
    first, second = PreviewStore(tmp_path, base=tmp_path), PreviewStore(tmp_path, base=tmp_path)
    first.put(pictures)
    assert second.get(pictures[5].digest, 256) == pictures[5].data
    first.close()
    second.close()
    file = tmp_path / "v2.db"
    data = bytearray(file.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    file.write_bytes(data)
    assert second.get(pictures[5].digest, 256) is None
    assert first.get(pictures[5].digest, 256) is None
    first.put(pictures[:2])
    assert second.get(pictures[1].digest, 256) == pictures[1].data
    assert second.count() == 2
    first.close()
    second.close()
    assert _files(tmp_path) == {"v2.db"}


def test_a_store_that_is_no_database_takes_pictures_all_the_same(tmp_path: Path) -> None:
    one = _picture("one")
    for text in ("", "nothing of yours\n" * 900):
        (tmp_path / "v2.db").write_text(text)
        store = PreviewStore(tmp_path, base=tmp_path)
        store.put([one])
        assert store.get(one.digest, one.size) == one.data
        store.close()


def test_what_older_versions_kept_is_removed(tmp_path: Path) -> None:
    (tmp_path / "v1" / "ab").mkdir(parents=True)
    (tmp_path / "v1" / "ab" / "cdef-256").write_bytes(b"old")
    for name in ("v3.db", "notes.txt"):
        (tmp_path / name).write_bytes(b"not ours")
    store = PreviewStore(tmp_path, base=tmp_path)
    store.put([_picture("one")])
    store.close()
    assert _files(tmp_path) == {"v2.db", "v3.db", "notes.txt"}


def test_threads_and_stores_share_one_file(tmp_path: Path) -> None:
    broken: list[object] = []

    def work(number: int) -> None:
        store = PreviewStore(
            tmp_path, base=tmp_path
        )  # each begins where there is nothing, at the same moment
        for step in range(10):
            mine = [_picture(f"{number} {step} {n}") for n in range(8)]
            store.put([*mine, _picture("shared")])
            broken.extend(one for one in mine if store.get(one.digest, 256) != one.data)
        store.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not broken
    store = PreviewStore(tmp_path, base=tmp_path)
    assert store.count() == 6 * 10 * 8 + 1
    store.close()
