"""Large files that the library puts into their places are known in full, and not read again."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

import audobon
from audobon.storage.chunks.writer import Writer

SIZE = 9_000_000  # more than what is read whole at once


def noise(seed: int) -> bytes:
    return random.Random(seed).randbytes(SIZE)


@pytest.fixture
def big(lib: audobon.Library, folder: Path) -> Path:
    """A file with two versions, of which the second is there."""
    path = folder / "big.bin"
    for seed in (1, 2):
        path.write_bytes(noise(seed))
        lib.add([path])
        lib.commit(f"version {seed}")
    return path


def read_by_commits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that are read to be stored, from now on."""
    read: list[str] = []
    put = Writer.put_file

    def counted(self: Writer, path: str, **how: object) -> object:
        read.append(os.path.basename(path))
        return put(self, path, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(Writer, "put_file", counted)
    return read


def test_a_restored_file_is_not_read_again(
    lib: audobon.Library, big: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = lib.get("big.bin").digest
    lib.restore("big.bin", "HEAD~1")
    then = lib.get("big.bin").digest
    assert then
    assert then != now
    read = read_by_commits(monkeypatch)
    version = lib.commit("as it was")
    assert read == []
    assert lib.restore("big.bin", version.id, big.with_name("copy.bin")).rescued == ""
    assert big.with_name("copy.bin").read_bytes() == noise(1)


def test_what_is_saved_over_it_is_read(
    lib: audobon.Library, big: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lib.restore("big.bin", "HEAD~1")
    big.write_bytes(noise(3))  # of the same size
    lib.add([big])
    assert lib.get("big.bin").digest == ""
    read = read_by_commits(monkeypatch)
    version = lib.commit("painted over")
    assert read == ["big.bin"]
    lib.restore("big.bin", version.id, big.with_name("copy.bin"))
    assert big.with_name("copy.bin").read_bytes() == noise(3)


def test_a_switch_and_an_undone_one_are_known(lib: audobon.Library, big: Path) -> None:
    lib.branch("old", at="HEAD~1")
    before = lib.get("big.bin").digest
    lib.switch("old")
    assert big.read_bytes() == noise(1)
    old = lib.get("big.bin").digest
    assert old not in ("", before)
    lib.switch("main")
    assert lib.get("big.bin").digest == before


@pytest.mark.parametrize("lazy", [False, True])
def test_what_a_clone_brings_is_known(
    lib: audobon.Library, big: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lazy: bool
) -> None:
    lib.remotes.add("nas", str(tmp_path / "nas"))
    lib.push("nas")
    digest = lib.get("big.bin").digest
    with audobon.Library.clone(str(tmp_path / "nas"), tmp_path / "clone", lazy=lazy) as clone:
        if lazy:
            clone.fetch(["big.bin"])
        assert (clone.path / "big.bin").read_bytes() == noise(2)
        assert clone.get("big.bin").digest == digest
        read = read_by_commits(monkeypatch)
        clone.edit("big.bin", rating=3)
        clone.commit("rated")
        assert read == []
