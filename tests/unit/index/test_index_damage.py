"""Whatever happens to the folder, the search answers, and the index comes back."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from index_documents import NOW, document, random_document

from audobon.codec.query_text import parse
from audobon.errors import Unavailable
from audobon.storage.index import SearchIndex
from audobon.system.files import write_atomic
from audobon.system.locks import FileLock
from audobon.testing.feeds import MemoryFeed


def feed_of(count: int) -> MemoryFeed:
    rng = random.Random(5)
    return MemoryFeed(random_document(key, rng) for key in range(1, count + 1))


def total(index: SearchIndex, text: str = "-state:removed") -> int:
    return index.search(parse(text), now=NOW).total


def generation(folder: Path) -> Path:
    (found,) = (path for path in folder.iterdir() if path.is_dir())
    return found


def put(path: Path, data: bytes) -> None:
    """Other bytes under the same name. A file that is mapped must not shrink in place."""
    write_atomic(path, data, durable=False)


def cut_half(path: Path) -> None:
    put(path, path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0x10
    put(path, bytes(data))


@pytest.mark.parametrize("harm", [Path.unlink, cut_half, flip], ids=["gone", "cut", "flipped"])
@pytest.mark.parametrize("kind", ["meta.json", "*.idx", "*.term", "*.pos", "*.fast", "*.fieldnorm"])
def test_a_damaged_file_is_noticed_and_mended(
    tmp_path: Path, kind: str, harm: Callable[[Path], None]
) -> None:
    feed = feed_of(60)
    first = SearchIndex(tmp_path, feed)
    assert first.catch_up()
    assert first.check() == ()
    first.close()
    if kind == "meta.json" and harm is flip:
        harm = lambda path: put(path, b"{}")  # noqa: E731 (a flipped blank is no damage)
    harm(next(generation(tmp_path).glob(kind)))
    index = SearchIndex(tmp_path, feed)
    assert index.check() != ()
    assert total(index) == 60
    assert index.check() == ()
    assert index.stats()["documents"] == 60
    assert generation(tmp_path).name.endswith(".2")


def test_the_folder_vanishes_under_an_open_index(tmp_path: Path) -> None:
    feed = feed_of(30)
    index = SearchIndex(tmp_path / "index", feed)
    index.catch_up()
    assert total(index) == 30
    shutil.rmtree(tmp_path / "index")
    assert total(index) == 30
    feed.put(document(31, "new.png"))
    assert index.catch_up()
    assert total(index) == 31
    assert index.stats()["documents"] == 31


def test_a_file_in_place_of_the_folder_is_served_from_memory(tmp_path: Path) -> None:
    (tmp_path / "index").write_bytes(b"")
    assert total(SearchIndex(tmp_path / "index", feed_of(10))) == 10


def test_read_only_serves_a_damaged_index_from_memory(tmp_path: Path) -> None:
    feed = feed_of(30)
    SearchIndex(tmp_path, feed).catch_up()
    cut_half(next(generation(tmp_path).glob("*.term")))
    before = sorted(path.name for path in generation(tmp_path).iterdir())
    reader = SearchIndex(tmp_path, feed, read_only=True)
    assert total(reader) == 30
    assert sorted(path.name for path in generation(tmp_path).iterdir()) == before


def test_an_index_ahead_of_the_library_is_rebuilt(tmp_path: Path) -> None:
    SearchIndex(tmp_path, feed_of(40)).catch_up()
    older = SearchIndex(tmp_path, feed_of(25))
    assert total(older) == 25
    assert older.stats()["documents"] == 25


def test_rebuild_drops_what_other_schemas_and_broken_builds_left(tmp_path: Path) -> None:
    feed = feed_of(10)
    (tmp_path / "building-7").mkdir()
    (tmp_path / "s0-t0-v1.1").mkdir()
    index = SearchIndex(tmp_path, feed)
    index.rebuild()
    index.rebuild()
    assert not (tmp_path / "building-7").exists()
    assert (tmp_path / "s0-t0-v1.1").exists()  # another version may still use it
    assert total(index) == 10


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    feed = feed_of(10)
    index = SearchIndex(tmp_path, feed)
    index.catch_up()
    feed.put(document(11, "new.png"))
    with FileLock(tmp_path / "lock"):
        assert not index.catch_up()
        assert total(index) == 11
    assert index.catch_up()


_WRITER = """
import random, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from index_documents import random_document
from audobon.storage.index import SearchIndex
from audobon.testing.feeds import MemoryFeed
rng = random.Random(5)
feed = MemoryFeed(random_document(key, rng) for key in range(1, 401))
index = SearchIndex(Path(sys.argv[1]), feed)
print("ready", flush=True)
while True:
    for _ in range(40):
        key = rng.randrange(1, 401)
        feed.put(random_document(key, rng))
    index.catch_up()
    if rng.random() < 0.1:
        index.rebuild()
"""


def test_kill_in_mid_write_leaves_a_working_index(tmp_path: Path) -> None:
    rng = random.Random(3)
    for _ in range(15):
        child = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path), str(Path(__file__).parent)],
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        time.sleep(rng.uniform(0.0, 0.4))
        child.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        child.wait()
        child.stdout.close()
        # What the last commit left is whole and at a clock value of its own;
        # a feed that went further sees all of its documents at once.
        left = SearchIndex(tmp_path, feed_of(0), read_only=True)
        assert left.check() in ((), ("the index is ahead of the library",))
        rng_feed = random.Random(5)
        feed = MemoryFeed(random_document(key, rng_feed) for key in range(1, 401))
        for _ in range(3000):  # beyond every clock value that a child reaches
            feed.put(document(401, "later.png"))
        index = SearchIndex(tmp_path, feed)
        assert index.catch_up(), "a dead process must not keep the lock"
        assert total(index, "later") == 1


_ONCE = _WRITER.partition("while True")[0] + "assert index.catch_up()\n"


def test_what_another_process_indexed_leaves_the_tail(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path, feed_of(400), read_only=True)
    assert total(index) == 400
    assert index.stats()["tail_rows"] == 400
    here = str(Path(__file__).parent)
    subprocess.run([sys.executable, "-c", _ONCE, str(tmp_path), here], check=True)
    assert total(index) == 400
    assert index.stats()["tail_rows"] == 0
    assert index.stats()["documents"] == 400


def test_a_search_far_behind_catches_up_first(tmp_path: Path) -> None:
    feed = MemoryFeed(document(key, "wood.png") for key in range(1, 5_200))
    index = SearchIndex(tmp_path, feed)
    assert total(index) == 5_199
    assert index.stats()["documents"] == 5_199
    assert index.stats()["tail_rows"] == 0


def test_a_folder_that_cannot_be_made_is_no_reason_not_to_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    feed = MemoryFeed(document(key, "wood.png") for key in range(1, 5_200))
    index = SearchIndex(tmp_path / "file" / "index", feed)
    assert total(index) == 5_199
    with pytest.raises(Unavailable):
        index.catch_up()
