"""What a pull, a fetch or a clone would bring, before it does.

It is rehearsed: the same small objects are read as the transfer reads, counted; versions go
into a history that is dropped again; and of the bytes of files only the lists of what they are
made of are read. Nothing comes into the library, and no ref moves.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from audobon.codec.manifest import Manifest, parse_manifest
from audobon.errors import Invalid, NotFound, Unavailable
from audobon.model.asset import Asset
from audobon.model.estimate import Estimate, TransferEstimate
from audobon.model.remote import FetchReport, PullReport
from audobon.services.core.stores import Stores
from audobon.services.depot import Depot, FetchPlan
from audobon.services.depot.pictures import pictures_to_fetch
from audobon.services.depot.results import results_to_fetch
from audobon.services.places.ondemand import Staying
from audobon.services.places.remotebook import Entry, check_limit, need_entry, read_book
from audobon.services.places.remoteplace import Opened, depot_of, open_remote
from audobon.services.purge.guard import book_at
from audobon.services.sync.pulling import need_pushed, take_pack, take_versions
from audobon.services.sync.sharing import LibraryTables, known_to_a_clone
from audobon.services.versioning.way import file_of, shown
from audobon.storage.history import History
from audobon.storage.objects import CountStore, Work, estimate, together
from audobon.storage.vault import Secret
from audobon.system.scratch import private_folder

__all__ = ["Rehearsal", "clone_would", "fetch_would", "pull_would"]

_ASSETS = b".audobon/assets"
_HEADS = "refs/heads/"


class Rehearsal:
    """Small objects of a place read and counted, with what would be asked beside them.

    ``counted`` is below what ``outer`` keeps of the place here; else its store is counted.
    """

    def __init__(self, outer: Depot, counted: CountStore | None = None) -> None:
        self.store = CountStore(outer.store) if counted is None else counted
        self.depot = outer
        if counted is None:
            self.depot = Depot(self.store, outer.folder, outer.files, outer.key)
        self._more = Work(stats=2, lists=1)  # the place is opened, and asked for a vault

    def expect(self, more: Work) -> None:
        """The transfer asks for this too."""
        self._more = _both(self._more, more)

    def estimate(self, url: str) -> Estimate:
        return estimate(url, _both(self.store.work(), self._more))

    def close(self) -> None:
        self.depot.close()


def _both(one: Work, other: Work) -> Work:
    return Work(
        puts=(*one.puts, *other.puts),
        adds=(*one.adds, *other.adds),
        fetches=(*one.fetches, *other.fetches),
        gets=(*one.gets, *other.gets),
        listed=one.listed + other.listed,
        stats=one.stats + other.stats,
        lists=one.lists + other.lists,
    )


def pull_would(
    stores: Stores,
    name: str,
    *,
    branch: str | None,
    lazy: bool | None,
    passphrase: str | Secret | None,
    cancel: Callable[[], bool],
) -> PullReport:
    """See ``Library.pull`` with ``dry_run``."""
    stores.need_writable("pull")
    entry = need_entry(stores.place, name)
    current = stores.history.current_branch()
    wanted = branch or current
    whole = not (read_book(stores.place).lazy if lazy is None else lazy)
    with (
        depot_of(stores, entry, passphrase=passphrase) as outer,
        contextlib.closing(Rehearsal(_warm(outer, cancel))) as made,
        stores.history.borrowed() as history,
    ):
        depot = made.depot
        need_pushed(stores, depot, entry)
        news = take_versions(stores, depot, entry, cancel, into=history)
        depot.contents.refresh(cancel=cancel)
        plan = FetchPlan(depot, stores.chunks)
        if whole:
            plan.add(news.digests, cancel=cancel)
        pictures, sizes = pictures_to_fetch(depot, stores.previews)
        results, more = results_to_fetch(depot, LibraryTables(stores).known)
        depot.locks()
        made.expect(Work(gets=[*sizes, *more], stats=1))  # stat of the locks put from here
        tip = news.placed.get(_HEADS + wanted)
        if tip is not None and wanted == current:
            found = plan.missing(_written(stores, history, tip.record.id))
            if needed := found - plan.lacking:
                depot.close()  # a merge asks anew
                depot.contents.refresh(cancel=cancel)
                plan.add(needed, cancel=cancel)
        made.expect(Work(gets=plan.reads))
        return PullReport(
            *(name, wanted, news.versions, plan.files, plan.size, pictures),
            lacking=tuple(sorted(plan.lacking)),
            dry_run=True,
            estimate=made.estimate(entry.url),
            results=results,
        )


def fetch_would(
    stores: Stores, assets: Sequence[Asset], *, cancel: Callable[[], bool]
) -> FetchReport:
    """See ``Library.fetch`` with ``dry_run``."""
    stores.need_writable("fetch files")
    away = [asset for asset in assets if asset.state == "remote"]
    if any(not asset.digest for asset in away):
        raise Invalid("an asset without a digest was never committed, so no remote has it")
    left = stores.chunks.missing({asset.digest for asset in away})
    told: list[Estimate] = []
    failed: Unavailable | NotFound | None = None
    for entry in read_book(stores.place).remotes:
        if not left:
            break
        try:
            with (
                depot_of(stores, entry) as outer,
                contextlib.closing(Rehearsal(_warm(outer, cancel, pictures=False))) as made,
            ):
                made.depot.contents.refresh(cancel=cancel)
                plan = FetchPlan(made.depot, stores.chunks)
                plan.add(left, cancel=cancel)
                made.expect(Work(gets=plan.reads))
                left = frozenset(plan.lacking)
                told.append(made.estimate(entry.url))
        except (Unavailable, NotFound) as error:
            failed = failed or error
    if left and failed is not None:
        raise Unavailable(
            f"a remote cannot be asked for {len(left)} files: {failed}",
            subject=failed.subject,
            hint="try again when it is there",
        ) from failed
    come = [asset for asset in away if asset.digest not in left and not Path(asset.file).exists()]
    return FetchReport(
        tuple(sorted(f"{asset.root}/{asset.path}" for asset in come)),
        sum(asset.size for asset in come),
        tuple(sorted(left)),
        dry_run=True,
        estimate=together(told),
    )


def clone_would(
    url: str,
    passphrase: str | Secret | None,
    *,
    branch: str | None,
    lazy: bool,
    impersonate: str,
    limit: int | None,
    cancel: Callable[[], bool],
) -> TransferEstimate:
    """See ``Library.estimate_clone``."""
    check_limit(limit, url)
    entry = Entry("origin", url, Stores.now(), impersonate_service_account=impersonate, limit=limit)
    opened = open_remote(entry, passphrase)
    try:
        with (
            _cold(opened) as made,
            TemporaryDirectory(prefix="audobon-versions-", dir=private_folder()) as folder,
        ):
            depot = made.depot
            header = depot.header()
            if header is None:
                raise NotFound(f"{url} holds no library", subject=url, hint="push to it first")
            book_at(depot)
            depot.refs()  # for what was purged
            placed = depot.refs()
            wanted = branch or header.head
            tip = placed.get(_HEADS + wanted)
            if tip is None:
                raise NotFound(f"the remote has no branch {wanted!r}", subject=wanted)
            packs = depot.gits()
            plan, versions = FetchPlan(depot, None), None
            depot.contents.refresh(cancel=cancel)
            _, sizes = pictures_to_fetch(depot, None)
            _, more = results_to_fetch(depot, known_to_a_clone())
            depot.locks()
            made.expect(Work(gets=[*sizes, *more], stats=1))
            if lazy:
                made.expect(Work(gets=[depot.git_size(name) for name in packs]))
            else:
                with History.create(Path(folder, "history.git")) as history:
                    for name in packs:
                        take_pack(history, depot, name, depot.git(name))
                    for one in placed.values():
                        history.cut_at(one.record.ends)
                    ends = [one.record.id for one in placed.values()]
                    versions = len(history.fresh(ends, (), cancel=cancel).commits)
                    digests = {one.digest for one in _present(history, tip.record.id)}
                depot.close()  # fetching asks anew
                depot.contents.refresh(cancel=cancel)
                plan.add(digests, cancel=cancel)
                made.expect(Work(gets=plan.reads))
            told = made.estimate(url)
    finally:
        opened.close()
    return TransferEstimate(
        *(url, versions, plan.files, told.down, told), lacking=tuple(sorted(plan.lacking))
    )


def _present(history: History, version: str) -> Iterator[Manifest]:
    for _, blob in history.walk(version, prefix=_ASSETS):
        manifest = parse_manifest(history.blob(blob))
        if manifest.state == "present":
            yield manifest


def _written(stores: Stores, history: History, tip: str) -> set[str]:
    """The contents that a merge of ``tip`` writes, as far as nothing of it is in conflict."""
    here = stores.history.head()
    base = None if here is None else history.merge_base(here, tip)
    stays = Staying.of(stores)
    found = set()
    for change in history.changed(base, tip, prefix=_ASSETS):
        was, will = (
            None if blob is None else parse_manifest(history.blob(blob))
            for blob in (change.old, change.new)
        )
        if was is not None and was.state != "present":
            was = None
        if will is None or will.state != "present":
            continue
        if was is not None and (shown(was), was.digest) == (shown(will), will.digest):
            continue
        if not _away(stores, stays, was, will):
            found.add(will.digest)
    return found


def _away(stores: Stores, stays: Staying, was: Manifest | None, will: Manifest) -> bool:
    try:
        return stays.away(was, will, file_of(stores, will))
    except NotFound:  # its root is made by the pull
        return stays.lazy if was is None else will.id in stays.known


def _warm(outer: Depot, cancel: Callable[[], bool], *, pictures: bool = True) -> Depot:
    """What is kept of the depot here made current, so that it is not counted: it stays."""
    outer.contents.refresh(cancel=cancel)
    if pictures:
        pictures_to_fetch(outer, None)
        results_to_fetch(outer)
    outer.close()
    return outer


@contextlib.contextmanager
def _cold(opened: Opened) -> Iterator[Rehearsal]:
    """A place of which nothing is known yet."""
    with (
        TemporaryDirectory(
            prefix="audobon-estimate-", dir=private_folder(), ignore_cleanup_errors=True
        ) as folder,
        contextlib.closing(Rehearsal(Depot(opened.place.store, Path(folder)))) as made,
    ):
        yield made
