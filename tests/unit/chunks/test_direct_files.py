"""Files written past the page cache hold what was written, wherever the disk draws its lines."""

from __future__ import annotations

import itertools
import os
import random
import sys
from pathlib import Path

import pytest

from audobon.storage.chunks.packfiles import PLAIN
from audobon.system.directio import DirectFile, direct_writer

_BLOCK = 4 << 20
_SIZES = (0, 1, 4095, 4096, _BLOCK - 1, _BLOCK, _BLOCK + 1, 2 * _BLOCK + 4096, 3 * _BLOCK + 12345)


def _past_cache(file: DirectFile) -> bool:
    import fcntl

    return bool(fcntl.fcntl(file.fileno(), fcntl.F_GETFL) & os.O_DIRECT)


@pytest.mark.parametrize("size", _SIZES)
@pytest.mark.parametrize("piece", [1 << 30, 1 << 20, 700_001])
def test_every_byte_is_there_in_pieces_of_any_size(tmp_path: Path, size: int, piece: int) -> None:
    data = random.Random(size).randbytes(size)
    path = tmp_path / "file"
    with DirectFile(path.open("wb", buffering=0)) as file:
        for at in range(0, size, piece):
            part = memoryview(data)[at : at + piece]
            assert file.write(part) == len(part)
        file.flush()
        assert path.read_bytes() == data
        assert file.write(b"and more") == 8  # after a flush, where nothing is aligned any more
        file.flush()
    assert path.read_bytes() == data + b"and more"


def test_what_is_not_flushed_is_lost_and_closing_twice_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    file = DirectFile(path.open("wb", buffering=0))
    file.write(bytes(_BLOCK))
    file.write(b"the rest")
    file.close()
    file.close()
    assert path.stat().st_size in (_BLOCK, _BLOCK + 8)  # the second where there is no such writing
    with pytest.raises(ValueError, match="closed"):
        file.write(b"closed")


@pytest.mark.skipif(sys.platform != "linux", reason="others write through the cache")
def test_a_file_system_that_says_no_while_it_is_written_is_written_through_the_cache(
    tmp_path: Path,
) -> None:
    """A real refusal: at an odd place of a file the kernel takes no such write."""
    data = random.Random(5).randbytes(2 * _BLOCK + 77)
    path = tmp_path / "file"
    raw = path.open("wb", buffering=0)
    raw.write(b"odd")
    with DirectFile(raw) as file:
        if not _past_cache(file):
            pytest.skip("this file system has no direct writing at all")
        file.write(data)
        assert not _past_cache(file)
        file.flush()
    assert path.read_bytes() == b"odd" + data


@pytest.mark.skipif(sys.platform != "linux", reason="others write through the cache")
def test_blocks_go_past_the_cache_and_the_end_does_not(tmp_path: Path) -> None:
    with DirectFile((tmp_path / "file").open("wb", buffering=0)) as file:
        if not _past_cache(file):
            pytest.skip("this file system has no direct writing")
        file.write(bytes(_BLOCK + 5))
        assert _past_cache(file)
        file.flush()
        assert not _past_cache(file)


@pytest.mark.parametrize("direct", [False, True])
def test_a_pack_is_the_same_either_way(tmp_path: Path, direct: bool) -> None:
    data = random.Random(9).randbytes(_BLOCK + 999)
    sink = PLAIN.create(tmp_path / "pack", direct=direct)
    sink.write(data[:1000])
    sink.write(memoryview(data)[1000:])
    sink.finish()
    sink.close()
    assert (tmp_path / "pack").read_bytes() == data


@pytest.mark.parametrize("size", [0, 100, _BLOCK + 7])
def test_a_file_appears_whole_or_not_at_all(tmp_path: Path, size: int) -> None:
    data = random.Random(size).randbytes(size)
    path = tmp_path / "file"
    with direct_writer(path, mode=0o640) as file:
        file.write(data)
        assert not path.exists()
    assert path.read_bytes() == data
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o640
    with pytest.raises(TypeError), direct_writer(path, mode=0o640) as file:
        file.write(itertools.count())  # type: ignore[arg-type]
    assert path.read_bytes() == data
    assert list(tmp_path.iterdir()) == [path]
