"""Add files in place: find what is new, changed, moved or gone, and say so.

No byte of a source file is written. A file whose size and time stamp are as
recorded is not opened. What has to be read is read in a worker process, in
batches; each batch is written to the catalog in one transaction, so that a
cancelled or killed run keeps what it did and the next run goes on from there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from pathlib import Path

from attrs import define, evolve, field

from audobon.errors import AudobonError, Cancelled, Invalid
from audobon.model.asset import AddReport, Root
from audobon.services.core.roots import RootBook
from audobon.services.core.stores import Stores
from audobon.services.files.following import follow
from audobon.services.files.identify import Candidate, Reader, Verdict
from audobon.services.files.known import Row, away_roots, known_files, missing_rows
from audobon.services.files.scan import Found, Unreadable, stat_file, walk
from audobon.system.names import os_path, text_path

__all__ = ["Progress", "Scan", "add", "look_at_folder", "record", "refresh", "relink"]

_TICK = 512
# Files between two looks at cancel and two calls of progress: under 5 ms of scanning.

Progress = Callable[[int, int | None, str], None]
"""Called with files done, files in all (None while still counting) and the current path."""


@define
class Scan:
    """What one look at the disk found out, before any file is opened."""

    progress: Progress | None
    cancel: Callable[[], bool]
    unchanged: list[int] = field(factory=list)
    returned: list[int] = field(factory=list)
    gone: set[int] = field(factory=set)
    failed: list[tuple[str, Exception]] = field(factory=list)
    candidates: list[Candidate] = field(factory=list)
    count: int = 0

    def tick(self, path: str) -> None:
        self.count += 1
        if self.count % _TICK == 1:
            if self.cancel():
                raise Cancelled("adding files was cancelled; what was read before is kept")
            if self.progress is not None:
                self.progress(self.count, None, path)

    def compare(self, found: Found, root: Root, path: str, row: Row | None, *, named: bool) -> None:
        """Sort one file into unchanged, to be read, or left out."""
        if row is None:
            self.candidates.append(Candidate(found, root, path, None))
            return
        key, size, mtime_ns, state = row
        if state == "removed" and not named:
            # Taken out by the user: only naming the file itself brings it back.
            return
        if state == "removed" or (size, mtime_ns) != (found.size, found.mtime_ns):
            self.candidates.append(Candidate(found, root, path, key))
            return
        if state == "missing":
            self.returned.append(key)
        self.unchanged.append(key)

    def folder(
        self, root: Root, known: dict[str, Row], files: Iterator[Found | Unreadable]
    ) -> None:
        """Compare a walk with what the catalog knows below the same folder."""
        start = len(root.folder.rstrip("/")) + 1
        unseen = dict(known)
        blind: list[str] = []
        for found in files:
            self.tick(found.path)
            if isinstance(found, Unreadable):
                self.failed.append((found.path, found.error))
                blind.append(text_path(found.path)[start:])
                continue
            try:
                path = text_path(found.path)[start:]
            except Invalid as error:
                self.failed.append((found.path, error))
                continue
            self.compare(found, root, path, unseen.pop(path, None), named=False)
        for path, row in unseen.items():
            # Below a folder that could not be entered nothing is known to be gone.
            if row[3] == "present" and not any(_below(path, part) for part in blind):
                self.gone.add(row[0])


def _below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(folder + "/")


def add(
    stores: Stores,
    paths: Iterable[str | os.PathLike[str]],
    *,
    tags: Sequence[str] = (),
    catalog: str | None = None,
    list_unchanged: bool = True,
    progress: Progress | None = None,
    cancel: Callable[[], bool] = lambda: False,
) -> AddReport:
    """Index files and whole folders where they lie. See ``Library.add``."""
    stores.need_writable("add files")
    scan = Scan(progress, cancel)
    reader = Reader(stores, tags=tuple(tags), catalog=catalog, gone=scan.gone)
    cancelled = False
    names = [os.path.abspath(os.fspath(path)) for path in paths]
    try:
        _look(stores, scan, names)
        follow(stores, [name for name in names if os.path.isdir(name)])
        _read(reader, scan)
    except Cancelled:
        cancelled = True
    missing = _settle(stores, scan, reader.verdict, cancelled=cancelled)
    known = len(scan.unchanged) + len(reader.verdict.untouched)
    if not list_unchanged:
        scan.unchanged.clear()
        reader.verdict.untouched.clear()
    report = _report(stores, scan, reader.verdict, missing, cancelled=cancelled)
    return evolve(report, unchanged_count=known)


def refresh(
    stores: Stores,
    *,
    only: Set[int] | None = None,
    cancel: Callable[[], bool] = lambda: False,
    heavy_later: bool = False,
    away_stays: bool = False,
) -> AddReport:
    """Look at every known file again without looking for new ones: one stat each.

    With ``only`` at those of these keys. What cannot be looked at, as in a folder that may not
    be entered, is in ``failed`` and stays as it was known; with ``away_stays`` so does a root
    whose disk is away, as one entry.

    With ``heavy_later`` the headers of large changed files are left to a job:
    whoever saves a version waits for its bytes, not for its facts.
    """
    stores.need_writable("look at its files again")
    scan = Scan(None, cancel)
    away = away_roots(stores) if away_stays else {}
    scan.failed.extend(away.values())
    for root, path, row, found in known_files(stores, only=only):
        if isinstance(found, Found):
            scan.compare(found, root, path, row, named=False)
        elif row[3] == "present" and root.key not in away:
            if found.gone:
                scan.gone.add(row[0])
            else:
                scan.failed.append((found.path, found.error))
    reader = Reader(stores)
    if heavy_later:
        scan.candidates = reader.note_heavy(scan.candidates)
    _read(reader, scan)
    missing = _settle(stores, scan, reader.verdict, cancelled=False)
    scan.unchanged.clear()
    return _report(stores, scan, reader.verdict, missing, cancelled=False)


def record(
    stores: Stores,
    look: Callable[[Scan], None],
    *,
    cancel: Callable[[], bool] = lambda: False,
) -> AddReport:
    """Record what ``look`` has told a scan, whatever it looked at; ``unchanged`` stays empty."""
    scan = Scan(None, cancel)
    look(scan)
    # A folder and a file in it may both have been looked at.
    once = {(item.root.key, item.path): item for item in scan.candidates}
    scan.candidates = list(once.values())
    scan.returned = list(dict.fromkeys(scan.returned))
    reader = Reader(stores, gone=scan.gone)
    cancelled = False
    try:
        _read(reader, scan)
    except Cancelled:
        cancelled = True
    missing = _settle(stores, scan, reader.verdict, cancelled=cancelled)
    scan.unchanged.clear()
    reader.verdict.untouched.clear()
    return _report(stores, scan, reader.verdict, missing, cancelled=cancelled)


def relink(stores: Stores, *, cancel: Callable[[], bool] = lambda: False) -> AddReport:
    """Find missing files again in all roots, by their bytes. Files that are new are not added."""
    stores.need_writable("find its missing files")
    before = refresh(stores, cancel=cancel)
    scan = Scan(None, cancel)
    _look(stores, scan, [os_path(root.folder) for root in stores.roots()])
    wanted = {size for _, size, _, _ in missing_rows(stores)}
    # Only a file of a missing one's size can be it; no other is opened.
    scan.candidates = [item for item in scan.candidates if item.found.size in wanted]
    scan.unchanged.clear()
    scan.failed.clear()
    reader = Reader(stores, take_new=False)
    _read(reader, scan)
    _settle(stores, scan, reader.verdict, cancelled=True)
    left = [key for key, _, _, _ in missing_rows(stores)]
    report = _report(stores, scan, reader.verdict, left, cancelled=False)
    return evolve(report, updated=(*before.updated, *report.updated))


def _look(stores: Stores, scan: Scan, paths: Iterable[str | os.PathLike[str]]) -> None:
    book = RootBook(stores)
    for name in paths:
        path = os.path.abspath(os.fspath(name))
        try:
            _refuse_own_state(stores, path)
            if os.path.isdir(path):
                look_at_folder(stores, scan, book, path)
            else:
                _look_at_file(stores, scan, book, path)
        except Cancelled:
            raise
        except AudobonError as error:
            scan.failed.append((path, error))


def _refuse_own_state(stores: Stores, path: str) -> None:
    if Path(path).is_relative_to(stores.place.state):
        raise Invalid(
            f"{path} belongs to the library's own state and is no asset",
            subject=path,
            hint="name the folder that holds your files",
        )


def look_at_folder(stores: Stores, scan: Scan, book: RootBook, folder: str) -> None:
    """Have ``scan`` compare everything below a folder with what the catalog knows of it."""
    inner = book.inner(folder)
    root, prefix = book.for_folder(folder)
    skip = frozenset(inner)
    scan.folder(root, stores.catalog.scan(root.key, prefix), walk(folder, skip=skip.__contains__))
    for other in inner:
        other_root, _ = book.for_folder(other)
        # A root inside a root of this list is walked on its own turn.
        scan.folder(
            other_root, stores.catalog.scan(other_root.key), walk(other, skip=skip.__contains__)
        )


def _look_at_file(stores: Stores, scan: Scan, book: RootBook, path: str) -> None:
    found = stat_file(path)
    if isinstance(found, Unreadable):
        scan.failed.append((path, found.error))
        return
    scan.tick(path)
    root, text = book.for_file(path)
    row = stores.catalog.scan(root.key, text).get(text)
    scan.compare(found, root, text, row, named=True)


def _read(reader: Reader, scan: Scan) -> None:
    total = len(scan.unchanged) + len(scan.candidates)
    done = len(scan.unchanged)
    for path in reader.read(scan.candidates):
        done += 1
        if scan.progress is not None:
            scan.progress(done, total, path)
        if scan.cancel():
            raise Cancelled("adding files was cancelled; what was read before is kept")


def _settle(stores: Stores, scan: Scan, verdict: Verdict, *, cancelled: bool) -> list[int]:
    """Record what came back and what is gone; a cancelled run cannot tell the latter."""
    now = stores.now()
    if scan.returned:
        stores.catalog.mark_present(scan.returned, author=stores.author, now=now)
    if scan.returned or scan.candidates:
        stores.catalog.forget_arrived()  # before somebody deletes one of them
    missing = [] if cancelled else sorted(scan.gone - verdict.claimed)
    if missing:
        stores.catalog.mark_missing(missing, author=stores.author, now=now)
    return missing


def _report(
    stores: Stores, scan: Scan, verdict: Verdict, missing: list[int], *, cancelled: bool
) -> AddReport:
    return AddReport(
        added=tuple(verdict.added),
        updated=tuple(verdict.updated),
        unchanged=stores.catalog.by_key([*scan.unchanged, *verdict.untouched]),
        moved=tuple(verdict.moved),
        failed=(*scan.failed, *verdict.failed),
        unread=tuple(verdict.unread),
        missing=stores.catalog.by_key(missing),
        cancelled=cancelled,
    )
