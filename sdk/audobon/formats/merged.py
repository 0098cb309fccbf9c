"""The whole picture that a painting carries: all of its layers as they are seen."""

from __future__ import annotations

from audobon.formats.archive import member, open_archive
from audobon.formats.embedded import Embedded
from audobon.formats.examine import examined
from audobon.formats.images import png_size
from audobon.formats.source import Source

__all__ = ["FORMATS", "merged_picture"]

FORMATS = ("kra", "ora")
"""Paintings whose program saves a merged picture with every save."""

_NAME = "mergedimage.png"
_LIMIT = 512 << 20  # bytes; a print of 16,000 pixels square took 210 MB


def merged_picture(path: str, name: str) -> Embedded:
    """The picture in the painting at ``path``, whose format is one of :data:`FORMATS`.

    In full size, as a PNG file, decoded by nobody yet. BadFile where there is
    none, LimitExceeded above 512 MiB, and the OSError of the system.
    """
    return examined(path, name, _merged)


def _merged(source: Source) -> Embedded:
    with open_archive(source) as archive:
        if _NAME not in archive.NameToInfo:
            raise source.bad("it holds no merged picture; save it again in its program")
        data = member(source, archive, _NAME, limit=_LIMIT)
    size = png_size(data)
    if size is None:
        raise source.bad("its merged picture is no PNG file")
    return Embedded(data, "image/png", *size)
