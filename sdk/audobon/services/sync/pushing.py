"""Send what a remote lacks: bytes, versions, previews, and at last the branch."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from attrs import evolve, frozen

from audobon.codec.manifest import parse_manifest
from audobon.errors import Conflict, NotFound
from audobon.model.remote import PushReport
from audobon.services.core.audit import record
from audobon.services.core.roots import own_root
from audobon.services.core.stores import Stores
from audobon.services.depot import Depot, Header, RefRecord, estimate, send, send_pictures
from audobon.services.depot.depot import Placed
from audobon.services.depot.garbage import hold
from audobon.services.depot.pictures import pictures_to_send, weigh_pictures
from audobon.services.depot.results import results_to_send, send_results
from audobon.services.depot.tasks import in_turn
from audobon.services.depot.work import work_of_sending
from audobon.services.files.ingest import Progress
from audobon.services.places.remotebook import Entry, Seen, change_entry, need_entry
from audobon.services.places.remoteplace import check_seen, depot_of, need_same_library
from audobon.services.purge.book import read_book as read_purged
from audobon.services.purge.guard import check_lists, put_book
from audobon.services.sync.remotelocks import exchange_locks
from audobon.services.sync.sharing import LibraryTables
from audobon.storage.history import History
from audobon.storage.history.exchanging import AT_ONCE, Fresh
from audobon.storage.objects import estimate as cost_of
from audobon.storage.vault import Secret

__all__ = ["push"]

_HEADS = "refs/heads/"
_TAGS = "refs/tags/"


@frozen(slots=True)
class _Move:
    """A ref that is to stand at ``id`` there."""

    ref: str
    id: str
    before: Placed | None

    @property
    def name(self) -> str:
        return self.ref.removeprefix(_HEADS)


def push(
    stores: Stores,
    name: str,
    *,
    branches: Iterable[str] | None,
    dry_run: bool,
    passphrase: str | Secret | None,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> PushReport:
    """See ``Library.push``."""
    stores.need_writable("push")
    entry = need_entry(stores.place, name)
    history = stores.history
    wanted = (history.current_branch(),) if branches is None else tuple(branches)
    with depot_of(stores, entry, create=True, passphrase=passphrase) as depot:
        there = need_same_library(depot, stores.place.id)
        check_lists(stores, depot, name)
        placed = depot.refs()
        check_seen(depot, entry, placed, history)
        moves = _moves(history, depot, wanted, placed)
        tags = _tags(history, moves, placed)
        have = [one.record.id for one in placed.values() if history.has_version(one.record.id)]
        tips = [move.id for move in (*moves, *tags)]
        fresh = history.fresh(tips, have, cancel=cancel)
        depot.contents.refresh(cancel=cancel)
        moved = tuple(move.name for move in moves)
        if dry_run:
            return _foreseen(stores, depot, entry, fresh, moves, tags, cancel)
        if moves or tags:
            what, count_of = f"{', '.join(moved)} to {name}", len(fresh.commits)
            record(stores, "push", what, before=True, to=entry.url, versions=count_of)
        if not there:
            _begin(stores, depot, wanted[0])
        lists = read_purged(stores.place)
        if lists.ids or lists.others:  # before anything of this push can be pulled by others
            put_book(depot, lists)
        count = None if progress is None else _bytes_of(progress, entry)
        sent = send(depot, stores.chunks, fresh.digests, progress=count, cancel=cancel)
        more, gits = _send_versions(depot, history, fresh, stores, name, cancel)
        size = sent.bytes + more

        def again() -> None:
            send(depot, stores.chunks, fresh.digests, cancel=cancel)
            _send_versions(depot, history, fresh, stores, name, cancel)

        if fresh.count:  # a collector may be at work there: what is relied on must stay
            hold(depot, fresh.digests - set(sent.lacking), gits, again)
        pictures = _pictures(depot, stores, moves)
        size += send_pictures(depot, stores.previews, pictures, cancel=cancel)
        results, more = send_results(depot, LibraryTables(stores).mine(), cancel=cancel)
        size += more
        for move in (*moves, *tags):
            _move(depot, stores, move, name)
        held = exchange_locks(stores, depot)
    return PushReport(
        *(name, False, moved, len(fresh.commits), sent.files, size, len(pictures)),
        lacking=fresh.lost(sent.lacking),
        held=held,
        results=results,
    )


def _foreseen(
    stores: Stores,
    depot: Depot,
    entry: Entry,
    fresh: Fresh,
    moves: list[_Move],
    tags: list[_Move],
    cancel: Callable[[], bool],
) -> PushReport:
    """What would be sent: of results and previews to the byte, of chunks about; of versions and
    refs only the requests are told."""
    size_of = estimate(depot, stores.chunks, fresh.digests, cancel=cancel)
    coming = fresh.digests - set(size_of.lacking)
    pictures = _pictures(depot, stores, moves)
    results, more = results_to_send(depot, LibraryTables(stores).mine(), coming)
    more += weigh_pictures(stores.previews, pictures)
    work = work_of_sending(
        size_of.bytes,
        gits=-(-fresh.count // AT_ONCE),
        refs=len(moves) + len(tags),
        there=2 * len(depot.contents.packs()),
        more=more,
    )
    moved, size = tuple(move.name for move in moves), size_of.bytes + sum(more)
    return PushReport(
        *(entry.name, True, moved, len(fresh.commits), size_of.files, size, len(pictures)),
        lacking=fresh.lost(size_of.lacking),
        estimate=cost_of(entry.url, work),
        results=results,
    )


def _bytes_of(progress: Progress, entry: Entry) -> Callable[[int, int], None]:
    return lambda done, total: progress(done, total, entry.url)


def _moves(
    history: History, depot: Depot, branches: Iterable[str], placed: Mapping[str, Placed]
) -> list[_Move]:
    """Branches that stand elsewhere there; Conflict where that is not behind what is here."""
    moves = []
    for branch in dict.fromkeys(branches):
        tip = history.head(branch)
        if tip is None:
            raise NotFound(
                f"the branch {branch!r} has no version, so nothing can be pushed",
                subject=branch,
                hint="commit first",
            )
        before = placed.get(_HEADS + branch)
        if before is not None and before.record.id == tip:
            continue
        if before is not None and not (
            history.has_version(before.record.id) and history.leads_to(before.record.id, tip)
        ):
            if history.has_version(before.record.id) and history.leads_to(tip, before.record.id):
                continue  # behind: nothing of it is lacking there
            raise Conflict(
                f"{branch!r} in {depot.url} has versions that are not here",
                subject=branch,
                hint="pull, then push again",
            )
        moves.append(_Move(_HEADS + branch, tip, before))
    return moves


def _tags(history: History, moves: list[_Move], placed: Mapping[str, Placed]) -> list[_Move]:
    """Tags that are not there yet, of versions that are or will be. A tag never moves."""
    tips = [move.id for move in moves]
    tips += [one.record.id for one in placed.values() if history.has_version(one.record.id)]
    return [
        _Move(_TAGS + tag.name, tag.id, None)
        for tag in history.tags()
        if _TAGS + tag.name not in placed and any(history.leads_to(tag.id, tip) for tip in tips)
    ]


def _begin(stores: Stores, depot: Depot, branch: str) -> None:
    place = stores.place
    header = Header(place.id, place.name, branch, own_root(stores), stores.now())
    depot.begin(header)
    need_same_library(depot, place.id)


def _send_versions(
    depot: Depot,
    history: History,
    fresh: Fresh,
    stores: Stores,
    name: str,
    cancel: Callable[[], bool],
) -> tuple[int, list[str]]:
    """Objects of git, in packs: how many bytes, and the names of the packs."""
    if not fresh.count:
        return 0, []
    folder = Path(tempfile.mkdtemp(prefix="versions-", dir=depot.workplace))
    total = 0
    try:
        packs: list[str] = []
        for path in history.packs_of(fresh, folder):
            for pack, size in in_turn(depot.put_git, [path], cancel=cancel):
                packs.append(pack)
                total += size
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    change_entry(stores.place, name, lambda entry: evolve(entry, git=tuple({*entry.git, *packs})))
    return total, packs


def _pictures(depot: Depot, stores: Stores, moves: list[_Move]) -> list[tuple[str, int]]:
    """Previews of what the versions have that are made here and not there, as (digest, pixels)."""
    history = stores.history
    digests: set[str] = set()
    for move in moves:
        base = None if move.before is None else move.before.record.id
        for change in history.changed(base, move.id, prefix=b".audobon/assets"):
            if change.new is not None:
                digests.add(parse_manifest(history.blob(change.new)).digest)
    return pictures_to_send(depot, stores.previews, {one for one in digests if one})


def _move(depot: Depot, stores: Stores, move: _Move, name: str) -> None:
    history = stores.history
    serial = 1 if move.before is None else move.before.record.serial + 1
    record = RefRecord(
        *(move.ref, move.id, serial, stores.author, stores.now()),
        ends=tuple(sorted(history.shallow())),
    )
    depot.move(record, move.before)
    if move.ref.startswith(_HEADS):
        history.set_ref(f"refs/remotes/{name}/{move.name}", move.id)
    change_entry(
        stores.place,
        name,
        lambda entry: evolve(entry, seen={**entry.seen, move.ref: Seen(move.id, serial)}),
    )
