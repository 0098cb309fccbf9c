"""Pixels of deep and large pictures, read in strips by the decoder that can."""

from __future__ import annotations

from typing import Any

import numpy as np
import OpenImageIO as oiio  # noqa: N813 (its own documentation calls it so)
from PIL import Image

from audobon.formats.render.bands import Window, averaged
from audobon.formats.render.channels import choose
from audobon.formats.render.color import to_srgb
from audobon.formats.render.deep import parts_of, primaries_of, profile_of, said, split
from audobon.formats.render.pixels import MAX_COMPARED, Pixels
from audobon.formats.render.rendered import bad, too_large, unsupported
from audobon.formats.render.tone import depth_span, depth_to_gray, level, to_display

__all__ = ["Strips"]

_NATIVE = ("uint8", "uint16", "half", "float")
_FULL = {"uint8": 255, "uint16": 65535}
_TOP = 65504.0  # as for previews: infinities and fireflies count as the largest half float
_LEVEL_SIZE = 256
"""Pixels of the small picture that exposure is taken from: the default size of previews."""

_CHANNELS = "Of the channels inside {0} more are not compared."


class Strips:
    """See :class:`audobon.formats.render.pixels.Pixels`.

    Scene light is shown as previews show it, with the exposure of the picture
    that it is compared with.
    """

    def __init__(self, path: str, name: str, like: Pixels | None) -> None:
        oiio.attribute("threads", 1)
        settings = oiio.ImageSpec()
        settings.attribute("oiio:UnassociatedAlpha", 1)  # stored values are compared as they are
        source = oiio.ImageInput.open(path, settings)
        if source is None:
            raise bad(path, said(oiio.geterror()))
        self._path, self._source = path, source
        try:
            self._begin(name, like if isinstance(like, Strips) else None)
        except BaseException:
            source.close()
            raise

    def _begin(self, name: str, like: Strips | None) -> None:
        parts = parts_of(self._source)
        self._choice = choice = choose(parts, single=name not in ("exr", "tiff"))
        if not self._source.seek_subimage(choice.part, 0):
            raise bad(self._path, said(self._source.geterror()))
        self._spec = spec = self._source.spec()
        if spec.deep:
            raise unsupported(self._path, "it holds deep pixels only")
        self._window = window = Window.of(spec)
        for width, height in ((spec.width, spec.height), (window.width, window.height)):
            if width < 1 or height < 1:
                raise bad(self._path, "its picture has no pixels")
            if width * height > MAX_COMPARED:
                most = f"{MAX_COMPARED // 1_000_000} million pixels"
                raise too_large(self._path, f"{width} x {height} pixels", most)
        self.width, self.height = self.size = (window.width, window.height)
        stored = str(spec.format)
        self._type = stored if stored in _NATIVE else "float"
        self._light = name in ("exr", "hdr") or stored in ("half", "float", "double")
        straight = bool(spec.getattribute("oiio:UnassociatedAlpha"))
        self._associated = choice.alpha and (self._light or not straight)
        self.kind = f"{self._type} {choice.kind} {len(choice.channels)} {self._associated}"
        self._info = profile_of(spec)
        others = sum(map(len, parts if name == "exr" else parts[:1])) - len(choice.channels)
        self.notes: tuple[str, ...] = (_CHANNELS.format(others),) if others else ()
        self._exposure = 1.0
        self._span = (0.0, 0.0)
        if like is not None and like._light == self._light and like._choice.kind == choice.kind:
            self._exposure, self._span = like._exposure, like._span
        elif self._light or choice.kind == "depth":
            self._look()

    def _look(self) -> None:
        """Find exposure or depth from the picture at the size of a preview, as previews do."""
        small = self._picked(self._averaged())
        if self._choice.kind == "depth":
            self._span = depth_span(small[..., 0])
        else:
            color, alpha = split(small, self._choice)
            self._exposure = level(color, alpha, primaries_of(self._spec))

    def _averaged(self) -> Any:
        choice = self._choice
        place = (choice.first, choice.stop, self._window, _LEVEL_SIZE)
        return averaged(self._path, self._source, *place)

    def _picked(self, stored: Any) -> Any:
        return stored[..., [each - self._choice.first for each in self._choice.channels]]

    def rows(self, top: int, end: int) -> tuple[Any, Any]:
        stored = self._picked(self._read(top, end))
        return stored, self._shown(stored)

    def _read(self, top: int, end: int) -> Any:
        """Rows of the window; where the file has no data they are 0."""
        spec, window = self._spec, self._window
        low = max(spec.y, window.y + top)
        high = min(spec.y + spec.height, window.y + end)
        channels = self._choice.stop - self._choice.first
        if low >= high:
            return np.zeros((end - top, window.width, channels), self._dtype())
        band = self._band(low, high)
        if (spec.x, spec.width, high - low) == (window.x, window.width, end - top):
            return band
        out = np.zeros((end - top, window.width, channels), band.dtype)
        left, right = max(spec.x, window.x), min(spec.x + spec.width, window.x + window.width)
        down = slice(low - window.y - top, high - window.y - top)
        across = slice(left - window.x, right - window.x)
        out[down, across] = band[:, left - spec.x : right - spec.x]
        return out

    def _band(self, low: int, high: int) -> Any:
        spec, choice = self._spec, self._choice
        first, last = low, high
        if spec.tile_width:  # whole rows of tiles only
            first = spec.y + (low - spec.y) // spec.tile_height * spec.tile_height
            rows = -(-(high - spec.y) // spec.tile_height) * spec.tile_height
            last = min(spec.y + rows, spec.y + spec.height)
            across = (spec.x, spec.x + spec.width, first, last, 0, 1)
            band = self._source.read_tiles(*across, choice.first, choice.stop, self._type)
        else:
            band = self._source.read_scanlines(
                first, last, 0, choice.first, choice.stop, self._type
            )
        if band is None:
            raise bad(self._path, said(self._source.geterror()))
        return band.reshape(last - first, spec.width, -1)[low - first : high - first]

    def _dtype(self) -> Any:
        return {"half": np.float16, "float": np.float32}.get(self._type, self._type)

    def _shown(self, stored: Any) -> Any:
        if self._choice.kind == "depth":
            values = _finite(stored[..., 0])
            gray = Image.fromarray(depth_to_gray(values, self._span))
            return np.asarray(gray.convert("RGBA"))
        if self._light:
            color, alpha = split(_finite(stored), self._choice)
            color = to_display(color, alpha, primaries_of(self._spec), factor=self._exposure)
            return _rgba(color, alpha)
        if self._associated:
            color, alpha = split(stored.astype(np.float32) / _FULL[self._type], self._choice)
            shown = _rgba(color.clip(0, 1), alpha)
        else:
            values = stored if self._type == "uint8" else _byte(stored)
            shown = np.full((*values.shape[:2], 4), 255, np.uint8)
            shown[..., :3] = _three(values[..., :-1] if self._choice.alpha else values)
            if self._choice.alpha:
                shown[..., 3] = values[..., -1]
        return np.asarray(to_srgb(Image.fromarray(shown), self._info)) if self._info else shown

    def close(self) -> None:
        self._source.close()


def _finite(values: Any) -> Any:
    values = values.astype(np.float32)
    return np.nan_to_num(values, nan=0.0, posinf=_TOP, neginf=-_TOP).clip(-_TOP, _TOP)


def _byte(values: Any) -> Any:
    """16 bits as 8, rounded."""
    return ((values.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)


def _three(color: Any) -> Any:
    if color.shape[-1] == 1:
        return color  # it spreads over all three
    if color.shape[-1] == 2:
        return np.concatenate([color, np.zeros_like(color[..., :1])], axis=-1)
    return color


def _rgba(color: Any, alpha: Any) -> Any:
    shown = np.full((*color.shape[:2], 4), 255, np.uint8)
    shown[..., :3] = color * 255 + 0.5
    if alpha is not None:
        shown[..., 3] = alpha * 255 + 0.5
    return shown
