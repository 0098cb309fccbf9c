from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from chunk_data import noise, sha256
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audobon.errors import (
    Cancelled,
    Conflict,
    Invalid,
    LimitExceeded,
    NotFound,
    ReadOnly,
    Unavailable,
)
from audobon.storage.chunks import ChunkStore
from audobon.storage.chunks.chunker import LARGEST, SMALLEST, WINDOW


def pack_files(store: ChunkStore) -> list[Path]:
    return sorted((store.folder / "packs").iterdir())


CONTENTS = [
    b"",
    b"x",
    bytes(SMALLEST),
    noise(SMALLEST + 1),
    noise(LARGEST),
    bytes(2 * LARGEST + 1),
    noise(WINDOW + LARGEST),
    noise(WINDOW + LARGEST + 1),
    b"the same line again and again\n" * 100_000,
]


def test_files_come_back_in_every_way(store: ChunkStore, tmp_path: Path) -> None:
    with store.writer() as writer:
        for number, data in enumerate(CONTENTS):
            (tmp_path / f"{number}").write_bytes(data)
            stored = writer.put_file(str(tmp_path / f"{number}"))
            assert (stored.digest, stored.size) == (sha256(data), len(data))
            assert stored.mtime_ns == (tmp_path / f"{number}").stat().st_mtime_ns
    for data in CONTENTS:
        digest = sha256(data)
        assert store.has(digest)
        assert store.size(digest) == len(data)
        assert store.read(digest) == data
        assert b"".join(store.open(digest)) == data
        store.restore(digest, tmp_path / "out", durable=False)
        assert (tmp_path / "out").read_bytes() == data
    assert set(store.digests()) == {sha256(data) for data in CONTENTS}
    assert store.stats().files == len(CONTENTS)
    assert store.stats().raw_bytes == sum(map(len, CONTENTS))
    assert store.verify().ok


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(st.binary(max_size=50), st.integers(0, 40_000), st.integers(0, 3)), max_size=6
    )
)
def test_round_trip(store: ChunkStore, parts: list[tuple[bytes, int, int]]) -> None:
    contents = [text * (count // 10) + noise(count, seed=seed) for text, count, seed in parts]
    with store.writer() as writer:
        stored = [writer.put_bytes(data) for data in contents]
    with ChunkStore(store.folder) as other:
        for data, entry in zip(contents, stored, strict=True):
            assert entry.digest == sha256(data)
            assert other.read(entry.digest) == data


def test_what_is_there_is_not_stored_again(store: ChunkStore) -> None:
    data = noise(3_000_000)
    with store.writer() as writer:
        first = writer.put_bytes(data)
        again = writer.put_bytes(data)
        assert first.new_bytes == len(data)
        assert first.new_chunks == first.chunks
        assert (again.new_bytes, again.new_chunks, again.chunks) == (0, 0, first.chunks)
    packs = pack_files(store)
    with store.writer() as writer:
        assert writer.put_bytes(data).new_bytes == 0
    assert pack_files(store) == packs
    edited = data[:1_000_000] + b"edit" + data[1_000_000:]
    with store.writer() as writer:
        assert 0 < writer.put_bytes(edited).new_bytes < 2 * LARGEST
    assert store.read(sha256(edited)) == edited
    assert store.read(sha256(data)) == data


def test_repeats_inside_one_file_are_stored_once(store: ChunkStore) -> None:
    data = bytes(20 * LARGEST)
    with store.writer() as writer:
        stored = writer.put_bytes(data)
    assert (stored.chunks, stored.new_chunks) == (20, 1)
    assert store.read(stored.digest) == data


def test_incompressible_bytes_cost_no_more_than_they_are(store: ChunkStore) -> None:
    with store.writer() as writer:
        writer.put_bytes(noise(3_000_000))
    assert store.stats().stored_bytes < 3_000_000 + 6_000
    with store.writer() as writer:
        writer.put_bytes(b"compressible " * 300_000)
        writer.flush()
        assert writer.stored_bytes < 100_000


def test_flush_makes_files_findable(store: ChunkStore) -> None:
    with store.writer() as writer, ChunkStore(store.folder) as other:
        stored = writer.put_bytes(b"one")
        assert not other.has(stored.digest)
        writer.flush()
        assert other.read(stored.digest) == b"one"
        later = writer.put_bytes(b"two")
    assert store.missing([stored.digest, later.digest, "0" * 64]) == {"0" * 64}


def test_an_error_keeps_what_was_flushed_and_drops_the_rest(store: ChunkStore) -> None:
    with contextlib.suppress(ZeroDivisionError), store.writer() as writer:
        kept = writer.put_bytes(b"kept")
        writer.flush()
        lost = writer.put_bytes(noise(2_000_000))
        raise ZeroDivisionError
    assert store.has(kept.digest)
    assert not store.has(lost.digest)
    assert [path.suffix for path in pack_files(store)] == [".pack"]


def test_many_packs(store: ChunkStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from audobon.storage.chunks import packing, series

    monkeypatch.setattr(series, "_PACK", 1 << 20)
    monkeypatch.setattr(packing, "_PENDING", 32)
    contents = [noise(4_000_000, seed=seed) for seed in range(3)]
    contents.append(contents[0][:2_000_000] + contents[2])
    with store.writer() as writer:
        for data in contents:
            writer.put_bytes(data)
    assert len(pack_files(store)) >= 12
    store.rebuild_index()
    for data in contents:
        store.restore(sha256(data), tmp_path / "out", durable=False)
        assert (tmp_path / "out").read_bytes() == data
    parts = [store.verify(part=(k, 3)) for k in (1, 2, 3)]
    assert sum(report.packs for report in parts) == len(pack_files(store))
    assert sum(report.bytes for report in parts) == store.stats().stored_bytes
    assert all(report.ok for report in parts)
    with pytest.raises(Invalid):
        store.verify(part=(4, 3))


def test_a_file_that_keeps_changing_is_refused(store: ChunkStore, tmp_path: Path) -> None:
    path = tmp_path / "growing"
    path.write_bytes(noise(WINDOW))

    def grow(done: int, total: int) -> None:
        with path.open("ab") as stream:
            stream.write(b"more")

    with store.writer() as writer:
        with pytest.raises(Conflict):
            writer.put_file(str(path), progress=grow)
        assert writer.put_bytes(b"goes on").size == 7
    assert list(store.digests()) == [sha256(b"goes on")]


def test_a_file_that_settles_is_stored_whole(store: ChunkStore, tmp_path: Path) -> None:
    path = tmp_path / "saved meanwhile"
    path.write_bytes(noise(100_000))
    tries = []

    def save_once(done: int, total: int) -> None:
        if not tries:
            path.write_bytes(noise(50_000, seed=1))
            os.utime(path, ns=(1, 1))
        tries.append(total)

    with store.writer() as writer:
        stored = writer.put_file(str(path), progress=save_once)
    assert (stored.size, stored.mtime_ns, tries) == (50_000, 1, [100_000, 50_000])
    assert store.read(stored.digest) == noise(50_000, seed=1)
    assert list(store.digests()) == [stored.digest]


def test_what_is_not_a_file_is_refused(store: ChunkStore, tmp_path: Path) -> None:
    with store.writer() as writer:
        with pytest.raises(Invalid):
            writer.put_file(str(tmp_path))
        with pytest.raises(NotFound):
            writer.put_file(str(tmp_path / "nothing"))
        if sys.platform != "win32":
            os.mkfifo(tmp_path / "pipe")
            with pytest.raises(Invalid):
                writer.put_file(str(tmp_path / "pipe"))
    with pytest.raises(Invalid):
        writer.put_bytes(b"after the block")


def test_names_do_not_matter(store: ChunkStore, tmp_path: Path) -> None:
    names = ["a b", "ünï", "-rf", "x" * 200]
    names += [os.fsdecode(b"\xff\xfe")] if sys.platform == "linux" else []
    with store.writer() as writer:
        for name in names:
            (tmp_path / name).write_bytes(b"same")
            assert writer.put_file(str(tmp_path / name)).digest == sha256(b"same")
    assert store.stats().files == 1


def test_progress_and_cancel(store: ChunkStore, tmp_path: Path) -> None:
    data = noise(3 * WINDOW)
    (tmp_path / "file").write_bytes(data)
    seen: list[tuple[int, int]] = []
    with store.writer() as writer:
        with pytest.raises(Cancelled):
            writer.put_file(str(tmp_path / "file"), cancel=lambda: True)
        digest = writer.put_file(
            str(tmp_path / "file"), progress=lambda done, total: seen.append((done, total))
        ).digest
    assert seen == sorted(seen)
    assert seen[-1] == (len(data), len(data))
    (tmp_path / "out").write_bytes(b"before")
    with pytest.raises(Cancelled):
        store.restore(digest, tmp_path / "out", cancel=lambda: True)
    assert (tmp_path / "out").read_bytes() == b"before"
    seen.clear()
    store.restore(digest, tmp_path / "out", progress=lambda *step: seen.append(step))
    assert seen[-1] == (len(data), len(data))
    with pytest.raises(Cancelled):
        store.verify(cancel=lambda: True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
def test_restore_keeps_or_sets_the_mode(store: ChunkStore, tmp_path: Path) -> None:
    with store.writer() as writer:
        digest = writer.put_bytes(b"tool").digest
    out = tmp_path / "out"
    store.restore(digest, out)
    assert out.stat().st_mode & 0o777 == 0o644
    out.chmod(0o751)
    store.restore(digest, out)
    assert out.stat().st_mode & 0o777 == 0o751
    store.restore(digest, out, mode=0o600)
    assert out.stat().st_mode & 0o777 == 0o600


def test_refusals(store: ChunkStore, tmp_path: Path) -> None:
    absent = "0" * 64
    with store.writer() as writer:
        digest = writer.put_bytes(b"0123456789").digest
    for call in (store.size, store.read, lambda d: list(store.open(d))):
        with pytest.raises(NotFound):
            call(absent)
        with pytest.raises(Invalid):
            call("not a digest")
    with pytest.raises(NotFound):
        store.restore(absent, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(LimitExceeded):
        store.read(digest, limit=9)
    with pytest.raises((NotFound, Unavailable)):
        store.restore(digest, tmp_path / "no folder" / "out")
    with pytest.raises(NotFound):
        store.quarantine(absent)


def test_asking_loads_no_codec(store: ChunkStore) -> None:
    with store.writer() as writer:
        digest = writer.put_bytes(b"data").digest
    script = """
import sys
from pathlib import Path
from audobon.storage.chunks import ChunkStore
with ChunkStore(Path(sys.argv[1])) as store:
    assert store.has(sys.argv[2]) and store.size(sys.argv[2]) == 4
    assert store.stats().files == len(list(store.digests())) == 1
loaded = {"blake3", "zstandard", "pyfastcdc", "numpy"} & sys.modules.keys()
sys.exit(f"loaded: {loaded}" if loaded else 0)
"""
    command = [sys.executable, "-c", script, str(store.folder), digest]
    subprocess.run(command, check=True)


def test_read_only(store: ChunkStore, tmp_path: Path) -> None:
    with store.writer() as writer:
        digest = writer.put_bytes(b"data").digest
    with ChunkStore(store.folder, read_only=True) as reader:
        assert reader.read(digest) == b"data"
        for call in (reader.writer, reader.rebuild_index, lambda: reader.quarantine("x")):
            with pytest.raises(ReadOnly):
                call()
    with pytest.raises(NotFound):
        ChunkStore(tmp_path / "nowhere", read_only=True)
    assert not (tmp_path / "nowhere").exists()


def test_one_writer_while_others_read(store: ChunkStore) -> None:
    from audobon.errors import Busy

    contents = [noise(300_000, seed=seed) for seed in range(12)]
    done = threading.Event()
    wrong: list[str] = []

    def follow() -> None:
        with ChunkStore(store.folder, read_only=True) as other:
            while not done.is_set():
                for digest in list(other.digests()):
                    if sha256(other.read(digest)) != digest:
                        wrong.append(digest)
                time.sleep(0.001)

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        with store.writer() as writer:
            with pytest.raises(Busy), store.writer(timeout_s=0.05):
                pass
            for data in contents:
                writer.put_bytes(data)
                writer.flush()
    finally:
        done.set()
        thread.join()
    assert not wrong
    assert store.stats().files == len(contents)


def test_threads_that_begin_at_once_share_one_reader(tmp_path: Path) -> None:
    """Two readers would be two sets of open packs, of which one is closed by nobody."""
    for number in range(20):
        with ChunkStore(tmp_path / f"store{number}") as store:
            start, found = threading.Barrier(8), []

            def begin(
                store: ChunkStore = store,
                start: threading.Barrier = start,
                found: list[object] = found,
            ) -> None:
                start.wait()
                found.append(store._open_reader())

            threads = [threading.Thread(target=begin) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(set(map(id, found))) == 1
