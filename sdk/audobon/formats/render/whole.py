"""Whole pictures at their true size and depth, for what computes with them; and writing those.

Previews are made elsewhere: here nothing is converted, shrunk or toned.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen

from audobon.errors import AudobonError, DiskFull, LimitExceeded, Unavailable, Unsupported
from audobon.formats.render.channels import Choice, choose
from audobon.formats.render.inside import picture_inside
from audobon.formats.render.rendered import bad, check_pixels, missing, unsupported
from audobon.formats.source import shown

__all__ = ["Whole", "read_whole", "write_whole"]

_MAX_BYTES = 2 << 30
"""Of the pixels as they are kept in memory: 16384 x 16384 with alpha at 8 bits are 1 GiB."""
_ROWS = 64
"""Read and written between two looks whether to stop: 8192 pixels wide they take 20 to 60 ms.
A multiple of the rows that are packed together in an EXR (16 with zip, 32 with piz)."""
_KINDS = {"uint8": "u8", "uint16": "u16", "half": "f16", "float": "f32", "double": "f32"}
_READ_AS = {"u8": "uint8", "u16": "uint16", "f16": "float", "f32": "float"}
_WRITE_AS = {"u8": "uint8", "u16": "uint16", "f16": "half", "f32": "float"}
_ROOM = 1 << 20  # bytes: a disk with less is full, whatever the library says
_LAST = b"IEND\xaeB`\x82"  # type and checksum of the chunk without data that ends a PNG
_TOP = 65504.0  # the largest half float: brighter than any lamp in a picture
_NAMES = {1: ("Y",), 2: ("Y", "A"), 3: ("R", "G", "B"), 4: ("R", "G", "B", "A")}
Array = np.ndarray[Any, Any]


@frozen(slots=True, eq=False)
class Whole:
    """A picture: ``pixels`` are (rows, columns, channels), upright, RGB or grey, alpha last.

    ``kind`` is u8, u16, f16 (kept as f32) or f32. Integers are display values
    with straight alpha, floats what the file holds, all of them finite: what is
    no number counts as 0, what is infinite as 65504. ``profile`` is its ICC
    profile, empty for none.
    """

    pixels: Array
    kind: str
    alpha: bool = False
    profile: bytes = b""


def read_whole(path: str, check: Callable[[], None] = lambda: None) -> Whole:
    """The picture in a file. BadFile, Unsupported, LimitExceeded, MissingExtra.

    A painting of Krita or OpenRaster is the merged picture that its program has saved in it, a
    drawing what it looks like at 1,024 pixels. ``check`` is called every few milliseconds where
    the format has rows, and may raise to stop.
    """
    oiio = _library()
    settings = oiio.ImageSpec()
    settings.attribute("oiio:UnassociatedAlpha", 1)
    source = oiio.ImageInput.open(path, settings)
    if source is None:
        return _read_inside(path, _said(oiio.geterror()), check)
    try:
        return _read(path, source, check)
    finally:
        source.close()


def _read_inside(path: str, said: str, check: Callable[[], None]) -> Whole:
    data = picture_inside(path)
    if data is None:
        raise bad(path, said)
    with tempfile.TemporaryDirectory(prefix="audobon-inside-") as folder:
        file = Path(folder, f"{Path(path).stem[:80]}.png")
        file.write_bytes(data)
        return read_whole(str(file), check)


def _library() -> Any:
    try:
        import OpenImageIO
    except ModuleNotFoundError as error:
        raise missing("OpenImageIO") from error
    OpenImageIO.attribute("threads", 1)
    return OpenImageIO


def _said(text: str) -> str:
    return " ".join(text.split())[:160] or "its pixels cannot be decoded"


def _read(path: str, source: Any, check: Callable[[], None]) -> Whole:
    name = source.format_name()
    parts = [tuple(source.spec().channelnames)]
    while name == "openexr" and source.seek_subimage(len(parts), 0):
        parts.append(tuple(source.spec().channelnames))
    choice = choose(parts, single=name != "openexr")
    source.seek_subimage(choice.part, 0)
    spec = source.spec()
    if spec.deep or spec.depth > 1:
        raise unsupported(path, "it holds deep or volume pixels only")
    kind = _KINDS.get(str(spec.format))
    if kind is None:
        raise unsupported(path, f"its pixels are of the unknown kind {spec.format}")
    check_pixels(path, spec.width, spec.height)
    _check_bytes(path, spec.width * spec.height * (choice.stop - choice.first), kind)
    pixels = _pixels(path, source, choice, _READ_AS[kind], check)
    picked = [each - choice.first for each in choice.channels]
    if picked != list(range(pixels.shape[-1])):
        pixels = pixels[..., picked]
    if kind in ("f16", "f32") and not np.isfinite(pixels).all():
        pixels = np.nan_to_num(pixels, nan=0.0, posinf=_TOP, neginf=-_TOP)
    turned = _upright(pixels, int(spec.get_int_attribute("Orientation", 1)))
    return Whole(np.ascontiguousarray(turned), kind, choice.alpha, _profile(spec))


def _pixels(
    path: str, source: Any, choice: Choice, read_as: str, check: Callable[[], None]
) -> Array:
    """(rows, columns, channels) of what was chosen, read some rows at a time."""
    spec = source.spec()
    if spec.tile_width or choice.part:
        read = source.read_image(choice.part, 0, choice.first, choice.stop, read_as)
        if read is None:
            raise bad(path, _said(source.geterror()))
        return np.asarray(read).reshape(spec.height, spec.width, -1)
    channels = choice.stop - choice.first
    kind = np.dtype(read_as.replace("float", "float32"))
    pixels = np.empty((spec.height, spec.width, channels), kind)
    for top in range(0, spec.height, _ROWS):
        check()
        end = min(top + _ROWS, spec.height)
        read = source.read_scanlines(
            *(spec.y + top, spec.y + end, spec.z, choice.first, choice.stop, read_as)
        )
        if read is None:
            raise bad(path, _said(source.geterror()))
        pixels[top:end] = read.reshape(end - top, spec.width, channels)
    return pixels


def _check_bytes(path: str, numbers: int, kind: str) -> None:
    size = numbers * np.dtype(_READ_AS[kind].replace("float", "float32")).itemsize
    if size > _MAX_BYTES:
        raise LimitExceeded(
            f"{shown(path)} has {size / (1 << 30):.1f} GiB of pixels; "
            f"{_MAX_BYTES >> 30} GiB are computed with at most",
            subject=path,
        )


def _upright(pixels: Array, orientation: int) -> Array:
    """The EXIF tag 274: which row and column come first."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _profile(spec: Any) -> bytes:
    found = spec.getattribute("ICCProfile")
    return b"" if found is None else bytes(np.asarray(found, dtype=np.uint8))


