"""The picture of a difference: heat over the dimmed picture after."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from audobon.formats.render.delta import VISIBLE
from audobon.formats.render.encode import encode
from audobon.formats.render.reduced import Peaks
from audobon.formats.render.rendered import Rendered

__all__ = ["heated"]

_SPARSE = 0.02
"""Up to this share of the cells heat is drawn one cell thicker all round, so that it is found."""

_HOT = 40.0
"""The delta E that is shown hottest: red against orange; larger ones look no more different."""

_RAMP = np.array([[112, 16, 60], [214, 48, 48], [250, 148, 30], [255, 222, 90]], np.float32)
"""From just visible to hot: darker is less, so it also reads without colour vision."""

_FAINT = np.array([70, 120, 190], np.float32)
"""Differs, but nobody sees it: a blue that the ramp does not have."""

_GROUND = 46
_DIM = 0.28
"""Clear parts are this grey, and the picture keeps this share of its contrast."""

_FRAME = (255, 255, 255)
_ROOM = 32
_FRAME_BELOW = 0.5
"""The box is drawn in pictures of at least this many pixels each way, where it covers less than
this share: a large change is seen without it."""


def heated(
    before: Image.Image,
    after: Image.Image,
    peaks: Peaks,
    box: tuple[int, int, int, int] | None,
    full: tuple[int, int],
) -> tuple[Rendered, Rendered, Rendered]:
    """Before, after and difference, encoded; ``box`` is in pixels of the ``full`` size."""
    ground = Image.new("RGBA", after.size, (_GROUND, _GROUND, _GROUND, 255))
    ground.alpha_composite(after)
    gray = np.asarray(ground.convert("L")).astype(np.float32)
    # Where nothing differs it is dim; heat keeps a little of the picture under it.
    out = np.repeat((_GROUND * (1 - _DIM) + gray * _DIM)[..., None], 3, axis=2)
    shade = (0.75 + 0.25 * gray / 255)[..., None]
    faint = peaks.touched & (peaks.delta <= VISIBLE)
    out[faint] = out[faint] * 0.55 + _FAINT * 0.45
    delta = peaks.delta
    if (delta > VISIBLE).mean() < _SPARSE:
        delta = _thicker(delta)
    seen = delta > VISIBLE
    out[seen] = (_color(delta) * shade)[seen]
    image = Image.fromarray((out + 0.5).clip(0, 255).astype(np.uint8))
    if box is not None and box[2] * box[3] < _FRAME_BELOW * full[0] * full[1]:
        _frame(image, box, full)
    return (
        encode(before, drawn=True),
        encode(after, drawn=True),
        encode(image, sharp=True, drawn=True),
    )


def _color(delta: Any) -> Any:
    """The ramp's colour, float (rows, columns, 3)."""
    share = ((delta - VISIBLE) / (_HOT - VISIBLE)).clip(0, 1) * (len(_RAMP) - 1)
    places = np.arange(len(_RAMP))
    return np.stack([np.interp(share, places, _RAMP[:, each]) for each in range(3)], axis=-1)


def _thicker(delta: Any) -> Any:
    """Every cell as hot as the hottest of its neighbours."""
    wide = np.pad(delta, 1)
    rows, columns = delta.shape
    around = [wide[y : y + rows, x : x + columns] for y in range(3) for x in range(3)]
    return np.maximum.reduce(around)


def _frame(image: Image.Image, box: tuple[int, int, int, int], full: tuple[int, int]) -> None:
    across, down = image.width / full[0], image.height / full[1]
    left, top = int(box[0] * across) - 3, int(box[1] * down) - 3
    right = int((box[0] + box[2]) * across) + 3
    bottom = int((box[1] + box[3]) * down) + 3
    place = (max(left, 0), max(top, 0), min(right, image.width - 1), min(bottom, image.height - 1))
    if min(image.size) >= _ROOM and place[2] > place[0] and place[3] > place[1]:
        ImageDraw.Draw(image).rectangle(place, outline=_FRAME)
