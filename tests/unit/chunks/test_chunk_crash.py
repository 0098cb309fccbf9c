from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chunk_data import noise, sha256

from audobon.errors import AudobonError, DiskFull
from audobon.storage.chunks import ChunkStore

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="uses signals and mounts")

WRITES_FOR_EVER = """
import random, sys
from pathlib import Path
from audobon.storage.chunks import ChunkStore
from audobon.storage.chunks import series as module
module._PACK = 1 << 19
seed = int(sys.argv[2])
with ChunkStore(Path(sys.argv[1])) as store, store.writer() as writer:
    while True:
        kept = []
        for _ in range(3):
            data = random.Random(seed).randbytes(random.Random(-seed).randrange(700_000))
            kept.append(f"{writer.put_bytes(data).digest} {seed}")
            seed += 1
        writer.flush()
        print("\\n".join(kept), flush=True)
"""


def test_kill_at_any_instant(tmp_path: Path) -> None:
    folder = tmp_path / "chunks"
    chance = random.Random(7)
    flushed: dict[str, int] = {}
    for life in range(20):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITES_FOR_EVER, str(folder), str(life * 10_000)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        if life % 4:  # else it is killed while it starts, perhaps before it has the lock
            flushed.update(_entry(process.stdout.readline()))
        time.sleep(chance.random() * 0.15)
        process.send_signal(signal.SIGKILL)
        for line in process.communicate()[0].splitlines():
            flushed.update(_entry(line))
    with ChunkStore(folder) as store:
        assert store.verify().ok
        for digest, seed in flushed.items():
            data = random.Random(seed).randbytes(random.Random(-seed).randrange(700_000))
            assert store.read(digest) == data
        store.rebuild_index()
        assert store.missing(flushed) == frozenset()
        with store.writer() as writer:
            writer.put_bytes(b"and on it goes")
        assert not list((folder / "packs").glob("*.tmp"))
    assert len(flushed) >= 15


DIES_AT_A_STEP = """
import os, sys
from pathlib import Path
from audobon.storage.chunks import ChunkStore
from audobon.storage.chunks import series as module
from audobon.storage.chunks.index import ChunkIndex
from audobon.storage.chunks.packs import PackWriter
module._PACK = 1 << 20
step = sys.argv[2]
with ChunkStore(Path(sys.argv[1])) as store, store.writer() as writer:
    writer.put_bytes(b"earlier")
    writer.flush()
    writer.put_bytes(os.urandom(3_000_000))
    writer.put_bytes(b"later")
    owner = {"seal": PackWriter, "publish": PackWriter, "add": ChunkIndex}.get(step, module)
    original, calls = getattr(owner, step), []
    def dies(*args, **kwargs):
        calls.append(args)
        if len(calls) > int(sys.argv[3]):
            os._exit(9)
        return original(*args, **kwargs)
    setattr(owner, step, dies)
"""


@pytest.mark.parametrize(
    ("step", "after", "has_later"),
    [
        ("seal", 0, False),
        ("publish", 0, False),
        ("publish", 2, False),
        ("sync_folder", 0, True),
        ("add", 0, True),
    ],
)
def test_death_between_two_steps(tmp_path: Path, step: str, after: int, has_later: bool) -> None:
    folder = tmp_path / "chunks"
    command = [sys.executable, "-c", DIES_AT_A_STEP, str(folder), step, str(after)]
    assert subprocess.run(command, check=False).returncode == 9
    with ChunkStore(folder) as store:
        assert store.verify().ok
        assert store.read(sha256(b"earlier")) == b"earlier"
        assert store.has(sha256(b"later")) == has_later
        with store.writer() as writer:
            writer.put_bytes(b"later")
        assert store.read(sha256(b"later")) == b"later"
        assert not list((folder / "packs").glob("*.tmp"))


