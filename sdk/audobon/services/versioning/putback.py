"""Take a way to another version back that was cut off amid its files: they become as they were.

What they were lies in the store; a file that holds neither what was before nor what was to come is
somebody's new work, and stays.
"""

from __future__ import annotations

from audobon.codec.manifest import Manifest, parse_manifest
from audobon.errors import AudobonError, Conflict
from audobon.services.core.stores import Stores
from audobon.services.files.placing import put_content, remove_file, with_parents
from audobon.services.versioning.journal import (
    Journal,
    forget_journal,
    journal_path,
    read_journal,
)
from audobon.services.versioning.way import file_of, holds, shown
from audobon.storage.history import manifest_path

__all__ = ["end_cut_off", "put_back"]


def end_cut_off(stores: Stores, *, to: str = "") -> None:
    """Take back what was cut off before its branch moved, so that no mixture is taken for work.

    Under the commit lock, after ``adopt.go_on``. A merge is ended by its own abort, and a way
    ``to`` the same version is gone on with. Conflict where something cannot be put back.
    """
    if not journal_path(stores.place).exists():
        return
    journal = read_journal(stores.place)
    if journal is None or journal.kind == "merge" or journal.after == to:
        return
    if stores.history.head() != journal.before:  # somebody has gone on from there long ago
        forget_journal(stores.place)
        return
    try:
        put_back(stores, journal)
    except (AudobonError, OSError) as error:
        raise Conflict(
            f"the library is between two versions ({journal.label}), and going back fails: {error}",
            subject=journal.branch,
            hint="see that the file may be written, and do the same once more",
        ) from error


def put_back(stores: Stores, journal: Journal) -> list[str]:
    """Files that a way had begun to write, as they were; the branch has not moved."""
    olds, news = _present(stores, journal)
    back: list[str] = []
    for place in sorted({*olds, *journal.written}):
        old, new = olds.get(place), news.get(place)
        was = _was(stores, journal, old or new)
        kept = was or old
        known = old or new
        if known is None:
            continue
        file = file_of(stores, known)
        begun = not file.exists() if new is None else holds(file, new)
        if not begun or (kept is not None and new is not None and kept.digest == new.digest):
            continue
        if kept is not None:
            with_parents(file.parent)
            put_content(stores, kept.digest, file)
        else:
            remove_file(file)
        back.append(place)
    forget_journal(stores.place)
    return back


def _present(stores: Stores, journal: Journal) -> tuple[dict[str, Manifest], dict[str, Manifest]]:
    """What lies where before and after, of what differs."""
    history = stores.history
    olds: dict[str, Manifest] = {}
    news: dict[str, Manifest] = {}
    for change in history.changed(journal.before, journal.after, prefix=b".audobon/assets"):
        for blob, found in ((change.old, olds), (change.new, news)):
            manifest = None if blob is None else parse_manifest(history.blob(blob))
            if manifest is not None and manifest.state == "present":
                found[shown(manifest)] = manifest
    return olds, news


def _was(stores: Stores, journal: Journal, asset: Manifest | None) -> Manifest | None:
    """The uncommitted state that the rescue version has kept of an asset."""
    if asset is None or not journal.rescued:
        return None
    data = stores.history.read(journal.rescued, manifest_path(asset.id))
    return None if data is None else parse_manifest(data)
