"""Files that are copies of old versions: found by their bytes, among assets of the same name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from attrs import frozen

from audobon.codec.query_write import quoted
from audobon.errors import AudobonError
from audobon.model.asset import Asset
from audobon.model.version import Version
from audobon.services.core.fingerprint import content_digest
from audobon.services.core.stores import Stores
from audobon.services.finding.search import search
from audobon.services.versioning.versions import contents_at, log

__all__ = ["Newer", "newer"]

_COPY = re.compile(r"(?P<stem>.+?) [0-9a-f]{7,40}( \d+)?")
# "Chair 3f2a8c1e.blend": the version's first digits behind the name, as copies are called.
_LIKE = 20
_VERSIONS = 200
# Assets of one name, and versions of each, that are looked at; each version takes 0.1 ms.


@frozen(slots=True)
class Newer:
    """The file at ``path`` has the bytes of ``version`` of an asset whose file has others now."""

    path: str
    asset: Asset
    version: Version


def newer(stores: Stores, paths: Sequence[str]) -> tuple[Newer, ...]:
    """See ``Library.newer``. Files that cannot be read are left out."""
    found = []
    for path in dict.fromkeys(os.path.abspath(path) for path in paths):
        made = _newer(stores, path)
        if made is not None:
            found.append(made)
    return tuple(found)


def _newer(stores: Stores, path: str) -> Newer | None:
    candidates = [one for one in _alike(stores, path) if os.path.abspath(one.file) != path]
    if not candidates:
        return None
    try:
        digest, _ = content_digest(path)
    except (AudobonError, OSError):
        return None
    for asset in candidates:
        if asset.digest == digest:
            return None  # a copy of what it is now
    for asset in candidates:
        versions = log(stores, asset, limit=_VERSIONS, revision="HEAD")
        contents = contents_at(stores, asset, [version.id for version in versions])
        for version, content in zip(versions, contents, strict=True):
            if content is not None and content.digest == digest:
                return Newer(path, asset, version)
    return None


def _alike(stores: Stores, path: str) -> Iterator[Asset]:
    """Assets that have the name of the file, or the one that it is named after."""
    name = PurePath(path).name
    stem, suffix = os.path.splitext(name)
    copied = _COPY.fullmatch(stem)
    names = [name] if copied is None else [name, copied["stem"] + suffix]
    for wanted in names:
        query = f"name:{quoted(os.path.splitext(wanted)[0])}"
        page = search(stores, query, limit=_LIKE, after=None, sort=None, facets=(), typing=False)
        for hit in page.hits:
            if hit.asset.name.casefold() == wanted.casefold() and hit.asset.state == "present":
                yield hit.asset
