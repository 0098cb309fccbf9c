"""Make the library as a version is: its files, its metadata, and the branch that stands there.

Switching, merging and undoing a merge are all this. A way is only begun when
all bytes are there and nothing uncommitted is in it. Then: a note of where it
goes; files, each complete or not at all; those that the version does not
have; the branch, in one step; the catalog. Killed before the branch moves,
files differ from HEAD in what versions hold anyway, and the same call again
goes on. Killed after it, whoever opens the library next tells the catalog.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from attrs import evolve

from audobon.codec.manifest import Manifest, dump_manifest, parse_library, parse_manifest
from audobon.errors import AudobonError, Cancelled
from audobon.services.files.ingest import Progress, refresh
from audobon.services.files.placing import Wanted, put_contents, remove_file
from audobon.services.versioning.compare import committed_mark, current_manifest
from audobon.services.versioning.contents import Contents
from audobon.services.versioning.draft import author_of, tree_path
from audobon.services.versioning.journal import Journal, forget_journal, read_journal, write_journal
from audobon.services.versioning.putback import put_back
from audobon.services.versioning.restore import RESCUE_REF
from audobon.services.versioning.threewords import words_gone
from audobon.services.versioning.way import Way, file_of, shown
from audobon.storage.catalog.moves import Move
from audobon.storage.history import LIBRARY_PATH, TreeChange, manifest_path, pointer
from audobon.system.files import sweep_leftovers

if TYPE_CHECKING:
    from audobon.model.branch import SwitchPlan
    from audobon.services.core.stores import Stores

__all__ = ["adopt", "go_on", "go_on_if_free"]

_ASSETS = b".audobon/assets"


def adopt(
    stores: Stores,
    way: Way,
    journal: Journal,
    *,
    force: bool,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> SwitchPlan:
    """Go a way that was looked at; the caller holds the commit lock.

    The branch moves from ``journal.before`` to ``journal.after``, or becomes
    the current one where it stands there already. Conflict and Corrupt, with
    nothing changed, for what :meth:`Way.refuse` finds.
    """
    made = way.plan()
    way.refuse(force=force)
    rescued = _rescue(stores, way) if way.blocked else ""
    made = evolve(made, rescued=rescued)
    journal = evolve(journal, written=made.written, rescued=rescued, clean=way.clean)
    if way.away:
        stores.catalog.set_away(manifest.id for manifest in way.away)
    write_journal(stores.place, journal)
    try:
        _write(stores, way, progress, cancel)
    except AudobonError as error:
        _take_back(stores, way, journal, error)
        raise
    history = stores.history
    if journal.before is None:
        if history.head(journal.branch) is None:
            history.add_branch(journal.branch, at=journal.after)
    elif history.head(journal.branch) != journal.after:
        history.move_branch(journal.branch, expected=journal.before, to=journal.after)
    if history.current_branch() != journal.branch:
        history.switch(journal.branch)
    _arrive(stores, journal)
    return made


def go_on(stores: Stores) -> None:
    """Tell the catalog of a way whose branch has moved, if that was cut off; under the lock.

    One that was cut off before is begun again by whoever asks for it; the
    note stays, so that a merge can be put back.
    """
    journal = read_journal(stores.place)
    if journal is not None and _moved(stores, journal):
        _arrive(stores, journal)


def go_on_if_free(stores: Stores) -> None:
    """For whoever opens the library: go on, unless a process is at it just now."""
    lock = stores.commit_lock()
    lock.timeout_s = 0.0
    # Who only wants to open a library hears of it from what needs the history.
    with contextlib.suppress(AudobonError), lock:
        go_on(stores)


def _moved(stores: Stores, journal: Journal) -> bool:
    history = stores.history
    current = history.current_branch() == journal.branch
    return current and history.head() == journal.after


def _rescue(stores: Stores, way: Way) -> str:
    """Keep the uncommitted bytes and metadata of everything in the way in a version."""
    history = stores.history
    changes: list[TreeChange] = []
    with Contents(stores) as contents:
        for place, ident in way.blocked.items():
            asset = stores.catalog.get(ident) if ident else None
            if asset is not None and asset.state != "present":
                continue  # a file that is gone: the version that has it still does
            if asset is not None:
                kept = current_manifest(stores, contents.stored(asset))
            else:
                there = next(one for one in way.writes if shown(one) == place)
                stored = contents.keep(str(way.file(there)))
                kept = evolve(there, digest=stored.digest, size=stored.size)
            changes.append(
                TreeChange(tree_path(kept.root, kept.path), pointer(kept.digest, kept.size))
            )
            changes.append(TreeChange(manifest_path(kept.id), dump_manifest(kept)))
        contents.flush()
    return history.commit(
        changes,
        message=f"Kept before {way.doing}",
        author=author_of(stores.author),
        time=stores.now(),
        expected=history.head(RESCUE_REF),
        ref=RESCUE_REF,
    ).id


def _take_back(stores: Stores, way: Way, journal: Journal, error: AudobonError) -> None:
    """After an error amid the files: as they were, or the error says how to go on."""
    if journal.kind == "merge":
        return  # it is open, and what is written need not be written again
    try:
        put_back(stores, journal)
    except (AudobonError, OSError):  # the same disk is full, the same folder closed
        left = f"{way.doing} stops amid the files: do it once more when that is mended"
        error.hint = f"{error.hint}; {left}" if error.hint else left
    else:
        raise type(error)(
            f"{error.message}; {way.doing} has changed nothing",
            subject=error.subject,
            hint=error.hint,
        ) from error


def _write(stores: Stores, way: Way, progress: Progress | None, cancel: Callable[[], bool]) -> None:
    """Files that are written first, so that nothing is gone before all is there."""
    kept = {shown(manifest) for manifest in way.writes}
    wanted = [Wanted(each.digest, each.size, way.file(each)) for each in way.writes]
    failed: list[AudobonError] = []
    for number, placed in enumerate(put_contents(stores, wanted, cancel=cancel), 1):
        if placed.error is not None:
            failed.append(placed.error)
        if progress is not None:
            progress(number, len(wanted), placed.wanted.target.name)
    if failed and isinstance(failed[0], Cancelled):
        raise Cancelled(f"{way.doing} was cancelled")
    if failed:
        raise failed[0]
    for folder in {way.file(manifest).parent for manifest in way.writes}:
        sweep_leftovers(folder)
    for manifest in way.removes:
        if shown(manifest) not in kept:
            remove_file(way.file(manifest))


def _arrive(stores: Stores, journal: Journal) -> None:
    """Make the catalog that of the version; may be told again after a kill."""
    catalog, now = stores.catalog, stores.now()
    before, after = (_record(stores, id) for id in (journal.before, journal.after))
    catalog.load_vocabulary(after, author=stores.author, now=now)
    named = list(_manifests(stores, journal))
    if named:
        # Deleted by somebody: no remote is asked for the file of a version that has none.
        catalog.forget_away(each.id for each in named if each.state == "missing")
        known = _as_they_lie(stores, named)
        catalog.import_assets(known, author=stores.author, now=now, label=journal.label)
    catalog.drop_words(words_gone(before, after), author=stores.author, now=now)
    if journal.change and journal.before is not None:
        move = Move(journal.change, journal.branch, journal.before, journal.after, journal.label)
        undone = journal.kind == "undo"
        catalog.turn_move(move, undone=undone, author=stores.author, now=now)
    else:
        # What could be undone before was done to other metadata.
        catalog.forget_undo()
    # Only at what was written: who saves another file just now has not committed it, so it
    # must still look changed to the next version.
    written = catalog.by_ids([manifest.id for manifest in named])
    refresh(stores, only={asset.key for asset in written})
    catalog.set_meta(committed_mark(journal.branch), str(catalog.clock() if journal.clean else 0))
    if journal.kind == "merge" and journal.before is not None:
        catalog.note_move(
            journal.branch,
            journal.before,
            journal.after,
            label=journal.label,
            author=stores.author,
            now=now,
        )
    stores.index.catch_up()
    forget_journal(stores.place)


def _as_they_lie(stores: Stores, named: Sequence[Manifest]) -> list[Manifest]:
    """What is to stay at a remote is never present in the catalog, or its note would be dropped."""
    away = stores.catalog.away([each.id for each in named])
    return [
        evolve(each, state="missing")
        if each.id in away and each.state == "present" and not file_of(stores, each).exists()
        else each
        for each in named
    ]


def _record(stores: Stores, version: str | None) -> dict[str, object]:
    data = None if version is None else stores.history.read(version, LIBRARY_PATH)
    return {} if data is None else parse_library(data)


def _manifests(stores: Stores, journal: Journal) -> Iterator[Manifest]:
    history = stores.history
    for change in history.changed(journal.before, journal.after, prefix=_ASSETS):
        if change.new is not None:
            yield parse_manifest(history.blob(change.new))
        elif change.old is not None:
            yield evolve(parse_manifest(history.blob(change.old)), state="removed")
