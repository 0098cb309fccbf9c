"""Where the details of two contents are kept under ``derived/``, and whether they are whole."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

from audobon.errors import AudobonError
from audobon.model.details import Pictures
from audobon.services.core.place import Place
from audobon.services.core.resultcache import used
from audobon.storage.previews import is_whole

__all__ = ["VERSION", "keep", "kept", "newest"]

VERSION = 1
"""Raised when details are made differently, so that old ones are not served."""

_NAMES = ("before", "after", "difference")

Names = tuple[str, str]
"""The digests of both contents, empty for a side that is not there."""


def _stem(place: Place, names: Names, size: int) -> Path:
    name = place.files.name(hashlib.sha256(":".join(names).encode()).hexdigest())
    return newest(place.details) / name[:2] / f"{name[2:]}-{size}"


def newest(folder: Path) -> Path:
    """Where details are that are made as they are now."""
    return folder / f"v{VERSION}"


def kept(place: Place, names: Names, size: int) -> tuple[dict[str, Any], Pictures] | None:
    """Details that were made before; None when there are none, or not all of them."""
    stem, read = _stem(place, names, size), place.files.read
    try:
        data = json.loads(read(stem.with_suffix(".json")))
        found = {name: read(stem.with_suffix(f".{name}")) for name in data["pictures"]}
        answer = dict(data["details"])
    except (OSError, ValueError, KeyError, TypeError, AudobonError):
        return None
    if not all(map(is_whole, found.values())):
        return None  # a power failure can leave them empty or cut
    used(stem.with_suffix(".json"))
    return answer, Pictures(**found)


def keep(place: Place, names: Names, size: int, answer: dict[str, Any], pictures: Pictures) -> None:
    """Write details so that :func:`kept` finds them. A full disk is no reason not to show them."""
    stem, write = _stem(place, names, size), place.files.write
    found = {name: data for name in _NAMES if (data := getattr(pictures, name)) is not None}
    text = json.dumps({"details": answer, "pictures": sorted(found)})
    with contextlib.suppress(OSError):
        stem.parent.mkdir(parents=True, exist_ok=True)
        for name, data in found.items():
            write(stem.with_suffix(f".{name}"), data, durable=False)
        write(stem.with_suffix(".json"), text.encode(), durable=False)
