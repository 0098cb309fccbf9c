"""Remotes rid of what was purged here: branches there stand at the versions that were written anew.

Order: the list of what must not come back; the new versions, whole; each branch by
compare-and-swap; then what no branch leads to any more. Cut off anywhere it may be done again, also
long after the purge: nothing of it needs a name.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from attrs import evolve

from audobon.errors import AudobonError, Conflict, NotFound, Unavailable
from audobon.model.purge import Proof, PurgedPlace
from audobon.services.core.audit import record
from audobon.services.core.stores import Stores
from audobon.services.depot import Depot, RefRecord
from audobon.services.depot.depot import Placed
from audobon.services.depot.garbage import need_removal
from audobon.services.depot.pictures import scour_pictures
from audobon.services.depot.records import dump
from audobon.services.depot.results import scour_results
from audobon.services.depot.sweeping import scour
from audobon.services.depot.tasks import in_turn
from audobon.services.places.remotebook import Entry, Seen, change_entry, need_entry
from audobon.services.places.remoteplace import cache_of, depot_of, need_same_library
from audobon.services.purge.book import PurgeBook, read_book
from audobon.services.purge.guard import put_book
from audobon.services.purge.proof import Needles
from audobon.services.purge.proofplace import prove_place
from audobon.storage.vault import Secret

__all__ = ["need_pulled", "purge_remote", "why_not"]

_HEADS = "refs/heads/"
_SNAPSHOTS = "snapshots/"
_EMPTY = "nothing was ever pushed there"
_MOVED = "all branches and tags are at versions without what was purged here"


def need_pulled(
    stores: Stores, name: str, passphrase: str | Secret | None, *, tell: bool
) -> PurgedPlace | None:
    """Conflict where a remote has versions that are not here: they may have the asset too.

    One that cannot be asked holds nothing up: it is told, and purged another time. Of any other
    it is told what would be done there where that is asked for (``tell``).
    """
    entry = need_entry(stores.place, name)
    try:
        with depot_of(stores, entry, passphrase=passphrase) as depot:
            if not need_same_library(depot, stores.place.id):
                return PurgedPlace(name, entry.url, True, _EMPTY) if tell else None
            placed = depot.refs()
            targets = _targets(stores, depot, placed, read_book(stores.place), strict=False)
            return _foreseen(depot, entry, placed, targets) if tell else None
    except (Unavailable, NotFound) as error:
        return PurgedPlace(name, entry.url, False, why_not(error, reached=False))


def _foreseen(
    depot: Depot, entry: Entry, placed: Mapping[str, Placed], targets: Mapping[str, str]
) -> PurgedPlace:
    try:
        _need_no_snapshots(depot, entry)
    except Conflict as error:
        return PurgedPlace(entry.name, entry.url, False, why_not(error, reached=True))
    moved = sum(targets[ref] != one.record.id for ref, one in placed.items())
    refs = "1 branch or tag" if moved == 1 else f"{moved} branches and tags"
    told = f"{refs} would move to versions without what was purged here" if moved else _MOVED
    return PurgedPlace(entry.name, entry.url, not moved, f"{told}; what none needs would go")


def _need_no_snapshots(depot: Depot, entry: Entry) -> None:
    if any(True for _ in depot.store.list(_SNAPSHOTS)):
        raise Conflict(
            "snapshots lie there, which have everything as it was",
            subject=entry.url,
            hint="forget them with 'audobon snapshot PLACE --forget'",
        )


def why_not(error: AudobonError, *, reached: bool) -> str:
    """Why a place was not purged and what helps, in a line."""
    away = not reached and isinstance(error, Unavailable | NotFound)
    hint = f"; {error.hint}" if error.hint else ""
    return f"not {'reached' if away else 'purged'}: {error.message}{hint}"


def purge_remote(
    stores: Stores,
    name: str,
    *,
    needles: Needles | None,
    passphrase: str | Secret | None,
    cancel: Callable[[], bool],
) -> PurgedPlace:
    """Bring a remote to what this library is after its purges; an error is told in the answer."""
    entry = need_entry(stores.place, name)
    reached = False
    try:
        with depot_of(stores, entry, passphrase=passphrase) as depot:
            if not need_same_library(depot, stores.place.id):
                return PurgedPlace(name, entry.url, True, _EMPTY)
            _need_no_snapshots(depot, entry)
            reached = True
            told, proof = _scour(stores, depot, entry, needles, cancel)
    except AudobonError as error:
        return PurgedPlace(name, entry.url, False, why_not(error, reached=reached))
    finally:
        shutil.rmtree(cache_of(stores.place, name), ignore_errors=True)
    record(stores, "purge", f"at {name}", to=entry.url)
    return PurgedPlace(name, entry.url, proof is None or proof.ok, told, proof)


def _scour(
    stores: Stores,
    depot: Depot,
    entry: Entry,
    needles: Needles | None,
    cancel: Callable[[], bool],
) -> tuple[str, Proof | None]:
    history, book = stores.history, read_book(stores.place)
    placed = depot.refs()
    targets = _targets(stores, depot, placed, book)
    need_removal(depot)
    put_book(depot, book)
    tips = sorted(set(targets.values()))
    folder = Path(tempfile.mkdtemp(prefix="versions-", dir=depot.workplace))
    try:
        fresh = history.fresh(tips, (), cancel=cancel)
        gits = [
            made[0]
            for path in history.packs_of(fresh, folder)
            for made in in_turn(depot.put_git, [path], cancel=cancel)
        ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    seen = dict(entry.seen)
    ends = tuple(sorted(history.shallow()))
    for ref, one in placed.items():
        serial = one.record.serial
        if targets[ref] != one.record.id:
            serial += 1
            made = RefRecord(ref, targets[ref], serial, stores.author, stores.now(), ends=ends)
            depot.move(made, one)
            if ref.startswith(_HEADS):
                history.set_ref(
                    f"refs/remotes/{entry.name}/{ref.removeprefix(_HEADS)}", targets[ref]
                )
        seen[ref] = Seen(targets[ref], serial)
    change_entry(stores.place, entry.name, lambda one: evolve(one, seen=seen, git=tuple(gits)))
    _locks(depot, book)
    done = scour(depot, tips, ends, gits, cancel=cancel)
    bundles = scour_pictures(depot, done.files) + scour_results(depot, done.files)
    told = f"purged; {done.removed} objects and {bundles} bundles of previews and results went"
    return told, None if needles is None else prove_place(depot, needles)


def _targets(
    stores: Stores,
    depot: Depot,
    placed: Mapping[str, Placed],
    book: PurgeBook,
    *,
    strict: bool = True,
) -> dict[str, str]:
    """Where each ref of the place is to stand. Conflict for one at a version not known here."""
    found = {}
    for ref, one in placed.items():
        target = book.commits.get(one.record.id, one.record.id)
        # Before a purge, or amid one that was cut off, it may stand at what is still to be written.
        known = target if strict else one.record.id
        if not (stores.history.has_version(target) or stores.history.has_version(known)):
            name = ref.partition("/")[2].partition("/")[2]
            raise Conflict(
                f"{name!r} in {depot.url} has versions that are not here",
                subject=depot.url,
                hint="pull them before the purge, or purge in the clone that has them",
            )
        found[ref] = target
    return found


def _locks(depot: Depot, book: PurgeBook) -> None:
    for writer, data in depot.locks().items():
        try:
            value = json.loads(data)
            locks = list(value["locks"])
            purged = set(book.known(str(one["asset_id"]) for one in locks))
        except (ValueError, KeyError, TypeError):
            continue  # a record that makes no sense is no lock
        kept = [one for one in locks if one["asset_id"] not in purged]
        if len(kept) != len(locks):
            depot.put_locks(writer, dump({**value, "locks": kept}) if kept else None)
