"""Pictures that are no assets, through pipelines: files, bare pixels; and what looks like them."""

from __future__ import annotations

import array
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import audobon
from audobon.errors import Cancelled, Invalid, NotFound, ReadOnly, Unavailable, Unsupported
from audobon.formats.render.whole import Whole, read_whole, write_whole


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[audobon.Library]:
    """A library without anything in it, and without networks."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with audobon.Library.create(tmp_path / "MyAssets", "Test") as library:
        yield library


def run(lib: audobon.Library, pipeline: str, path: Path, to: Path, **options: Any) -> Any:
    to.mkdir(exist_ok=True)
    job = lib.run_on_file(pipeline, path, to, **options)
    lib.work()
    return job.result()


def noise(*shape: int) -> Any:
    return np.random.default_rng(3).integers(0, 256, shape, np.uint8)


def test_a_file_is_computed_beside_nothing_and_added_nowhere(
    bare: audobon.Library, tmp_path: Path
) -> None:
    source = tmp_path / "brick wall.png"
    Image.fromarray(noise(40, 50, 3)).save(source)
    before = source.read_bytes()
    made = run(bare, "normal", source, tmp_path / "out", shown=32, strength=2.0)
    assert Path(made["file"]) == tmp_path / "out" / "brick wall-normal.png"
    for name, size in (("before", (32, 26)), ("after", (32, 26))):
        with Image.open(made[name]) as small:
            assert small.size == size
    assert source.read_bytes() == before
    assert bare.assets() == ()
    assert bare.changes() == ()


def test_pixels_of_8_bits_come_as_they_are(bare: audobon.Library, tmp_path: Path) -> None:
    pixels = noise(20, 30, 4)
    file = tmp_path / "Untitled"
    file.write_bytes((pixels[::-1] / np.float32(255)).astype(np.float32).tobytes())
    form = {"width": 30, "height": 20, "channels": 4, "alpha": True, "kind": "u8"}
    made = run(bare, "seamless", file, tmp_path / "out", raw=form)
    source = read_whole(str(tmp_path / "out" / "Untitled-source.png"))
    assert (source.pixels == pixels).all()
    result = read_whole(made["file"])
    assert (result.kind, result.alpha, result.pixels.shape) == ("u8", True, (20, 30, 4))


def test_pixels_of_light_stay_light(bare: audobon.Library, tmp_path: Path) -> None:
    light = np.random.default_rng(1).uniform(0, 40, (20, 30, 4)).astype(np.float32)
    light[0, 0] = (np.nan, np.inf, -1, 1)
    file = tmp_path / "Lamp"
    file.write_bytes(array.array("f", light[::-1].ravel()).tobytes())
    form = {"width": 30, "height": 20, "channels": 4, "alpha": False, "kind": "f32"}
    made = run(bare, "seamless", file, tmp_path / "out", raw=form)
    assert made["file"].endswith(".exr")
    source = read_whole(str(tmp_path / "out" / "Lamp-source.exr"))
    assert (source.pixels[1:] == light[1:, :, :3]).all()
    assert source.pixels[0, 0].tolist() == [0.0, 65504.0, -1.0]
    result = read_whole(made["file"])
    assert (result.kind, result.alpha) == ("f32", False)
    assert result.pixels.max() > 1


def test_16_bits_stay_16_bits(bare: audobon.Library, tmp_path: Path) -> None:
    deep = np.random.default_rng(1).integers(0, 65536, (20, 30, 3), np.uint16)
    write_whole(str(tmp_path / "deep.png"), Whole(deep, "u16"))
    made = run(bare, "seamless", tmp_path / "deep.png", tmp_path / "out")
    assert read_whole(made["file"]).kind == "u16"


def test_what_cannot_be_is_refused_before_anything_is_queued(
    bare: audobon.Library, tmp_path: Path
) -> None:
    source = tmp_path / "a.png"
    Image.fromarray(noise(20, 20, 3)).save(source)
    with pytest.raises(NotFound, match="is not a file"):
        bare.run_on_file("normal", tmp_path / "none.png", tmp_path)
    with pytest.raises(NotFound, match="does not exist"):
        bare.run_on_file("normal", source, tmp_path / "nowhere")
    with pytest.raises(Invalid, match="strength"):
        bare.run_on_file("normal", source, tmp_path, strength="much")
    with pytest.raises(Unavailable) as caught:
        bare.run_on_file("upscale", source, tmp_path)
    assert "models install upscale" in caught.value.hint
    assert bare.jobs() == ()
    bare.close()
    with (
        audobon.Library.open(bare.path, read_only=True) as library,
        pytest.raises(ReadOnly),
    ):
        library.run_on_file("normal", source, tmp_path)


def test_pixels_that_are_too_few_are_an_error(bare: audobon.Library, tmp_path: Path) -> None:
    (tmp_path / "few").write_bytes(bytes(16))
    form = {"width": 30, "height": 20, "channels": 4, "alpha": True, "kind": "u8"}
    with pytest.raises(Invalid, match="are no 30 x 20 pixels of 4"):
        run(bare, "normal", tmp_path / "few", tmp_path / "out", raw=form)


def test_a_job_that_is_followed_is_cancelled(bare: audobon.Library, tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    Image.fromarray(noise(20, 20, 3)).save(source)
    job = bare.run_on_file("normal", source, tmp_path)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        job.follow(cancel=stop.is_set)
    assert job.state == "cancelled"


def test_pictures_that_look_alike(lib: audobon.Library, photos: Path, tmp_path: Path) -> None:
    # The small picture is a part of the flower; and a picture of numbers is nobody's like.
    Image.fromarray(noise(90, 120, 3)).save(lib.path / "noise.png")
    lib.add([lib.path / "noise.png"])
    first = lib.similar("flower.jpg")
    assert first.near == ()
    assert {lib.get(each).name for each in first.unseen} == {"china.jpg", "small.png", "noise.png"}
    lib.run("embed", first.unseen).follow()
    found = lib.similar("flower.jpg")
    assert found.unseen == ()
    assert found.near[0].asset.name == "small.png"
    scores = [each.score for each in found.near]
    assert scores == sorted(scores, reverse=True)
    assert 0.4 < scores[0] < 1.0
    shutil.copy(photos / "flower.jpg", tmp_path / "elsewhere.jpg")
    outside = lib.similar(tmp_path / "elsewhere.jpg", 2, file=True)
    assert [each.asset.name for each in outside.near] == ["flower.jpg", "small.png"]
    assert outside.near[0].score > 0.99
    (rows,) = (lib.state_path / "derived" / "alike").glob("*/*/halves")
    whole = rows.read_bytes()
    rows.write_bytes(whole[:64] + bytes(100) + whole[164:-7])  # a torn and damaged one is as none
    again = lib.similar("flower.jpg").near
    assert [(each.asset.id, each.score) for each in again] == [
        (each.asset.id, each.score) for each in found.near
    ]
    (lib.path / "note.txt").write_text("no picture")
    lib.add([lib.path / "note.txt"])
    with pytest.raises(Unsupported, match="is no picture"):
        lib.similar("note.txt")
    lib.release_worker()