def _entry(line: str) -> dict[str, int]:
    digest, _, seed = line.strip().partition(" ")
    return {digest: int(seed)} if len(digest) == 64 and seed else {}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting needs root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_full_disk(small_disk: Path, tmp_path: Path) -> None:
    folder = small_disk / "chunks"
    with ChunkStore(folder) as store:
        with store.writer() as writer:
            kept = writer.put_bytes(noise(1_000_000)).digest
        with pytest.raises(DiskFull), store.writer() as writer:
            writer.put_bytes(noise(6_000_000, seed=1))
        # Whoever swallows the error is told again, at the end of the block at the latest.
        with pytest.raises(DiskFull, match="stopped earlier"):
            _swallow_the_error(store)
        assert store.verify().ok
        assert store.read(kept) == noise(1_000_000)
        (tmp_path / "big").write_bytes(noise(2_500_000, seed=2))
        with store.writer() as writer:
            big = writer.put_file(str(tmp_path / "big")).digest
        with pytest.raises(DiskFull):
            store.restore(big, small_disk / "out")
        assert [path.name for path in small_disk.iterdir()] == ["chunks"]
        store.restore(big, tmp_path / "out")
        assert (tmp_path / "out").read_bytes() == noise(2_500_000, seed=2)


def _swallow_the_error(store: ChunkStore) -> None:
    with store.writer() as writer:
        with contextlib.suppress(DiskFull):
            writer.put_bytes(noise(6_000_000, seed=1))
        with pytest.raises(DiskFull, match="stopped earlier"):
            writer.put_bytes(b"too late")


def test_read_only_disk(small_disk: Path) -> None:
    folder = small_disk / "chunks"
    with ChunkStore(folder) as store, store.writer() as writer:
        digest = writer.put_bytes(b"data").digest
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with ChunkStore(folder, read_only=True) as store:
        assert store.read(digest) == b"data"
        assert store.verify().ok
    with pytest.raises(AudobonError) as caught, ChunkStore(folder) as store, store.writer():
        pass
    assert caught.value.code in (50, 52)


PUTS_AND_RESTORES = """
import resource, sys
from pathlib import Path
from audobon.storage.chunks import ChunkStore
import audobon.storage.chunks.writer, audobon.storage.chunks.reader
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with ChunkStore(Path(sys.argv[1])) as store:
    with store.writer() as writer:
        digest = writer.put_file(sys.argv[2]).digest
    store.restore(digest, Path(sys.argv[3]), durable=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base, digest)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    grown = []
    for number, blocks in enumerate((8, 64)):
        path = tmp_path / f"{number}"
        with path.open("wb") as stream:
            for block in range(blocks):
                stream.write(noise(2 << 20, seed=block))
        command = [sys.executable, "-c", PUTS_AND_RESTORES, str(tmp_path / "chunks"), str(path)]
        # A small process starts it: the peak of the one that forks is inherited.
        answer = subprocess.run(
            ["sh", "-c", '"$@"', "sh", *command, str(tmp_path / "out")],
            capture_output=True,
            text=True,
            check=True,
        )
        kib, digest = answer.stdout.split()
        assert sha256((tmp_path / "out").read_bytes()) == digest
        grown.append(int(kib) << 10)
    assert grown[1] < grown[0] + (24 << 20)
    assert grown[1] < 120 << 20


def test_two_processes_write_in_turn(tmp_path: Path) -> None:
    script = """
import random, sys
from pathlib import Path
from audobon.storage.chunks import ChunkStore
for seed in range(int(sys.argv[2]), int(sys.argv[2]) + 8):
    with ChunkStore(Path(sys.argv[1])) as store, store.writer(timeout_s=60) as writer:
        writer.put_bytes(random.Random(seed // 2).randbytes(200_000))
"""
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "chunks"), start])
        for start in ("0", "4")
    ]
    assert [process.wait() for process in running] == [0, 0]
    with ChunkStore(tmp_path / "chunks") as store:
        assert store.verify().ok
        assert store.stats().files == 6
        assert store.stats().stored_bytes < 6 * 202_000
        for seed in range(6):
            assert store.has(sha256(noise(200_000, seed=seed)))
