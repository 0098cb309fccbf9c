"""Every operation on pictures of every kind: a sensible result, or an error that says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from odd_pictures import HIGH, LAMP, WIDE, make, save

import audobon
from audobon.errors import LimitExceeded
from audobon.formats.render.whole import Whole, read_whole
from audobon.inference.enlarge import through_network
from audobon.inference.pixels.fill import filled
from audobon.inference.session import Choice
from audobon.inference.steps import height_of, masked_of, seamless_of, unit_of
from audobon.models.registry import Models

LIGHTS = Path("/usr/share/blender/datafiles/studiolights/world")
SMALL = {"one.png", "narrow.png", "flat.png"}
FLOATS = {"light.exr", "light.hdr", "dim.exr", "light-grey.exr", "light-alpha.exr", "broken.exr"}


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory, install: Callable[..., Models]) -> Path:
    """A data folder with every network from picture to picture."""
    data = tmp_path_factory.mktemp("networks")
    install(data, "span-x2", "waifu2x-denoise3", "multistyle26", "hed", "isnet-small")
    return data


@pytest.fixture(scope="module")
def odd(
    tmp_path_factory: pytest.TempPathFactory, networks: Path, photos: Path
) -> Iterator[audobon.Library]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(networks))
        patch.setenv("XDG_CACHE_HOME", str(networks / "cache"))
        root = tmp_path_factory.mktemp("odd")
        make(photos / "china.jpg", root)
        with audobon.Library.create(root, "Odd") as library:
            library.add([root])
            yield library


def sources(lib: audobon.Library) -> tuple[str, ...]:
    """Every picture of ``odd_pictures``, without what was made of them."""
    return tuple(sorted(path.name for path in lib.path.iterdir() if path.is_file()))


def made(lib: audobon.Library, pipeline: str, *names: str, **params: Any) -> dict[str, Any]:
    """What became of each picture by its name: before and after, or the error's message."""
    refs = names or sources(lib)
    out = lib.path.parent / f"{lib.path.name}-{pipeline}"
    out.mkdir(exist_ok=True)
    job = lib.run(pipeline, refs, to=out, **params)
    lib.work()
    result = job.result()
    found: dict[str, Any] = {}
    for row in result["results"]:
        found[row["path"]] = (
            read_whole(str(lib.path / row["path"])),
            read_whole(row["made"]["file"]),
        )
    for row in result["failed"]:
        found[lib.get(row["asset"]).path] = row["error"]["message"]
    assert set(found) == set(refs)
    return found


def sound(after: Whole) -> None:
    if after.pixels.dtype.kind == "f":
        assert np.isfinite(after.pixels).all()


@pytest.mark.parametrize(("pipeline", "factor"), [("upscale", 2), ("denoise", 1)])
def test_from_picture_to_picture(odd: audobon.Library, pipeline: str, factor: int) -> None:
    params = {"backbone": "span-x2"} if pipeline == "upscale" else {}
    found = made(odd, pipeline, **params)
    for name, (before, after) in found.items():
        high, wide, channels = before.pixels.shape
        assert after.pixels.shape == (high * factor, wide * factor, channels), name
        assert (after.kind, after.alpha) == (before.kind, before.alpha), name
        sound(after)
        small = after.pixels.reshape(high, factor, wide, factor, -1).astype(np.float64).mean((1, 3))
        top = {"u8": 255.0, "u16": 65535.0}.get(before.kind, 0.0)
        if not top and name != "broken.exr":  # as the eye compares light
            assert np.abs(np.log1p(small) - np.log1p(before.pixels)).mean() < 0.05, name
            assert abs(float(after.pixels.max()) / float(before.pixels.max()) - 1) < 0.12, name
        elif top and name not in ("one-bit.png", "palette-alpha.png"):
            seen = before.pixels[..., -1:] > 0 if before.alpha else True
            color = np.abs(small - before.pixels)[..., : channels - before.alpha] * seen
            assert color.mean() / top < 0.04, name
        if before.alpha and before.pixels[..., -1].min() < before.pixels[..., -1].max():
            veil = np.abs(small[..., -1] - before.pixels[..., -1]) / (top or 1)
            assert veil.mean() < 0.02, name
            assert after.pixels[:, 0, -1].max() <= 0.02 * (top or 1), name
    deep = found["deep.png"][1].pixels
    assert len(np.unique(deep & 255)) > 200  # no 8 bits in between
    turned = found["turned.jpg"][1].pixels
    assert turned.shape[:2] == (WIDE * factor, HIGH * factor)
    light = found["light.exr"][1].pixels
    assert light[11 * factor : 19 * factor, 32 * factor : 48 * factor].mean() > 0.9 * LAMP


