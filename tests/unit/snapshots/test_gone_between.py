"""A file that came and went between two versions is lost to nobody, and nobody is told so."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import pytest

import audobon


@pytest.fixture
def passing(lib: audobon.Library, folder: Path) -> str:
    """The digest of a file that was seen, and gone before a version could keep it."""
    (folder / "passing.txt").write_text("here for a moment")
    (asset,) = lib.add([folder]).added
    lib.edit([asset], add_tags=["passing"])
    (folder / "passing.txt").unlink()
    lib.add([folder])
    lib.commit("without it")
    assert not lib._stores.chunks.has(asset.digest)
    return asset.digest


def test_a_snapshot_and_a_push_do_not_miss_it(
    lib: audobon.Library, tmp_path: Path, passing: str
) -> None:
    place = tmp_path / "place"
    assert not lib.snapshots.estimate(place).lacking
    assert not lib.snapshot(place).lacking
    assert lib.snapshots.verify(place).ok
    lib.remotes.add("nas", f"memory:{uuid.uuid4().hex}")
    assert not lib.push("nas", dry_run=True).lacking
    assert not lib.push("nas").lacking
    assert lib.verify().ok


def test_what_a_version_has_is_still_missed_when_it_is_lost(
    lib: audobon.Library, folder: Path, tmp_path: Path, passing: str
) -> None:
    lost = lib.get("noise.bin").digest
    (folder / "noise.bin").unlink()
    lib.add([folder])
    lib.commit("gone, and one version has it")
    shutil.rmtree(lib.state_path / "chunks" / "packs")
    (lib.state_path / "chunks" / "packs").mkdir()
    lib.close()
    with audobon.Library.open(folder) as again:
        again.doctor(repair=True)
        made = again.snapshot(tmp_path / "place")
    assert lost in made.lacking
    assert passing not in made.lacking
