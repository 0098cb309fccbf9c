"""Assets purged, step by step, each of which may be done twice.

Order: a note of what goes; jobs that name it are held back; the list of what must not come back;
files; the catalog's own removal, so that others who have the library open hear of it; versions
written anew and branches that stand at them; then, from what refers to what is referred to, rows,
objects of git, chunks, and what is derived. Last a search in every byte, and the note goes. Killed
anywhere, the next call goes on from the note; nothing that another asset needs is touched before
what is needed is known whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from attrs import evolve

from audobon.errors import Conflict
from audobon.model.asset import Asset
from audobon.model.purge import Proof, PurgedPlace, PurgeReport
from audobon.services.core.audit import copy_anew
from audobon.services.core.purges import (
    PurgeJournal,
    forget_journal,
    read_journal,
    write_journal,
)
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import Progress
from audobon.services.files.placing import remove_file
from audobon.services.places.remotebook import need_entry
from audobon.services.places.snapshotplaces import Where
from audobon.services.purge.book import need_purged, read_book, write_book
from audobon.services.purge.mapping import move_notes
from audobon.services.purge.places import need_pulled, purge_remote
from audobon.services.purge.plan import Plan, make_plan, need_quiet, others_of, unwanted_of
from audobon.services.purge.proof import Needles, mentioned_in, needles_of, prove
from audobon.services.purge.quiet import Patience
from audobon.services.purge.scrub import scrub
from audobon.services.purge.snapshots import foreseen_at, purge_snapshots
from audobon.services.purge.unneeded import unneeded_with
from audobon.storage.history.purging import Erased
from audobon.storage.vault import Secret

__all__ = ["WAIT_S", "purge"]

_SNAPSHOTS = "refs/audobon/snapshots/"
"""What the newest snapshot was made of: a copy of the catalog, which names everything."""
WAIT_S = 60.0
"""For how long others are waited for, each time: a task is stopped within a second, a version is
made in some."""


def purge(
    stores: Stores,
    assets: Sequence[Asset],
    *,
    keep_files: bool = False,
    remotes: Sequence[str] = (),
    snapshots: Sequence[Where] = (),
    passphrase: str | Secret | None = None,
    known: Mapping[str, str] | None = None,
    wait_s: float | None = WAIT_S,
    dry_run: bool = False,
    progress: Progress | None = None,
    cancel: Callable[[], bool] = lambda: False,
) -> PurgeReport:
    """See ``Library.purge``. ``known`` is what versions became where it was purged before."""
    told: list[Needles] = []
    done = _here(
        *(stores, assets, told),
        keep_files=keep_files,
        remotes=remotes,
        passphrase=passphrase,
        known=known,
        only_places=bool(snapshots),
        dry_run=dry_run,
        patience=Patience(progress, cancel, wait_s),
        cancel=cancel,
    )
    if dry_run and not (assets or done.assets):
        return evolve(done, places=(*done.places, *(foreseen_at(stores, one) for one in snapshots)))
    if dry_run or not snapshots:
        return done
    needles = told[-1] if told else None
    # Not under the lock of versions: a snapshot is made there, which takes it.
    places = [purge_snapshots(stores, where, needles=needles, cancel=cancel) for where in snapshots]
    return evolve(done, places=(*done.places, *places))


def _here(
    stores: Stores,
    assets: Sequence[Asset],
    told: list[Needles],
    *,
    keep_files: bool,
    remotes: Sequence[str],
    passphrase: str | Secret | None,
    known: Mapping[str, str] | None,
    only_places: bool,
    dry_run: bool,
    patience: Patience,
    cancel: Callable[[], bool],
) -> PurgeReport:
    """This library and its remotes. What was looked for is ``told``, for other places."""
    stores.need_writable("purge assets")
    reached = tuple(dict.fromkeys(remotes))
    for name in reached:
        need_entry(stores.place, name)
    with patience.turn(stores):
        need_quiet(stores)
        begun = read_journal(stores.place)
        later = begun is None and not assets
        if later and reached:
            need_purged(read_book(stores.place), reached)
        tell = later and dry_run
        found = [need_pulled(stores, name, passphrase, tell=tell) for name in reached]
        away = tuple(one for one in found if one is not None)

        def places(needles: Needles | None) -> tuple[PurgedPlace, ...]:
            if needles is not None:
                told.append(needles)
            ask = {"needles": needles, "passphrase": passphrase, "cancel": cancel}
            return tuple(purge_remote(stores, name, **ask) for name in reached)  # type: ignore[arg-type]

        left = [asset for asset in assets if begun is None or asset.id not in begun.ids]
        if begun is not None and (dry_run or not left):
            if dry_run and left:
                raise Conflict(
                    f"the purge of {begun.shown[0]} was cut off and is not done",
                    subject=begun.shown[0],
                    hint="'audobon purge --resume --yes' finishes it",
                )
            if dry_run:
                return evolve(_resumed(begun), places=away)
            patience.hush(stores, begun)
            return _go(stores, begun, _resumed(begun), known or {}, places, patience)
        if begun is not None:
            patience.hush(stores, begun)
            _go(stores, begun, _resumed(begun), known or {}, lambda _needles: (), patience)
        if not left and (reached or only_places):
            nothing = PurgeReport(dry_run, (), (), keep_files, 0, 0, 0, places=away)
            return (
                nothing if dry_run else evolve(nothing, places=places(None), proof=Proof(0, 0, 0))
            )

        def make(of: Sequence[Asset]) -> Plan:
            return make_plan(stores, of, keep_files=keep_files, named=reached, cancel=cancel)

        if dry_run:
            return evolve(make(left).report, places=away)
        plan = _begun(stores, left, make, patience)
        return _go(stores, plan.journal, plan.report, known or {}, places, patience)


def _resumed(journal: PurgeJournal) -> PurgeReport:
    return PurgeReport(
        *(True, journal.shown, journal.files, journal.keep_files),
        versions=0,
        contents=len(journal.contents),
        chunks=len(journal.chunks),
    )


def _go(
    stores: Stores,
    journal: PurgeJournal,
    report: PurgeReport,
    known: Mapping[str, str],
    places: Callable[[Needles | None], tuple[PurgedPlace, ...]],
    patience: Patience,
) -> PurgeReport:
    place, tell, until_free = stores.place, patience.step, patience.until_free
    write_book(place, read_book(place).adding(journal.ids))
    tell("files")
    for file in journal.files:
        remove_file(Path(file))
    until_free(lambda: _leave(stores, journal))
    tell("versions")
    journal, commits = _rewrite(stores, journal, known, until_free)
    tell("catalog")
    _erase_rows(stores, journal, commits, patience)
    tell("chunks")
    contents = [*journal.contents, *unneeded_with(stores, journal)]
    until_free(lambda: stores.chunks.erase(contents))
    tell("caches")
    until_free(lambda: scrub(stores, journal))
    # Who searched while rows were gone and the index was not anew has counted what is gone.
    until_free(stores.catalog.move_clock)
    tell("remotes")
    needles = needles_of(journal, mentioned_in(stores, journal))
    reached = places(needles)
    # Also what was asked for meanwhile, while it was still listed somewhere.
    until_free(lambda: stores.catalog.forget_jobs((*journal.named, *journal.notes)))
    until_free(stores.catalog.db.vacuum)
    tell("search")
    proof = prove(stores, journal, needles)
    forget_journal(place)
    return evolve(
        report,
        dry_run=False,
        versions=len(commits) or report.versions,
        commits=commits,
        places=reached,
        proof=proof,
    )


def _begun(
    stores: Stores,
    assets: list[Asset],
    make: Callable[[Sequence[Asset]], Plan],
    patience: Patience,
) -> Plan:
    """The plan, noted, when nobody works on it any more; else everything is as it was."""
    try:
        while True:
            plan = make(assets)
            write_journal(stores.place, plan.journal)
            patience.hush(stores, plan.journal)
            now = [stores.catalog.get(asset.id) or asset for asset in assets]
            if now == assets:
                return plan
            assets = now  # a job that was at work has learnt a digest, or a file was saved
    except BaseException:  # nothing is removed yet
        stores.jobs.hold(())
        forget_journal(stores.place)
        raise


def _erase_rows(
    stores: Stores,
    journal: PurgeJournal,
    commits: Mapping[str, str],
    patience: Patience,
) -> None:
    """Whatever names it in the catalog, the audit log's copy and objects of git beside versions."""
    until_free, names = patience.until_free, (*journal.words, *journal.digests)
    told = {
        "versions": str(len(commits)),
        "list": read_book(stores.place).mark(journal.ids[0])[:16],
    }
    until_free(
        lambda: stores.catalog.audit_redact(
            (*names, *journal.notes),
            author=stores.author,
            now=stores.now(),
            what=f"{len(journal.ids)} assets" if len(journal.ids) > 1 else "1 asset",
            detail=told,
        )
    )
    # Also when a run that was killed has taken the words out.
    until_free(lambda: copy_anew(stores))
    until_free(lambda: stores.catalog.erase_assets(journal.ids, journal.marks))
    if stores.place.history.exists():
        marks = [mark.encode() for mark in (*journal.ids, *names)]
        until_free(lambda: stores.history.drop_unwanted(marks))


