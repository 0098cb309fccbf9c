"""Take in what has changed on disk, path by path, and find out what has while nobody looked."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping

from audobon.errors import Invalid
from audobon.model.asset import AddReport, Root
from audobon.model.stopping import never
from audobon.services.core.queue import queue_previews
from audobon.services.core.roots import RootBook, owner_of
from audobon.services.core.stores import Stores
from audobon.services.files.following import Followed
from audobon.services.files.ingest import Scan, look_at_folder, record
from audobon.services.files.known import Row, is_away
from audobon.services.files.scan import Found, is_ignored, stat_file
from audobon.system.names import os_path, text_path

__all__ = ["known_outside", "suspects", "take_in"]


def take_in(
    stores: Stores,
    paths: Mapping[str, bool],
    followed: Followed,
    *,
    there: Callable[[Root], bool],
    cancel: Callable[[], bool] = never,
) -> AddReport:
    """Look at each of these paths once more and record what is there now, or is not.

    The value says whether the path is new: a folder that is not is not walked.
    New files become assets in followed folders only; known ones are looked at
    wherever they lie. In a root that is not ``there`` nothing counts as gone:
    its disk is away, and the files with it.
    """
    roots = {root.folder: root for root in stores.roots()}

    def look(scan: Scan) -> None:
        for path, new in paths.items():
            _look_at(stores, scan, roots, followed, path, new=new, there=there)

    report = record(stores, look, cancel=cancel)
    queue_previews(stores, (*report.added, *report.updated))
    if report.added or report.updated or report.moved or report.missing:
        stores.index.catch_up()
    return report


def _look_at(
    stores: Stores,
    scan: Scan,
    roots: Mapping[str, Root],
    followed: Followed,
    path: str,
    *,
    new: bool,
    there: Callable[[Root], bool],
) -> None:
    try:
        text = text_path(path)
    except Invalid as error:
        scan.failed.append((path, error))
        return
    root = owner_of(text, roots)
    if root is None:
        return
    inner = text[len(root.folder.rstrip("/")) + 1 :]
    try:
        info = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        if not there(root):
            return
        for row in stores.catalog.scan(root.key, inner).values():
            if row[3] == "present":
                scan.gone.add(row[0])
        return
    except OSError:  # somebody has it to himself; what he does to it comes as another change
        return
    if stat.S_ISDIR(info.st_mode):
        if new and followed.holds(path) and not is_ignored(os.path.basename(path), folder=True):
            look_at_folder(stores, scan, RootBook(stores), path)
        return
    if not stat.S_ISREG(info.st_mode):
        return
    found = Found(path, info.st_size, info.st_mtime_ns)
    known = stores.catalog.scan(root.key, inner).get(inner)
    ignored = is_ignored(os.path.basename(path), folder=False)
    if known is not None or (not ignored and followed.holds(path)):
        scan.compare(found, root, inner, known, named=False)


def suspects(
    stores: Stores, followed: Followed, *, cancel: Callable[[], bool] = never
) -> Iterator[str]:
    """Paths at which something is new, changed, gone or back, by one look at each file.

    Nothing is read and nothing recorded. Cancelled.
    """
    book = RootBook(stores)
    for folder in followed.folders:
        root, _ = book.for_folder(folder)
        if is_away(stores, root) or not os.path.isdir(folder):
            continue
        scan = Scan(None, cancel)
        look_at_folder(stores, scan, book, folder)
        yield from (item.found.path for item in scan.candidates)
        for key in (*scan.gone, *scan.returned):
            yield from (asset.file for asset in stores.catalog.by_key([key]))
    for path, row in known_outside(stores, followed):
        if cancel():
            return
        found = stat_file(path)
        if not isinstance(found, Found):
            if row[3] == "present":
                yield path
        elif row[3] == "missing" or row[1:3] != (found.size, found.mtime_ns):
            yield path


def known_outside(stores: Stores, followed: Followed) -> Iterator[tuple[str, Row]]:
    """Known files that lie in no followed folder, each with its row; not of roots that are away."""
    for root in stores.roots():
        base = os_path(root.folder)
        if base in followed.folders or is_away(stores, root):
            continue
        for path, row in stores.catalog.scan(root.key).items():
            full = os.path.join(base, os_path(path))
            if row[3] != "removed" and not followed.holds(full):
                yield full, row
