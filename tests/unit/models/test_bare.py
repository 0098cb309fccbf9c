"""Pixels of hosts in their own numbers, in and out: nothing is lost and nothing is turned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import audobon
from audobon.errors import Invalid
from audobon.formats.render.raw import read_raw
from audobon.formats.render.whole import Whole, read_whole, write_whole
from audobon.inference.pixels.resize import resize, resized_in_bands
from audobon.models.bare import write_bare

HIGH, WIDE = 21, 34
TYPES = {"u8": np.uint8, "u16": np.uint16, "f16": np.float16, "f32": np.float32}


def numbers(stored: str, seed: int = 1) -> Any:
    """Pixels with alpha, four numbers each."""
    chance = np.random.default_rng(seed)
    if stored in ("u8", "u16"):
        top = 256 if stored == "u8" else 65536
        return chance.integers(0, top, (HIGH, WIDE, 4)).astype(TYPES[stored])
    light = chance.uniform(0, 6, (HIGH, WIDE, 4))
    light[..., 3] = chance.uniform(0.1, 1, (HIGH, WIDE))
    return light.astype(TYPES[stored])


def form(stored: str, **more: Any) -> dict[str, Any]:
    kind = "f32" if stored.startswith("f") else stored
    size = {"width": WIDE, "height": HIGH, "channels": 4, "alpha": True}
    return {**size, "kind": kind, "stored": stored, "downwards": True, "straight": True, **more}


@pytest.mark.parametrize("stored", ["u8", "u16", "f16", "f32"])
@pytest.mark.parametrize("swapped", [False, True])
def test_there_and_back_is_the_same(stored: str, swapped: bool, tmp_path: Path) -> None:
    pixels = numbers(stored)
    source, picture, back = (tmp_path / name for name in ("source", "picture", "back"))
    source.write_bytes(pixels.tobytes())
    whole = read_raw(str(source), form(stored, swapped=swapped))
    assert whole.kind == ("f32" if stored.startswith("f") else stored)
    if not stored.startswith("f"):
        assert (whole.pixels[..., :3] == pixels[..., [2, 1, 0] if swapped else [0, 1, 2]]).all()
    path = str(picture.with_suffix(".exr" if stored.startswith("f") else ".png"))
    write_whole(path, whole)
    said = {"stored": stored, "swapped": swapped, "straight": True}
    told = write_bare(path, said, str(back), lambda: None)
    assert told == {"width": WIDE, "height": HIGH}
    found = np.fromfile(back, TYPES[stored]).reshape(HIGH, WIDE, 4)
    if stored.startswith("f"):
        np.testing.assert_allclose(found.astype(float), pixels.astype(float), rtol=2e-3)
    else:
        assert (found == pixels).all()


def test_light_is_weighted_by_alpha_in_between(tmp_path: Path) -> None:
    pixels = np.full((HIGH, WIDE, 4), 4.0, np.float32)
    pixels[..., 3] = 0.25
    (tmp_path / "source").write_bytes(pixels.tobytes())
    assert read_raw(str(tmp_path / "source"), form("f32")).pixels[0, 0].tolist() == [1, 1, 1, 0.25]
    weighted = read_raw(str(tmp_path / "source"), form("f32", straight=False))
    assert weighted.pixels[0, 0].tolist() == [4, 4, 4, 0.25]


@pytest.mark.parametrize(
    ("kind", "stored"), [("u8", "u16"), ("u16", "u8"), ("f32", "u8"), ("u8", "f16"), ("u8", "text")]
)
def test_numbers_that_are_no_such_picture(kind: str, stored: str, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"")
    with pytest.raises(Invalid, match="are no picture"):
        read_raw(str(tmp_path / "source"), {**form("u8"), "kind": kind, "stored": stored})


def bare(tmp_path: Path, whole: Whole, **said: Any) -> Any:
    """What is written of a picture, as (rows, columns, channels)."""
    path = str(tmp_path / ("made.png" if whole.kind.startswith("u") else "made.exr"))
    write_whole(path, whole)
    told = write_bare(path, {"straight": True, **said}, str(tmp_path / "made"), lambda: None)
    found = np.fromfile(tmp_path / "made", TYPES[said["stored"]])
    return found.reshape(told["height"], told["width"], -1)


def test_grey_becomes_colour_and_opaque(tmp_path: Path) -> None:
    grey = Whole(np.full((HIGH, WIDE, 1), 7, np.uint8), "u8")
    assert (bare(tmp_path, grey, stored="u8")[3, 4] == (7, 7, 7, 255)).all()
    assert (bare(tmp_path, grey, stored="u16")[3, 4] == (1799, 1799, 1799, 65535)).all()
    np.testing.assert_allclose(bare(tmp_path, grey, stored="f32")[3, 4], [7 / 255] * 3 + [1])


def test_the_selection_limits_it(tmp_path: Path) -> None:
    mask = np.zeros((HIGH, WIDE), np.uint8)
    mask[5:10, 6:20] = 255
    mask[5, 6] = 51
    (tmp_path / "mask").write_bytes(mask.tobytes())
    said = {"mask": str(tmp_path / "mask"), "mask_width": WIDE, "mask_height": HIGH}
    whole = Whole(numbers("u8"), "u8", alpha=True)
    found = bare(tmp_path, whole, stored="u8", **said)
    expected = np.rint(whole.pixels[..., 3] * (mask / np.float32(255)))
    assert (abs(found[..., 3] - expected) <= 1).all()
    assert (found[..., :3] == whole.pixels[..., :3]).all()
    # As a mask by itself what is not selected stays seen.
    alone = bare(tmp_path, whole, stored="u8", alone=True, **said)[..., 0]
    assert (alone[mask == 0] == 255).all()
    assert (alone[mask == 255] == whole.pixels[mask == 255][:, 3]).all()
    (tmp_path / "mask").write_bytes(b"few")
    with pytest.raises(Invalid, match="are no mask"):
        bare(tmp_path, whole, stored="u8", **said)


def test_a_mask_does_not_count_what_is_clear_twice(tmp_path: Path) -> None:
    under = np.full((HIGH, WIDE, 4), 128, np.uint8)
    under[0, 0, 3] = 0
    write_whole(str(tmp_path / "under.png"), Whole(under, "u8", alpha=True))
    cut = under.copy()
    cut[..., 3] = 64
    cut[0, 0, 3] = 0
    found = bare(
        tmp_path, Whole(cut, "u8", alpha=True), stored="u8", alone=True,
        over=str(tmp_path / "under.png"),
    )  # fmt: skip
    assert found[0, 0, 0] == 255, "what is clear already needs no mask"
    assert (found[1:, 1:, 0] == 128).all()


def test_it_is_enlarged_as_a_whole_would_be(tmp_path: Path) -> None:
    whole = Whole(numbers("u8")[..., :3].copy(), "u8")
    found = bare(tmp_path, whole, stored="u8", width=3 * WIDE, height=3 * HIGH)
    values = resize(whole.pixels.astype(np.float32), 3 * HIGH, 3 * WIDE)
    assert (abs(found[..., :3] - values) <= 1).all()


@given(high=st.integers(1, 90), wide=st.integers(1, 40), rows=st.integers(1, 50))
def test_in_bands_it_is_resized_alike(high: int, wide: int, rows: int) -> None:
    values = np.random.default_rng(high).random((17, 13, 2), np.float32)
    parts = list(resized_in_bands(values, high, wide, rows))
    assert all(len(part) == rows for part in parts[:-1])
    np.testing.assert_allclose(np.concatenate(parts), resize(values, high, wide), atol=1e-5)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[audobon.Library]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with audobon.Library.create(tmp_path / "MyAssets", "Test") as made:
        yield made


def test_a_pipeline_gives_them_on_request(library: audobon.Library, tmp_path: Path) -> None:
    pixels = numbers("u16")
    (tmp_path / "Layer 1.source").write_bytes(pixels.tobytes())
    (tmp_path / "out").mkdir()
    job = library.run_on_file(
        "seamless", tmp_path / "Layer 1.source", tmp_path / "out",
        raw=form("u16", swapped=True), bare={"stored": "u16", "swapped": True, "straight": True},
    )  # fmt: skip
    library.work()
    told = job.result()
    assert told["file"].endswith("Layer 1-seamless.png")
    assert (told["pixels"]["width"], told["pixels"]["height"]) == (WIDE, HIGH)
    found = np.fromfile(told["pixels"]["file"], np.uint16).reshape(HIGH, WIDE, 4)
    result = read_whole(told["file"])
    assert result.kind == "u16"
    assert (found == result.pixels[..., [2, 1, 0, 3]]).all()
    assert read_whole(str(tmp_path / "out" / "Layer 1-source.png")).kind == "u16"
