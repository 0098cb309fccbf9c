"""Whether a picture is all there."""

from __future__ import annotations

__all__ = ["is_whole"]


def is_whole(data: bytes) -> bool:
    """Whether the bytes begin and end as a PNG or a JPEG does.

    SQLite has no checksums: a damaged disk can hand out anything.
    """
    png = data.startswith(b"\x89PNG\r\n\x1a\n") and data.endswith(b"IEND\xaeB`\x82")
    return png or (data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9"))