@pytest.mark.skipif(not LIGHTS.is_dir(), reason="blender-data is not installed")
def test_studio_lights_of_blender_keep_their_light(odd: audobon.Library) -> None:
    folder = odd.path / "lights"
    folder.mkdir()
    for name in ("forest", "night"):
        before = read_whole(str(LIGHTS / f"{name}.exr"))
        bright = before.pixels.max(-1)
        y, x = np.unravel_index(int(bright.argmax()), bright.shape)
        top, left = min(max(y - 48, 0), 512 - 96), min(max(x - 80, 0), 1024 - 160)
        part = before.pixels[top : top + 96, left : left + 160]
        assert part.max() > 1000  # a lamp or the sun is in it
        save(folder / f"{name}.exr", part, "float")
    odd.add([folder])
    names = ("lights/forest.exr", "lights/night.exr")
    for pipeline in ("upscale", "denoise", "seamless", "style", "normal", "cutout"):
        params = {"backbone": "span-x2"} if pipeline == "upscale" else {}
        refs = names[:1] if pipeline == "cutout" else names  # it takes seconds each
        for name, (before, after) in made(odd, pipeline, *refs, **params).items():
            sound(after)
            factor = after.pixels.shape[0] // 96
            assert after.pixels.shape[:2] == (96 * factor, 160 * factor), (pipeline, name)
            if pipeline in ("upscale", "denoise"):
                assert after.kind == "f32"
                small = after.pixels.reshape(96, factor, 160, factor, 3).mean((1, 3))
                seen = np.abs(np.log1p(small) - np.log1p(before.pixels)).mean()
                assert seen < 0.08, (pipeline, name)  # 8 % of what the eye compares
                # Denoising takes a lone lamp among dark pixels for noise, in part.
                least = 0.3 if pipeline == "denoise" else 0.5
                assert after.pixels.max() > least * before.pixels.max(), (pipeline, name)


def test_maps(odd: audobon.Library) -> None:
    for name, (before, after) in made(odd, "normal").items():
        assert after.pixels.shape == (*before.pixels.shape[:2], 3), name
        assert after.kind == ("u8" if before.kind == "u8" else "u16"), name
        top = 255.0 if after.kind == "u8" else 65535.0
        vectors = after.pixels / top * 2 - 1
        assert np.abs(np.linalg.norm(vectors, axis=-1) - 1).max() < 0.03, name
        if before.alpha and before.pixels[..., -1].min() == 0:
            assert vectors[:, :8, 2].mean() > 0.7, name  # no cliff where it becomes clear
    for name, (before, after) in made(odd, "height").items():
        assert after.pixels.shape == (*before.pixels.shape[:2], 1), name
        assert after.kind == "u16", name


def test_textures_that_tile(odd: audobon.Library) -> None:
    found = made(odd, "seamless")
    for name in SMALL:
        assert "both sides need 16 pixels" in found.pop(name), name
    for name, (before, after) in found.items():
        assert after.pixels.shape == before.pixels.shape, name
        assert (after.kind, after.alpha) == (before.kind, before.alpha), name
        sound(after)
        room = 1.001 if before.kind == "f32" else 1.01
        assert after.pixels.min() >= before.pixels.min() - 1e-3, name
        assert after.pixels.max() <= before.pixels.max() * room, name


def test_painted(odd: audobon.Library) -> None:
    found = made(odd, "style", style="3")
    for name in SMALL:
        assert "both sides need 32 pixels" in found.pop(name), name
    for name, (before, after) in found.items():
        high, wide = before.pixels.shape[:2]
        assert after.pixels.shape == (high, wide, 3 + before.alpha), name
        assert after.kind == ("u8" if before.kind == "u8" else "u16"), name
        assert after.pixels[..., :3].std() > 0.05 * after.pixels.max(), name
        if before.alpha:
            ratio = after.pixels[..., -1] / np.iinfo(after.pixels.dtype).max
            top = {"u8": 255.0, "u16": 65535.0}.get(before.kind, 1.0)
            assert np.abs(ratio - before.pixels[..., -1] / top).max() < 0.01, name


def test_lines(odd: audobon.Library) -> None:
    names = ("light-alpha.exr", "broken.exr", "grey-alpha.png", "turned.jpg", *sorted(SMALL))
    for name, (before, after) in made(odd, "lineart", *names, size=64).items():
        assert after.pixels.shape == (*before.pixels.shape[:2], 1), name
        assert after.kind == ("u8" if before.kind == "u8" else "u16"), name


