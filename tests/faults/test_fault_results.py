"""Results of pipelines on disks that are full, or that nobody may write to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fault_support import Mounts
from PIL import Image

import audobon
from audobon.errors import DiskFull, ReadOnly
from audobon.formats.render.whole import Whole, write_whole


def noise(path: Path, side: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(1).integers(0, 255, (side, side, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def test_a_result_that_has_no_room(mounts: Mounts, tmp_path: Path) -> None:
    disk = mounts.disk("disk", "2m")
    source = noise(disk / "art" / "a.png", 700)  # 1.4 MB, and its map as much again
    with audobon.Library.create(tmp_path / "lib") as lib:
        lib.add([source])
        job = lib.run("normal", source)
        lib.work()
        with pytest.raises(DiskFull, match="no space is left to write") as caught:
            job.result()
        assert str(source.parent) in caught.value.message
        assert [path.name for path in source.parent.iterdir()] == ["a.png"]
        # It is kept: elsewhere it is there at once.
        (made,) = list((lib.state_path / "derived" / "results").rglob("*.png"))
        stamp = made.stat().st_mtime_ns
        (tmp_path / "out").mkdir()
        job = lib.run("normal", source, to=tmp_path / "out")
        lib.work()
        assert Path(job.result()["results"][0]["made"]["file"]).is_file()
        assert made.stat().st_mtime_ns == stamp


def test_a_folder_on_a_read_only_disk(mounts: Mounts, tmp_path: Path) -> None:
    disk = mounts.disk("disk", "4m")
    source = noise(disk / "a.png", 40)
    with audobon.Library.create(tmp_path / "lib") as lib:
        lib.add([source])
        waiting = lib.run("normal", source)
        Mounts.set_read_only(disk, on=True)
        with pytest.raises(ReadOnly, match=f"nothing can be written to {disk}") as caught:
            lib.run("height", source)
        assert "--to" in caught.value.hint
        lib.work()
        with pytest.raises(ReadOnly, match=f"nothing can be written to {disk}"):
            waiting.result()
        job = lib.run("normal", source, to=tmp_path)
        lib.work()
        assert job.result()["results"][0]["made"]["file"] == str(tmp_path / "a-normal.png")
        assert lib.doctor().ok
        Mounts.set_read_only(disk, on=False)


@pytest.mark.parametrize("kind", ["u8", "f32"])
def test_a_picture_that_is_written_in_part_is_none(mounts: Mounts, kind: str) -> None:
    disk = mounts.disk("disk", "1m")
    values = np.random.default_rng(1).random((800, 800, 3))
    pixels = (values * 255).astype(np.uint8) if kind == "u8" else values.astype(np.float32)
    path = disk / ("a.png" if kind == "u8" else "a.exr")
    with pytest.raises(DiskFull, match=r"no space is left to write a\."):
        write_whole(str(path), Whole(pixels, kind))
    assert list(disk.iterdir()) == []
