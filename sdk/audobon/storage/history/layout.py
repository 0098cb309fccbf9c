"""Where things lie in the history's tree, and the attributes that plain git needs for it."""

from __future__ import annotations

import re

from audobon.errors import Invalid

__all__ = [
    "ATTRIBUTES_PATH",
    "GITATTRIBUTES",
    "LIBRARY_PATH",
    "STATE_PREFIX",
    "is_file_path",
    "manifest_path",
]

STATE_PREFIX = b".audobon/"
"""Everything below it describes the library; everything else is a user's file."""

LIBRARY_PATH = STATE_PREFIX + b"library.json"
ATTRIBUTES_PATH = b".gitattributes"

GITATTRIBUTES = b"""\
# Written by Audobon. Files of the library are Git LFS pointers; its own records are text.
* filter=lfs diff=lfs merge=lfs -text
/.gitattributes !filter !diff !merge text eol=lf
/.audobon/** !filter !diff !merge text eol=lf
"""

_ID = re.compile(r"[0-9a-z-]*[0-9a-f]{4}")


def manifest_path(asset_id: str) -> bytes:
    """The path of an asset's manifest, ``.audobon/assets/<xx>/<yy>/<id>.json``.

    The folders are the last four hex digits: ids begin with the time, so that
    their first digits would put all new assets into one folder. 65,536 folders
    keep every tree small up to millions of assets.
    """
    if not _ID.fullmatch(asset_id):
        raise Invalid(
            f"{asset_id!r} is not an asset id; it ends in four lower-case hex digits",
            subject=asset_id,
        )
    return f".audobon/assets/{asset_id[-4:-2]}/{asset_id[-2:]}/{asset_id}.json".encode()


def is_file_path(path: bytes) -> bool:
    """Whether a path of the tree is a user's file rather than a record of the library."""
    return not path.startswith(STATE_PREFIX) and path != ATTRIBUTES_PATH
