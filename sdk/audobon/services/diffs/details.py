"""What changed inside the assets of a diff: figures, parts and pictures, one asset at a time.

Bytes of versions come out of the chunk store into a temporary folder, and
only a worker process looks at them. What it found is kept under the digests
of both contents, so it is never stale.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs

from audobon.codec.plain import from_plain, to_plain
from audobon.errors import AudobonError, Cancelled, Conflict, DiskFull, Invalid, NotFound
from audobon.model.details import AssetDetails, Pictures
from audobon.model.job import Limits
from audobon.model.version import WORKING, Diff, DiffEntry, Pointer
from audobon.services.core.cachebudget import budget
from audobon.services.core.fingerprint import content_digest
from audobon.services.core.resultcache import trim
from audobon.services.core.stores import Stores
from audobon.services.diffs.detailfile import keep, kept, newest
from audobon.system.files import translate_os_error
from audobon.system.names import os_path

__all__ = ["details"]

SIZES = (16, 2048)
"""The smallest and the largest longest side in pixels of pictures, as for previews."""

_LIMITS = Limits(memory=3 << 30, cpu_s=900.0, wall_s=1800.0, file=512 << 20)
# Two pictures of 20,000 x 20,000 pixels take some minutes in strips; two of 64 million pixels
# that must be decoded in one piece take 1 GB.

_UNNAMEABLE = re.compile(r'[<>:"|?*\\\x00-\x1f]')
# A version may come from a system that allows more in a name than this one.

Cancel = Callable[[], bool]


def details(stores: Stores, diff: Diff, *, size: int, cancel: Cancel) -> Iterator[AssetDetails]:
    """See ``Library.diff_details``; each is made when it is asked for."""
    if not SIZES[0] <= size <= SIZES[1]:
        raise Invalid(f"pictures of {size} pixels are not made; {SIZES[0]} to {SIZES[1]} are")
    return _each(stores, diff, size, cancel)


def _each(stores: Stores, diff: Diff, size: int, cancel: Cancel) -> Iterator[AssetDetails]:
    try:
        for entry in diff.entries:
            yield _details(stores, diff, entry, size, cancel)
    finally:
        if not stores.read_only:
            trim(newest(stores.place.details), budget(stores.catalog, "details"))


def _details(
    stores: Stores, diff: Diff, entry: DiffEntry, size: int, cancel: Cancel
) -> AssetDetails:
    if cancel():
        raise Cancelled("the diff is cancelled")
    before = entry.before if entry.content_changed else None
    names = (before.digest if before else "", entry.after.digest if entry.after else "")
    found = kept(stores.place, names, size)
    if found is None:
        try:
            found = _made(stores, diff, entry, before, size, cancel)
        except (Cancelled, DiskFull):
            raise
        except AudobonError as error:
            return AssetDetails(entry, problems=(error.message,))
        except OSError as error:  # of the temporary folder
            raise translate_os_error(error, error.filename or tempfile.gettempdir()) from error
        if not found[0]["problems"] and not stores.read_only:
            keep(stores.place, names, size, *found)
    data, pictures = found
    made = from_plain({**data, "entry": to_plain(entry)}, AssetDetails)
    return attrs.evolve(made, pictures=pictures)


def _made(
    stores: Stores,
    diff: Diff,
    entry: DiffEntry,
    before: Pointer | None,
    size: int,
    cancel: Cancel,
) -> tuple[dict[str, Any], Pictures]:
    room = stores.place.files.working(_room(before, entry.after))
    with tempfile.TemporaryDirectory(dir=room, prefix="audobon-diff-") as folder:
        place = Path(folder)
        notes: list[str] = []
        old = new = ""
        if before is not None:
            path = place / "old" / _name(entry.old_path or entry.path)
            old = _restored(stores, before, path, notes, cancel)
        stat = None
        if entry.after is not None:
            if diff.b == WORKING:
                new, stat = _on_disk(stores, entry, entry.after)
            else:
                path = place / "new" / _name(entry.path)
                new = _restored(stores, entry.after, path, notes, cancel)
        payload = {"before": old, "after": new, "size": size, "folder": folder}
        answer = stores.executor.run("details", payload, limits=_LIMITS, cancel=cancel)
        if stat is not None and _stamp(new) != stat:
            raise Conflict(f"{entry.path} was saved while it was compared", subject=entry.path)
        answer["problems"] = [*notes, *answer["problems"]]
        return answer, _pictures(place)


def _name(path: str) -> str:
    """The file's own name, for messages and for formats that are known by their extension."""
    return _UNNAMEABLE.sub("_", os_path(path.rpartition("/")[2]))


def _room(*sides: Pointer | None) -> int:
    """Bytes that these take as files, and at most as much again for pictures of them."""
    return 2 * sum(side.size for side in sides if side is not None)


def _restored(stores: Stores, pointer: Pointer, to: Path, notes: list[str], cancel: Cancel) -> str:
    to.parent.mkdir()
    done = stores.chunks.restore(pointer.digest, to, durable=False, mode=0o600, cancel=cancel)
    if done.note:
        notes.append(done.note)
    return str(to)


def _on_disk(
    stores: Stores, entry: DiffEntry, pointer: Pointer
) -> tuple[str, tuple[int, int] | None]:
    """The file as it lies there, and its stamp. Conflict when it is not what the diff saw."""
    asset = stores.catalog.get(entry.asset_id)
    if asset is None:
        raise NotFound(f"{entry.path} is not in the library any more", subject=entry.path)
    try:
        digest, info = content_digest(asset.file)
    except OSError as error:
        raise translate_os_error(error, asset.file) from error
    if digest != pointer.digest:
        raise Conflict(f"{entry.path} was saved while it was compared", subject=entry.path)
    return asset.file, (info.st_size, info.st_mtime_ns)


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        info = os.stat(path)
    except OSError:
        return None
    return info.st_size, info.st_mtime_ns


def _pictures(folder: Path) -> Pictures:
    def read(name: str) -> bytes | None:
        path = folder / name
        return path.read_bytes() if path.exists() else None

    return Pictures(read("before"), read("after"), read("difference"))
