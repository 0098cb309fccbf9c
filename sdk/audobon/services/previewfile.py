"""Where the preview of some content lies on disk, and whether it is all there."""

from __future__ import annotations

from pathlib import Path

__all__ = ["VERSION", "is_whole", "preview_path"]

VERSION = 1
"""Raised when previews are made differently, so that old ones are not served."""


def preview_path(folder: Path, digest: str, size: int) -> Path:
    """The file for the content ``digest`` (sha256 hex) at ``size`` pixels.

    The media type is not in the name: the bytes say it themselves.
    """
    return folder / f"v{VERSION}" / digest[:2] / f"{digest[2:]}-{size}"


def is_whole(data: bytes) -> bool:
    """Whether the bytes begin and end as a PNG or a JPEG does.

    Previews are written without waiting for the disk, so a power failure can
    leave one empty or cut.
    """
    png = data.startswith(b"\x89PNG\r\n\x1a\n") and data.endswith(b"IEND\xaeB`\x82")
    return png or (data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9"))
