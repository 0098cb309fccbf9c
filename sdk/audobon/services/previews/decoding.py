"""Encoded previews decoded by a worker, for hosts that draw pictures on a graphics card."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from audobon.errors import AudobonError, BadFile
from audobon.model.decoded import Decoded
from audobon.model.job import Limits
from audobon.services.core.stores import Stores
from audobon.system.files import translate_os_error

__all__ = ["decode_pictures", "decode_spans"]

_LIMITS = Limits(memory=1 << 30, cpu_s=20.0, wall_s=60.0, file=256 << 20)
# Sixteen pictures of 256 pixels are 16 MiB of floats and take 40 ms.


def decode_pictures(
    stores: Stores, pictures: Sequence[bytes], *, cancel: Callable[[], bool] | None = None
) -> tuple[Decoded | AudobonError, ...]:
    """See ``Library.decode``. Through files: a line of a message is for names and facts."""
    try:
        with tempfile.TemporaryDirectory(
            dir=stores.place.files.working(), prefix="audobon-pixels-"
        ) as folder:
            source, target = Path(folder, "encoded"), Path(folder, "pixels")
            source.write_bytes(b"".join(pictures))
            payload = {
                "path": str(source),
                "lengths": [len(picture) for picture in pictures],
                "to": str(target),
            }
            sizes = stores.decoding.run("pixels", payload, limits=_LIMITS, cancel=cancel)
            return tuple(_unpacked(sizes, target.read_bytes()))
    except OSError as error:
        raise translate_os_error(error, error.filename or tempfile.gettempdir()) from error


def _unpacked(sizes: Sequence[Any], data: bytes) -> list[Decoded | AudobonError]:
    found: list[Decoded | AudobonError] = []
    at = 0
    for size in sizes:
        if isinstance(size, str):
            found.append(BadFile(size))
            continue
        width, height = size
        found.append(Decoded(width, height, data[at : at + width * height * 16]))
        at += width * height * 16
    return found


def decode_spans(payload: Mapping[str, Any], check: Callable[[], None]) -> list[Any]:
    """The task of the worker: ``{path, lengths, to}`` to a size, or why there is none, for each.

    The pixels of those that have a size lie one behind the other in the file ``to``.
    """
    from audobon.formats.render.floats import float_pixels

    found: list[Any] = []
    with open(payload["path"], "rb") as source, open(payload["to"], "wb") as target:
        for length in payload["lengths"]:
            check()
            try:
                width, height, pixels = float_pixels(source.read(length))
            except BadFile as error:
                found.append(error.message)
                continue
            target.write(pixels)
            found.append([width, height])
    return found
