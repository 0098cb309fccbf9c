"""Where the preview of some content lies on disk."""

from __future__ import annotations

from pathlib import Path

__all__ = ["VERSION", "preview_path"]

VERSION = 1
"""Raised when previews are made differently, so that old ones are not served."""


def preview_path(folder: Path, digest: str, size: int) -> Path:
    """The file for the content ``digest`` (sha256 hex) at ``size`` pixels.

    The media type is not in the name: the bytes say it themselves.
    """
    return folder / f"v{VERSION}" / digest[:2] / f"{digest[2:]}-{size}"