def test_cut_out(odd: audobon.Library) -> None:
    names = ("light-alpha.exr", "grey-alpha.png", "narrow.png")
    for name, (before, after) in made(odd, "cutout", *names).items():
        colors = before.pixels.shape[-1] - before.alpha
        assert after.pixels.shape == (*before.pixels.shape[:2], colors + 1), name
        assert (after.kind, after.alpha) == (before.kind, True), name
        sound(after)
        own = before.pixels[..., -1] if before.alpha else np.inf
        assert (after.pixels[..., -1] <= own).all(), name  # nothing appears that was clear
        if before.kind in ("u8", "u16"):
            assert np.array_equal(after.pixels[..., :colors], before.pixels[..., :colors]), name


def test_values(odd: audobon.Library) -> None:
    job = odd.run("palette", sources(odd))
    odd.work()
    assert not job.result()["failed"]
    for row in job.result()["results"]:
        assert abs(sum(each["share"] for each in row["values"]) - 1) < 0.01, row["path"]


def test_moving_pictures_give_their_first(odd: audobon.Library) -> None:
    first = read_whole(str(odd.path / "moving.png")).pixels.astype(int)
    for name in ("moving.gif", "moving.webp"):
        shown = read_whole(str(odd.path / name)).pixels[..., :3]
        assert np.abs(shown - first).mean() < 8, name


def test_what_is_no_number_does_not_spread(odd: audobon.Library) -> None:
    pixels = read_whole(str(odd.path / "broken.exr")).pixels
    assert (pixels[5, 5] == 0).all()
    assert (pixels[6, 6] == 65504).all()
    assert (pixels[7, 7] == -3).all()


def test_weighted_colour_is_seen_as_it_was() -> None:
    light = np.full((4, 4, 3), 0.5, np.float32)
    veil = np.full((4, 4, 1), 0.25, np.float32)
    seen, shown = unit_of(np.concatenate([light * veil, veil], -1), "f16", alpha=True)
    assert np.allclose(seen, unit_of(light, "f16", alpha=False)[0], atol=1e-6)
    assert (shown == 0.25).all()


def test_clear_pixels_are_filled_from_what_is_seen() -> None:
    color = np.zeros((5, 6, 1), np.uint8)
    seen = np.zeros((5, 6), bool)
    color[2, 1], color[3, 4] = 10, 20
    seen[2, 1] = seen[3, 4] = True
    made = filled(color, seen)[..., 0]
    assert made[2].tolist() == [10] * 6
    assert made[3].tolist() == [20] * 6
    assert made[0].tolist() == [10] * 6
    assert color.sum() == 30
    assert not seen[0].any()
    assert (filled(color, np.zeros((5, 6), bool)) == color).all()


def test_a_sprite_makes_no_cliff() -> None:
    sprite = np.zeros((32, 32, 4), np.uint8)
    sprite[8:24, 8:24] = (180, 180, 180, 255)
    height = height_of(sprite, "u8", alpha=True, wrap=False, detail=1.0)
    assert np.ptp(height) < 1e-3


def test_a_lamp_does_not_darken_a_texture_that_tiles() -> None:
    rng = np.random.default_rng(1)
    light = rng.uniform(0.2, 0.6, (64, 64, 3)).astype(np.float32)
    light[30:34, 30:34] = 300
    for even in (False, True):
        made = seamless_of(light, "f16", alpha=False, even=even, check=lambda: None)
        assert made.min() >= light.min() * 0.999
        assert made.max() <= 301
        assert 0.3 < np.median(made) < 0.5
    signed = light - 0.4  # heights around 0
    made = seamless_of(signed, "f32", alpha=False, even=False, check=lambda: None)
    assert made.min() < -0.1


def test_light_is_cut_out_without_a_fringe() -> None:
    light = np.full((4, 4, 3), 9.0, np.float32)
    mask = np.zeros((1, 1, 4, 4), np.float32)
    mask[..., 2:] = 0.5
    made = masked_of(light, "f16", mask, alpha=False)
    assert (made[:, 2:] == (4.5, 4.5, 4.5, 0.5)).all()
    assert (made[:, 0] == 0).all()


def test_a_panorama(odd: audobon.Library) -> None:
    wide = odd.path / "panorama" / "sky.png"
    wide.parent.mkdir()
    shade = np.linspace(0, 65535, 8000).astype(np.uint16)
    save(wide, np.repeat(np.repeat(shade[None, :, None], 200, 0), 3, 2), "uint16")
    odd.add([wide])
    (found,) = made(odd, "normal", "panorama/sky.png").values()
    assert found[1].pixels.shape == (200, 8000, 3)
    component = next(each.component for each in Models().list() if each.component.name == "span-x2")
    huge = np.broadcast_to(np.uint8(0), (16384, 32768, 4))
    with pytest.raises(LimitExceeded, match=r"65536 x 32768 pixels, 8\.0 GiB; 4 GiB are the most"):
        through_network(huge, Path("absent"), component, alpha=True, choice=Choice(), cache=None)
