"""Files leave the chunk store for good, also when it was cut off between its two lasting steps."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

from audobon.storage.chunks import ChunkStore
from audobon.storage.chunks.index import ChunkIndex


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


class _Killed(BaseException):
    """What a kill is for those who wait for one."""


def _store(folder: Path) -> tuple[ChunkStore, list[str]]:
    store = ChunkStore(folder)
    with store.writer() as writer:
        digests = [writer.put_bytes(noise(150_000, number)).digest for number in range(4)]
        writer.flush()
    return store, digests


@pytest.mark.parametrize("how", ["erase", "collect"])
def test_cut_off_between_packs_and_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    store, digests = _store(tmp_path / "chunks")

    def run() -> None:
        if how == "erase":
            store.erase(digests[:1])
        else:
            store.collect(digests[1:], now=1e9, grace_s=timedelta(0).total_seconds())

    def dies(*_: object) -> None:
        raise _Killed

    with monkeypatch.context() as patched:
        patched.setattr(ChunkIndex, "exchange", dies)
        with pytest.raises(_Killed):
            run()
    store.close()
    store = ChunkStore(tmp_path / "chunks")
    run()
    assert sorted(store.digests()) == sorted(digests[1:])
    for number, digest in enumerate(digests[1:], 1):
        assert store.read(digest) == noise(150_000, number)
    assert store.verify().problems == ()
    assert all(needed for _, _, needed in store.unpacked())
    store.close()