def _leave(stores: Stores, journal: PurgeJournal) -> None:
    """The catalog's own removal, so that others who have the library open hear of it."""
    there = [
        ident
        for ident in journal.ids
        if (asset := stores.catalog.get(ident)) is not None and asset.state != "removed"
    ]
    if there:
        stores.catalog.remove(there, author=stores.author, now=stores.now())


def _rewrite(
    stores: Stores,
    journal: PurgeJournal,
    known: Mapping[str, str],
    until_free: Callable[[Callable[[], Erased]], Erased],
) -> tuple[PurgeJournal, Mapping[str, str]]:
    """Write versions anew; the journal with all contents that nothing names any more."""
    place = stores.place
    if not place.history.exists():
        return journal, {}
    history = stores.history
    unwanted, others = unwanted_of(journal), others_of(history.survey(), journal)
    would = history.would_erase(unwanted, others, known)
    snapshots = history.refs(_SNAPSHOTS)
    rest = set(history.refs().values()) - set(snapshots.values())
    copies = history.fresh(snapshots.values(), rest).digests if snapshots else set()
    # Before any ref moves: whoever comes after a kill knows what went, and what versions became.
    journal = evolve(journal, contents=_sorted(journal.contents, would.contents, copies))
    write_journal(place, journal)
    write_book(place, read_book(place).moved(would.commits))
    for ref in snapshots:
        history.remove_ref(ref)
    erased = until_free(lambda: history.erase(unwanted, others, known))
    needed = history.survey().digests | stores.catalog.other_digests(journal.ids)
    write_book(place, read_book(place).moved(erased.commits))
    move_notes(stores, read_book(place).commits, journal)
    contents = tuple(each for each in journal.contents if each not in needed)
    return evolve(journal, contents=contents), {**would.commits, **erased.commits}


def _sorted(*digests: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set().union(*digests)))
