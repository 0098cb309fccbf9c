"""Assets purged, step by step, each of which may be done twice.

Order: a note of what goes; the list of what must not come back; files; the catalog's own removal,
so that others who have the library open hear of it; versions written anew and branches that stand
at them; then, from what refers to what is referred to, rows, objects of git, chunks, and what is
derived. Last a search in every byte, and the note goes. Killed anywhere, the next call goes on
from the note; nothing that another asset needs is touched before what is needed is known whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from attrs import evolve

from audobon.errors import Conflict
from audobon.model.asset import Asset
from audobon.model.purge import PurgeReport
from audobon.services.adopt import remove_file
from audobon.services.audit import copy_anew
from audobon.services.ingest import Progress
from audobon.services.purge.book import read_book, write_book
from audobon.services.purge.journal import (
    PurgeJournal,
    forget_journal,
    read_journal,
    write_journal,
)
from audobon.services.purge.mapping import move_notes
from audobon.services.purge.plan import make_plan, need_quiet, others_of, unwanted_of
from audobon.services.purge.proof import prove
from audobon.services.purge.scrub import scrub
from audobon.services.stores import Stores

__all__ = ["purge"]

_SNAPSHOTS = "refs/audobon/snapshots/"
"""What the newest snapshot was made of: a copy of the catalog, which names everything."""
_STEPS = ("files", "versions", "catalog", "chunks", "caches", "search")


def purge(
    stores: Stores,
    assets: Sequence[Asset],
    *,
    keep_files: bool,
    dry_run: bool,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> PurgeReport:
    """Remove assets from this library; remotes and snapshots are another step. Conflict, Busy."""
    stores.need_writable("purge assets")
    with stores.commit_lock():
        need_quiet(stores)
        begun = read_journal(stores.place)
        if begun is not None:
            done = _go(stores, begun, _resumed(begun), progress) if not dry_run else None
            left = [asset for asset in assets if asset.id not in begun.ids]
            if done is not None and not left:
                return done
            if done is None and left:
                raise Conflict(
                    f"the purge of {begun.shown[0]} was cut off and is not done",
                    subject=begun.shown[0],
                    hint="'audobon purge --resume --yes' finishes it",
                )
            if done is None:
                return _resumed(begun)
            assets = left
        plan = make_plan(stores, assets, keep_files=keep_files, cancel=cancel)
        if dry_run:
            return plan.report
        write_journal(stores.place, plan.journal)
        return _go(stores, plan.journal, plan.report, progress)


def _resumed(journal: PurgeJournal) -> PurgeReport:
    return PurgeReport(
        *(True, journal.shown, journal.files, journal.keep_files),
        versions=0,
        contents=len(journal.contents),
        chunks=len(journal.chunks),
    )


def _go(
    stores: Stores, journal: PurgeJournal, report: PurgeReport, progress: Progress | None
) -> PurgeReport:
    place = stores.place
    tell = _teller(progress)
    write_book(place, read_book(place).adding(journal.ids))
    tell("files")
    for file in journal.files:
        remove_file(Path(file))
    _leave(stores, journal)
    tell("versions")
    journal, commits = _rewrite(stores, journal)
    tell("catalog")
    numbers = stores.catalog.audit_redact(
        (*journal.words, *journal.digests, *journal.notes),
        author=stores.author,
        now=stores.now(),
        what=f"{len(journal.ids)} assets" if len(journal.ids) > 1 else "1 asset",
        detail={"versions": str(len(commits)), "list": read_book(place).mark(journal.ids[0])[:16]},
    )
    if numbers:
        copy_anew(stores)
    stores.catalog.erase_assets(journal.ids, journal.marks)
    if place.history.exists():
        stores.history.drop_unwanted(
            [mark.encode() for mark in (*journal.ids, *journal.words, *journal.digests)]
        )
    tell("chunks")
    stores.chunks.erase(journal.contents)
    tell("caches")
    scrub(stores, journal)
    stores.catalog.db.vacuum()
    tell("search")
    proof = prove(stores, journal)
    forget_journal(place)
    return evolve(
        report,
        dry_run=False,
        versions=len(commits) or report.versions,
        commits=commits,
        proof=proof,
    )


def _teller(progress: Progress | None) -> Callable[[str], None]:
    def tell(step: str) -> None:
        if progress is not None:
            progress(_STEPS.index(step), len(_STEPS), step)

    return tell


def _leave(stores: Stores, journal: PurgeJournal) -> None:
    """The catalog's own removal, so that others who have the library open hear of it."""
    there = [
        ident
        for ident in journal.ids
        if (asset := stores.catalog.get(ident)) is not None and asset.state != "removed"
    ]
    if there:
        stores.catalog.remove(there, author=stores.author, now=stores.now())


def _rewrite(stores: Stores, journal: PurgeJournal) -> tuple[PurgeJournal, Mapping[str, str]]:
    """Write versions anew; the journal with all contents that nothing names any more."""
    place = stores.place
    if not place.history.exists():
        return journal, {}
    history = stores.history
    unwanted, others = unwanted_of(journal), others_of(history.survey(), journal)
    would = history.would_erase(unwanted, others)
    snapshots = history.refs(_SNAPSHOTS)
    rest = set(history.refs().values()) - set(snapshots.values())
    copies = history.fresh(snapshots.values(), rest).digests if snapshots else set()
    # Before any ref moves: whoever comes after a kill knows what went, and what versions became.
    journal = evolve(journal, contents=_sorted(journal.contents, would.contents, copies))
    write_journal(place, journal)
    write_book(place, read_book(place).moved(would.commits))
    for ref in snapshots:
        history.remove_ref(ref)
    erased = history.erase(unwanted, others, {})
    needed = history.survey().digests | stores.catalog.other_digests(journal.ids)
    write_book(place, read_book(place).moved(erased.commits))
    move_notes(stores, read_book(place).commits, journal)
    contents = tuple(each for each in journal.contents if each not in needed)
    return evolve(journal, contents=contents), erased.commits


def _sorted(*digests: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set().union(*digests)))
