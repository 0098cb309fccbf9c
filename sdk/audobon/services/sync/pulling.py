"""Take in what a remote has: versions and previews, bytes as far as they are wanted, then merge."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import evolve, frozen

from audobon.codec.manifest import parse_library
from audobon.errors import Conflict, Corrupt, NotFound
from audobon.model.remote import PullReport
from audobon.services.core.audit import record
from audobon.services.core.roots import need_roots
from audobon.services.core.stores import Stores
from audobon.services.depot import Depot, fetch, fetch_pictures
from audobon.services.depot.depot import Placed
from audobon.services.depot.results import fetch_results
from audobon.services.depot.tasks import in_turn
from audobon.services.files.ingest import Progress
from audobon.services.merge import merging
from audobon.services.places.remotebook import Entry, Seen, change_entry, need_entry, read_book
from audobon.services.places.remoteplace import check_seen, depot_of, need_same_library
from audobon.services.purge.guard import check_lists, refuse_pack
from audobon.services.sync.remotelocks import exchange_locks
from audobon.services.sync.sharing import LibraryTables
from audobon.storage.history import LIBRARY_PATH, History
from audobon.storage.vault import Secret

__all__ = ["News", "need_pushed", "pull", "take_pack", "take_versions", "watch_refs"]

_HEADS = "refs/heads/"
_TAGS = "refs/tags/"


@frozen(slots=True)
class News:
    """What a remote had that was not here. ``digests`` are the contents that new versions name."""

    versions: int
    digests: frozenset[str]
    placed: Mapping[str, Placed]


def pull(
    stores: Stores,
    name: str,
    *,
    branch: str | None,
    lazy: bool | None,
    force: bool,
    passphrase: str | Secret | None,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> PullReport:
    """See ``Library.pull``."""
    stores.need_writable("pull")
    entry = need_entry(stores.place, name)
    history = stores.history
    current = history.current_branch()
    wanted = branch or current
    keep_away = read_book(stores.place).lazy if lazy is None else lazy
    count = None if progress is None else _bytes_of(progress, entry)
    with depot_of(stores, entry, passphrase=passphrase) as depot:
        need_pushed(stores, depot, entry)
        news = take_versions(stores, depot, entry, cancel)
        files = size = 0
        lacking: tuple[str, ...] = ()
        depot.contents.refresh(cancel=cancel)
        if not keep_away:
            got = fetch(depot, stores.chunks, news.digests, progress=count, cancel=cancel)
            files, size, lacking = got.files, got.bytes, got.lacking
        pictures = fetch_pictures(depot, stores.previews, cancel=cancel)
        results = fetch_results(depot, LibraryTables(stores), cancel=cancel)
        watch_refs(stores, name, news)
        exchange_locks(stores, depot, reading=True)
    what = f"{wanted} of {name}"
    record(stores, "pull", what, source=entry.url, versions=news.versions)
    report = PullReport(
        *(name, wanted, news.versions, files, size, pictures), lacking=lacking, results=results
    )
    tip = history.head(f"refs/remotes/{name}/{wanted}")
    if tip is None:
        return report
    need_roots(stores, _roots(history, tip))
    if wanted != current:
        return evolve(report, branches=_follow(history, wanted, tip))
    merge = merging.merge(
        *(stores, f"{name}/{wanted}"),
        message=f"Merged {wanted} of {name}",
        force=force,
        progress=progress,
        cancel=cancel,
    )
    return evolve(report, merge=merge)


def need_pushed(stores: Stores, depot: Depot, entry: Entry) -> None:
    """NotFound where nothing lies there yet, Conflict where it is of another library."""
    if not need_same_library(depot, stores.place.id):
        raise NotFound(
            f"nothing was pushed to {entry.url} yet",
            subject=entry.url,
            hint=f"'audobon push {entry.name}' does",
        )


def take_versions(
    stores: Stores,
    depot: Depot,
    entry: Entry,
    cancel: Callable[[], bool],
    *,
    into: History | None = None,
) -> News:
    """Have every object of git that refs of the remote need; no ref moves here yet.

    Refs are read before packs are listed: what a ref needs was there before it.
    Corrupt, naming it, for a ref that stands at what is not there. With a borrowed history as
    ``into`` it has the objects, and nothing of them is noted.
    """
    history = stores.history if into is None else into
    check_lists(stores, depot, entry.name)
    placed = depot.refs()
    check_seen(depot, entry, placed, history)
    known = set(entry.git)
    new = [one for one in depot.gits() if one not in known]
    if any(not history.has_version(one.record.id) for one in placed.values()):
        for pack, data in in_turn(lambda each: (each, depot.git(each)), new, cancel=cancel):
            refuse_pack(stores, data, depot.where(f"git/{pack}.pack"), entry.name)
            take_pack(history, depot, pack, data)
            if into is None:
                change_entry(stores.place, entry.name, _taken(pack))
    for one in placed.values():
        history.cut_at(one.record.ends)
    have = set(stores.history.refs().values())
    tips = [one.record.id for one in placed.values()]
    for ref, one in placed.items():
        if not history.has_version(one.record.id):
            raise Corrupt(
                f"{ref} in {depot.url} stands at version {one.record.id}, which is not there",
                subject=depot.url,
            )
    try:
        fresh = history.fresh([tip for tip in tips if tip not in have], have, cancel=cancel)
    except Corrupt as error:
        raise Corrupt(
            f"{depot.url} lacks a part of the versions that it tells of: {error}",
            subject=depot.url,
            hint="push from a library that has them",
        ) from error
    check_seen(depot, entry, placed, history)
    return News(len(fresh.commits), frozenset(fresh.digests), placed)


def watch_refs(stores: Stores, name: str, news: News) -> None:
    """Note where the refs of a remote stand: ``refs/remotes/<name>/...``, and its tags."""
    history = stores.history
    seen = {}
    tags = {tag.name for tag in history.tags()}
    for ref, one in news.placed.items():
        seen[ref] = Seen(one.record.id, one.record.serial)
        if ref.startswith(_HEADS):
            local = f"refs/remotes/{name}/{ref.removeprefix(_HEADS)}"
            if history.head(local) != one.record.id:
                history.set_ref(local, one.record.id)
        elif ref.startswith(_TAGS) and ref.removeprefix(_TAGS) not in tags:
            history.set_ref(ref, one.record.id)
    change_entry(stores.place, name, lambda entry: evolve(entry, seen={**entry.seen, **seen}))


def take_pack(history: History, depot: Depot, pack: str, data: bytes) -> None:
    """Keep a git pack of a depot. Corrupt, naming the object."""
    try:
        history.take_pack(data)
    except Corrupt as error:
        where = depot.where(f"git/{pack}.pack")
        raise Corrupt(f"{where}: {error}", subject=where) from error


def _taken(pack: str) -> Callable[[Entry], Entry]:
    return lambda entry: evolve(entry, git=tuple({*entry.git, pack}))


def _bytes_of(progress: Progress, entry: Entry) -> Callable[[int, int], None]:
    return lambda done, total: progress(done, total, entry.url)


def _roots(history: History, tip: str) -> list[str]:
    data = history.read(tip, LIBRARY_PATH)
    record = {} if data is None else parse_library(data)
    roots = record.get("roots", [])
    return [str(name) for name in roots] if isinstance(roots, list) else []


def _follow(history: History, branch: str, tip: str) -> tuple[str, ...]:
    """Another branch than the current one: made, or moved where nothing of it is only here."""
    here = history.head(branch)
    if here == tip or (here is not None and history.leads_to(tip, here)):
        return ()
    if here is None:
        history.add_branch(branch, at=tip)
    elif history.leads_to(here, tip):
        history.move_branch(branch, expected=here, to=tip)
    else:
        raise Conflict(
            f"{branch!r} has versions here that are not there, and the other way round",
            subject=branch,
            hint="switch to it, and pull then",
        )
    return (branch,)