def write_whole(path: str, picture: Whole, check: Callable[[], None] = lambda: None) -> None:
    """Write a picture: PNG for integers, EXR for floats, as the ending of ``path`` must say.

    The file at ``path`` is made or replaced; a failure leaves none. DiskFull, Unavailable.
    ``check`` is called every few milliseconds and may raise to stop.
    """
    oiio = _library()
    pixels = picture.pixels
    height, width, channels = pixels.shape
    if path.endswith(".exr") == (picture.kind in ("u8", "u16")):
        raise Unsupported(f"{picture.kind} pixels are not written as {shown(path)}")
    spec = oiio.ImageSpec(width, height, channels, _WRITE_AS[picture.kind])
    spec.channelnames = _NAMES.get(channels) or tuple(f"c{each}" for each in range(channels))
    spec.alpha_channel = channels - 1 if picture.alpha else -1
    spec.attribute("oiio:UnassociatedAlpha", 1)
    spec.attribute("png:compressionLevel", 4)  # half the time of 6, and 3 % larger
    spec.attribute("compression", "zip")
    if picture.profile:
        kind = oiio.TypeDesc(f"uint8[{len(picture.profile)}]")
        spec.attribute("ICCProfile", kind, np.frombuffer(picture.profile, np.uint8))
    target = oiio.ImageOutput.create(path)
    if target is None or not target.open(path, spec):
        raise _unwritten(path, oiio.geterror() if target is None else target.geterror())
    try:
        written = _write_rows(target, pixels, check)
    except BaseException:
        target.close()
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise
    # What is left in memory is written when it is closed.
    if not (target.close() and written and _ended(path)):
        raise _unwritten(path, target.geterror())


def _write_rows(target: Any, pixels: Array, check: Callable[[], None]) -> bool:
    for top in range(0, len(pixels), _ROWS):
        check()
        rows = np.ascontiguousarray(pixels[top : top + _ROWS])
        if not target.write_scanlines(top, top + len(rows), 0, rows):
            return False
    return True


def _ended(path: str) -> bool:
    """Whether a PNG has its last chunk: OpenImageIO 3.2 does not notice that a disk is full."""
    if not path.endswith(".png"):
        return True
    with open(path, "rb") as file:
        file.seek(max(0, os.path.getsize(path) - len(_LAST)))
        return file.read() == _LAST


def _unwritten(path: str, said: str) -> AudobonError:
    folder = os.path.dirname(path) or "."
    room = shutil.disk_usage(folder).free if os.path.isdir(folder) else _ROOM
    with contextlib.suppress(OSError):
        os.unlink(path)
    if room < _ROOM:
        return DiskFull(f"no space is left to write {shown(path)}", subject=path)
    return Unavailable(f"{shown(path)} cannot be written: {_said(said)}", subject=path)
