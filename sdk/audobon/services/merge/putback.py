"""Take a merge back that was cut off while it wrote files: they become as they were."""

from __future__ import annotations

from audobon.codec.manifest import Manifest, parse_manifest
from audobon.services.core.mergestate import MergeState
from audobon.services.core.stores import Stores
from audobon.services.files.placing import put_content, with_parents
from audobon.services.versioning.adopt import remove_file
from audobon.services.versioning.journal import Journal, forget_journal, read_journal
from audobon.services.versioning.way import file_of, holds, shown
from audobon.storage.history import manifest_path

__all__ = ["put_back"]


def put_back(stores: Stores, state: MergeState) -> list[str]:
    """Files that a merge had begun to write, as they were; the branch has not moved."""
    journal = read_journal(stores.place)
    if (
        journal is None
        or journal.kind != "merge"
        or journal.after != (state.result or journal.after)
    ):
        return []
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
