"""EXR and Radiance HDR, and whatever is too large or too deep for the other decoder."""

from __future__ import annotations

from typing import Any

import numpy as np
import OpenImageIO as oiio  # noqa: N813 (its own documentation calls it so)
from PIL import Image

from audobon.formats.render.bands import Window, averaged
from audobon.formats.render.channels import Choice, choose
from audobon.formats.render.color import to_srgb
from audobon.formats.render.encode import encode, fit
from audobon.formats.render.rendered import Rendered, bad, check_pixels, unsupported
from audobon.formats.render.tone import PRIMARIES, depth_to_gray, to_display

__all__ = ["draw", "draw_deep", "parts_of", "primaries_of", "profile_of", "said", "split"]

_MAX_PARTS = 64
"""Parts of a file that are looked at for the best picture; render passes stay under it."""


def draw(path: str, name: str, size: int) -> Rendered:
    """Family function of :func:`audobon.formats.render.render`."""
    return draw_deep(path, name, size)


def draw_deep(path: str, name: str, size: int) -> Rendered:
    """Read in bands, averaged on the way, so memory is bounded by the preview, not the file."""
    oiio.attribute("threads", 1)  # a worker has one core; its own pool would be a surprise
    source = oiio.ImageInput.open(path, _settings())
    if source is None:
        raise bad(path, said(oiio.geterror()))
    try:
        return _draw(path, name, source, size)
    finally:
        source.close()


def _settings() -> Any:
    spec = oiio.ImageSpec()
    spec.attribute("oiio:UnassociatedAlpha", 0)  # averages need colour weighted by alpha
    return spec


def _draw(path: str, name: str, source: Any, size: int) -> Rendered:
    choice = choose(parts_of(source), single=name not in ("exr", "tiff"))
    if not source.seek_subimage(choice.part, 0):
        raise bad(path, said(source.geterror()))
    spec = source.spec()
    if spec.deep:
        raise unsupported(path, "it holds deep pixels only")
    window = Window.of(spec)
    check_pixels(path, spec.width, spec.height)
    check_pixels(path, window.width, window.height)
    small = averaged(path, source, choice.first, choice.stop, window, size)
    picked = small[..., [each - choice.first for each in choice.channels]]
    light = name in ("exr", "hdr") or str(spec.format) in ("half", "float", "double")
    if choice.kind == "depth":
        image = Image.fromarray(depth_to_gray(picked[..., 0]))
    elif light:
        image = _from_light(picked, choice, spec)
    else:
        image = to_srgb(_from_display(picked, choice), profile_of(spec))
    return encode(_sized(image, fit(window.width, window.height, size)))


def parts_of(source: Any) -> list[tuple[str, ...]]:
    """The channel names of every part."""
    found: list[tuple[str, ...]] = []
    while len(found) < _MAX_PARTS and source.seek_subimage(len(found), 0):
        found.append(tuple(source.spec().channelnames))
    return found


def said(text: str) -> str:
    """The decoder's complaint in one short line."""
    return " ".join(text.split())[:160] or "its pixels cannot be decoded"


def _from_light(picked: Any, choice: Choice, spec: Any) -> Image.Image:
    color, alpha = split(picked, choice)
    return _image(to_display(color, alpha, primaries_of(spec)), alpha)


def primaries_of(spec: Any) -> tuple[float, ...]:
    """x and y of the file's red, green, blue and white; sRGB's where it names none."""
    white = spec.getattribute("chromaticities")
    return tuple(map(float, white)) if white is not None and len(white) == 8 else PRIMARIES


def _from_display(picked: Any, choice: Choice) -> Image.Image:
    """Integers that are already encoded for a display; OpenImageIO gives them as 0..1."""
    color, alpha = split(picked, choice)
    return _image(color.clip(0, 1), alpha)


def split(picked: Any, choice: Choice) -> tuple[Any, Any]:
    """Straight colour (three channels) and alpha 0..1 (None where there is none)."""
    if not choice.alpha:
        color = picked
        alpha = None
    else:
        alpha = np.nan_to_num(picked[..., -1]).clip(0, 1)
        held = np.maximum(alpha, 1e-4)[..., None]  # under 1/255 nothing is seen
        color = np.where(alpha[..., None] > 0, picked[..., :-1] / held, picked[..., :-1])
    if color.shape[-1] == 1:
        color = np.repeat(color, 3, axis=-1)
    elif color.shape[-1] == 2:  # red and green, as flow and distortion maps have
        color = np.concatenate([color, np.zeros_like(color[..., :1])], axis=-1)
    return color[..., :3], alpha


def _image(color: Any, alpha: Any) -> Image.Image:
    out = color if alpha is None else np.concatenate([color, alpha[..., None]], axis=-1)
    return Image.fromarray((out * 255 + 0.5).astype(np.uint8))


def profile_of(spec: Any) -> dict[str, object]:
    """The ICC profile, under Pillow's name for it."""
    profile = spec.getattribute("ICCProfile")
    if profile is None:
        return {}
    return {"icc_profile": bytes(np.asarray(profile, dtype=np.uint8))}


def _sized(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    if image.size == target:
        return image
    return image.resize(target, Image.Resampling.HAMMING)
