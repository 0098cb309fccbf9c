"""One result that is wanted of an asset: its key, its place on disk, and whether it may be kept."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from audobon.errors import AudobonError
from audobon.model.asset import Asset
from audobon.services.core.resultcache import due, used
from audobon.services.pipelines.delivering import unchanged
from audobon.system.files import translate_os_error
from audobon.system.smallfiles import PLAIN, SmallFiles

__all__ = ["Wanted", "keep", "kept", "note_at", "wanted"]


@frozen(slots=True)
class Wanted:
    """What a pipeline is to make of the bytes that files of assets have now.

    ``others`` are assets that its parameters name. ``note`` is the file that
    tells the result; others beside it begin with the same name. ``stats`` are
    the files' sizes and time stamps, ``known`` whether the digests are those
    of these bytes, ``files`` reads and writes notes and files.
    """

    asset: Asset
    others: Mapping[str, Asset]
    note: Path
    stats: tuple[tuple[int, int], ...]
    known: bool
    files: SmallFiles = PLAIN


def wanted(
    folder: Path,
    recipe: str,
    asset: Asset,
    others: Mapping[str, Asset] | None = None,
    *,
    files: SmallFiles = PLAIN,
) -> Wanted:
    """The result of ``recipe``, which is all but the bytes that decides about it, in ``folder``."""
    assets = (asset, *(others or {}).values())
    stats = tuple(_stat(each) for each in assets)
    pairs = list(zip(assets, stats, strict=True))
    known = all(each.digest and stat == (each.size, each.mtime_ns) for each, stat in pairs)
    content = " ".join(each.digest if known else f"{each.id}:{stat}" for each, stat in pairs)
    note = note_at(folder, hashlib.sha256(f"{content}\n{recipe}".encode()).hexdigest(), files)
    return Wanted(asset, others or {}, note, stats, known, files)


def note_at(folder: Path, key: str, files: SmallFiles) -> Path:
    """Where the note of a result lies."""
    name = files.name(key)
    return folder / name[:2] / f"{name}.json"


def kept(want: Wanted) -> dict[str, Any] | None:
    """A result that is there and whole, or None."""
    try:
        made: dict[str, Any] = json.loads(want.files.read(want.note))
        if "file" in made and want.files.size(Path(made["file"])) != made["size"]:
            return None
    except (OSError, ValueError, KeyError, AudobonError):
        return None
    used(want.note)
    return made


def keep(want: Wanted, made: Mapping[str, Any]) -> bool:
    """Keep a result, unless a file is not the one any more that it was computed of.

    Whether it is time to trim now: see ``resultcache.due``.
    """
    data, size = json.dumps(made).encode(), int(made.get("size", 0))
    pairs = zip((want.asset, *want.others.values()), want.stats, strict=True)
    if want.known and all(unchanged(each, stat) for each, stat in pairs):
        if not want.note.parent.is_dir():  # making it in vain costs as much as the note
            want.note.parent.mkdir(parents=True, exist_ok=True)
        want.files.write(want.note, data, durable=False)
    return due(want.note, len(data) + size)


def _stat(asset: Asset) -> tuple[int, int]:
    try:
        found = os.stat(asset.file)
    except OSError as error:
        raise translate_os_error(error, asset.file) from error
    return found.st_size, found.st_mtime_ns
