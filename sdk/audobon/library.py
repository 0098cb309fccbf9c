"""The one facade that hosts, scripts and the command line use.

It opens the stores and hands each call to its service; there is no algorithm
here. Heavy parts are imported by the calls that need them, so that opening
and searching load only attrs, apsw, tantivy and the standard library.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from audobon.errors import Invalid, NoLibrary
from audobon.model.asset import AddReport, Asset, AttributeValue, Relationship
from audobon.model.change import UNSET, Change, Edit, Unset
from audobon.model.query import Page
from audobon.model.reference import Reference
from audobon.model.version import Diff, Version
from audobon.services import lookup, place
from audobon.services.stores import Stores
from audobon.system.user import user_name

if TYPE_CHECKING:
    from audobon.services.collections import Catalogs, Sets, Tags
    from audobon.services.doctor import Health
    from audobon.services.ingest import Progress
    from audobon.services.queue import Job
    from audobon.services.restore import Restored
    from audobon.services.stats import Stats
    from audobon.services.verify import Verified
    from audobon.work.runner import Drained

__all__ = ["Library"]

Ref = str | os.PathLike[str] | Asset
"""What names an asset: the asset, its id, a path (absolute or in a root), an entity reference."""


def _never() -> bool:
    return False


class Library:
    """A folder of ordinary files with an Audobon state beside them.

    Open one with :meth:`create` or :meth:`open`, and use it as a context
    manager. Several processes may have one library open at the same time, and
    several threads may share one object. Every call raises a subclass of
    :class:`audobon.errors.AudobonError`.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    # -- opening -----------------------------------------------------------

    @classmethod
    def create(
        cls, path: str | os.PathLike[str], name: str | None = None, *, author: str | None = None
    ) -> Library:
        """Make a library in ``path`` (made if absent) and open it. No asset is added.

        Conflict when there is one already.
        """
        from audobon.services.opening import create

        return cls(create(Path(path), name, author or user_name()))

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        read_only: bool = False,
        *,
        author: str | None = None,
    ) -> Library:
        """Open the library at ``path``. NoLibrary, NewerFormat.

        A damaged catalog is set aside and built again from the history;
        :meth:`doctor` tells of it. Opened ``read_only`` nothing on disk is
        changed, and it works on a disk that cannot be written.
        """
        from audobon.services.opening import open_stores

        return cls(open_stores(Path(path), author or user_name(), read_only=read_only))

    def close(self) -> None:
        """Let go of every file and process; safe to call twice."""
        self._stores.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Library {self.name!r} at {str(self.path)!r}>"

    @property
    def id(self) -> str:
        """32 hex digits that name this library wherever it lies."""
        return self._stores.place.id

    @property
    def name(self) -> str:
        return self._stores.place.name

    @property
    def path(self) -> Path:
        """The folder of the library."""
        return self._stores.place.folder

    @property
    def state_path(self) -> Path:
        """The folder of its state, ``.audobon`` beside the assets where that can work."""
        return self._stores.place.state

    @property
    def read_only(self) -> bool:
        return self._stores.read_only

    # -- assets ------------------------------------------------------------

    def add(
        self,
        paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
        tags: Sequence[str] = (),
        catalog: str | None = None,
        *,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = _never,
    ) -> AddReport:
        """Index files and folders (with everything below) where they lie.

        No byte of them is changed. Unchanged files are not read, moved ones
        keep their identity, tags and history, and one that cannot be read is
        reported in ``failed`` while the rest is added. ``tags`` and
        ``catalog`` are given to new assets only. ``cancel`` is asked between
        files; what was added until then stays, and the same call again goes on
        from there. Previews are queued for :meth:`preview` or a worker.
        """
        from audobon.services import ingest
        from audobon.services.queue import queue_previews

        if isinstance(paths, str | os.PathLike):
            paths = (paths,)
        report = ingest.add(
            self._stores, paths, tags=tags, catalog=catalog, progress=progress, cancel=cancel
        )
        queue_previews(self._stores, (*report.added, *report.updated))
        if report.added or report.updated or report.moved or report.missing:
            self._stores.index.catch_up()
        return report

    def get(self, ref: Ref) -> Asset:
        """The asset that ``ref`` names, as it is now.

        NotFound when there is none, Conflict when a relative path fits in
        several roots. Removed assets are found by their id only.
        """
        return lookup.find(self._stores, ref)

    def assets(self, *, after: str | None = None, limit: int = 500) -> tuple[Asset, ...]:
        """Every asset in the order of being added, a page at a time: ``after`` is the last id."""
        key = 0 if after is None else self.get(after).key
        return self._stores.catalog.iterate(key, limit=limit, states=("present", "missing"))

    def reference(self, ref: Ref, revision: str = "") -> str:
        """The entity reference of an asset: ``audobon://<library id>/<root>/<path>``."""
        asset = self.get(ref)
        return str(Reference(self.id, f"{asset.root}/{asset.path}", revision))

    def remove(self, refs: Ref | Iterable[Ref]) -> Change:
        """Take assets out of the library, as one undoable change. Their files stay."""
        self._stores.need_writable("remove assets")
        ids = [asset.id for asset in lookup.find_all(self._stores, refs)]
        stores = self._stores
        return stores.catalog.remove(ids, author=stores.author, now=stores.now())

    def edit(
        self,
        assets: Ref | Iterable[Ref],
        *,
        add_tags: Sequence[str] = (),
        remove_tags: Sequence[str] = (),
        catalog: str | Unset | None = UNSET,
        rating: int | Unset = UNSET,
        note: str | Unset = UNSET,
        attributes: Mapping[str, AttributeValue | None] | None = None,
        label: str = "",
    ) -> Change:
        """Change the metadata of assets, all in one undoable change.

        ``catalog=None`` takes them out of their catalog; an attribute of None
        is removed. Either everything is changed or nothing. Invalid for a
        rating outside 0..5 or a tag that cannot be written in a query.
        """
        stores = self._stores
        stores.need_writable("edit assets")
        edit = Edit(
            add_tags=_names(add_tags, "add_tags"),
            remove_tags=_names(remove_tags, "remove_tags"),
            catalog=catalog,
            rating=rating,
            note=note,
            attributes=tuple((attributes or {}).items()),
        )
        ids = [asset.id for asset in lookup.find_all(stores, assets)]
        return stores.catalog.edit(ids, edit, label=label, author=stores.author, now=stores.now())

    def undo(self) -> Change | None:
        """Take back the newest undoable change, also of before a restart. None if there is none."""
        self._stores.need_writable("undo")
        return self._stores.catalog.undo(author=self._stores.author, now=self._stores.now())

    def redo(self) -> Change | None:
        """Do again what was undone last. None if nothing is."""
        self._stores.need_writable("redo")
        return self._stores.catalog.redo(author=self._stores.author, now=self._stores.now())

    def changes(self, since: int | None = None, *, limit: int = 1000) -> tuple[Change, ...]:
        """Every change in order, from after the sequence number ``since``; by any process."""
        return self._stores.catalog.changes(since, limit=limit)

    def relate(self, source: Ref, kind: str, target: Ref) -> Change:
        """Record ``source -kind-> target``; kinds are uses, derived_from, variant_of. Undoable."""
        stores = self._stores
        stores.need_writable("relate assets")
        return stores.catalog.relate(
            self.get(source).id,
            kind,
            self.get(target).id,
            author=stores.author,
            now=stores.now(),
        )

    def unrelate(self, source: Ref, kind: str, target: Ref) -> Change:
        """Take a relationship back. Undoable."""
        stores = self._stores
        stores.need_writable("unrelate assets")
        return stores.catalog.unrelate(
            self.get(source).id,
            kind,
            self.get(target).id,
            author=stores.author,
            now=stores.now(),
        )

    def related(
        self, ref: Ref, *, kind: str | None = None, transitive: bool = False
    ) -> tuple[Relationship, ...]:
        """Relationships of an asset in both directions; ``transitive`` follows them further."""
        ident, catalog = self.get(ref).id, self._stores.catalog
        return (
            *catalog.related(ident, kind=kind, transitive=transitive),
            *catalog.related(ident, kind=kind, reverse=True, transitive=transitive),
        )

    def duplicates(self) -> tuple[tuple[Asset, ...], ...]:
        """Groups of assets with equal bytes, largest waste first. Only fully read files count."""
        return self._stores.catalog.duplicates()

    def relink(self) -> AddReport:
        """Look for missing files in all roots; found ones keep identity, tags and history."""
        from audobon.services import ingest

        return ingest.relink(self._stores)

    def record_use(self, ref: Ref, kind: str = "opened", *, host: str = "") -> None:
        """Note that an asset was used (opened, placed, exported); ranks and filters know it."""
        self._stores.need_writable("record a use")
        self._stores.catalog.record_use(self.get(ref).id, kind, host, self._stores.now())

    @property
    def tags(self) -> Tags:
        """Tags with their parents and aliases."""
        from audobon.services.collections import Tags

        return Tags(self._stores)

    @property
    def catalogs(self) -> Catalogs:
        """The tree of catalogs."""
        from audobon.services.collections import Catalogs

        return Catalogs(self._stores)

    @property
    def sets(self) -> Sets:
        """Saved queries."""
        from audobon.services.collections import Sets

        return Sets(self._stores)

    # -- search and pictures ------------------------------------------------

    def search(
        self,
        query: str = "",
        limit: int = 50,
        after: str | None = None,
        sort: str | None = None,
        facets: Sequence[str] = (),
        *,
        typing: bool = False,
    ) -> Page:
        """Assets that match ``query``; the language is in ``docs/search.md``.

        What was saved before the call is found, by whichever process.
        ``after`` is the ``next`` of the page before. ``typing`` takes the last
        word as the beginning of one. QueryError tells where a mistake is.
        """
        from audobon.services.search import search

        if limit < 1:
            raise Invalid(f"limit is {limit}; it is at least 1")
        return search(
            self._stores,
            query,
            limit=limit,
            after=after,
            sort=sort,
            facets=facets,
            typing=typing,
        )

    def find_ids(self, query: str) -> tuple[str, ...]:
        """The ids of all assets that match, however many."""
        from audobon.services.search import all_ids

        return all_ids(self._stores, query)

    def complete(self, prefix: str, *, limit: int = 10) -> tuple[str, ...]:
        """Words of asset names that begin with ``prefix``."""
        from audobon.services.search import complete

        return complete(self._stores, prefix, limit=limit)

    def preview(self, ref: Ref, size: int = 256) -> bytes | None:
        """The preview as encoded image bytes (JPEG or PNG, sRGB), or None while its job runs.

        The longest side is ``size`` pixels at most. Never blocks on decoding:
        a worker process makes it. When none can be made, raises the reason
        (Unsupported for a sound without cover, BadFile for a damaged file).
        """
        from audobon.services.preview import preview

        return preview(self._stores, self.get(ref), size=size)

    # -- history -----------------------------------------------------------

    def commit(
        self,
        message: str,
        *,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = _never,
    ) -> Version:
        """Make a version of every asset as it is on disk and in the catalog now.

        Changed files are noticed by themselves. Returns the newest version
        when nothing differs from it. A file that cannot be read is named in
        ``stats.skipped`` and stands in the version as before.
        """
        from audobon.services.versions import commit

        return commit(self._stores, message, progress=progress, cancel=cancel)

    def log(
        self, ref: Ref | None = None, limit: int = 50, *, revision: str = "HEAD"
    ) -> tuple[Version, ...]:
        """Versions, newest first; with ``ref`` those in which that asset changed."""
        from audobon.services.versions import log

        asset = None if ref is None else self.get(ref)
        return log(self._stores, asset, limit=limit, revision=revision)

    def diff(self, a: str, b: str = "HEAD", ref: Ref | None = None) -> Diff:
        """What changed from revision ``a`` to ``b``; ``"WORKING"`` is the library as it is now."""
        from audobon.services.compare import compare

        return compare(self._stores, a, b, asset=None if ref is None else self.get(ref))

    def restore(
        self, ref: Ref, revision: str, to: str | os.PathLike[str] | None = None
    ) -> Restored:
        """Put a file back as it was at ``revision``, bit for bit.

        In place (at its present path), or at ``to``: a file, or a folder that
        exists. In place, bytes that no version holds are kept in a rescue
        version before they are replaced. The answer is usable as a path.
        """
        from audobon.services.restore import restore

        return restore(
            self._stores,
            os.fspath(ref.id if isinstance(ref, Asset) else ref),
            lookup.find_ever(self._stores, ref),
            revision=revision,
            to=to,
        )

    def verify(
        self,
        part: tuple[int, int] | None = None,
        *,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = _never,
    ) -> Verified:
        """Read every stored byte and check it; ``part=(k, n)`` does the k-th of n parts."""
        from audobon.services.verify import verify

        return verify(self._stores, part=part, progress=progress, cancel=cancel)

    # -- work and health ----------------------------------------------------

    def jobs(self, state: str | None = None, *, limit: int = 200) -> tuple[Job, ...]:
        """Jobs of this library, newest first, whoever asked for them."""
        from audobon.services.queue import jobs

        return jobs(self._stores, state, limit=limit)

    def job(self, ident: int) -> Job:
        """One job by its number. NotFound."""
        from audobon.services.queue import job

        return job(self._stores, ident)

    def start_worker(self) -> None:
        """See that somebody runs the queued jobs: a process of its own, ended when idle.

        Returns at once. Does nothing when one is at work already.
        """
        self._stores.start_worker()

    def work(self, *, linger_s: float = 0.0, cancel: Callable[[], bool] = _never) -> Drained:
        """Run queued jobs in worker processes until none was queued for ``linger_s`` seconds.

        Returns how many were done, failed and so on. Blocks: meant for
        ``audobon worker`` and for scripts, not for a host's main thread.
        """
        from audobon.services.workers import drain

        return drain(self._stores, linger_s=linger_s, cancel=cancel)

    def stats(self) -> Stats:
        """Counts and sizes: assets, versions, chunk store, caches, jobs."""
        from audobon.services.stats import stats

        return stats(self._stores)

    def doctor(self, *, repair: bool = False) -> Health:
        """Check every part of the library and of this machine; with ``repair`` mend what can be."""
        from audobon.services.doctor import doctor

        return doctor(self._stores, repair=repair)


def _names(names: Sequence[str], what: str) -> tuple[str, ...]:
    if isinstance(names, str):
        raise Invalid(f"{what} is the text {names!r}; give a list of names", subject=names)
    return tuple(names)


def find_library(start: str | os.PathLike[str]) -> Path:
    """The nearest folder at or above ``start`` that is a library. NoLibrary when there is none."""
    found = place.find_library(Path(start))
    if found is None:
        raise NoLibrary(
            f"neither {os.path.abspath(start)} nor a folder above it is a library",
            subject=os.fspath(start),
            hint="make one with 'audobon init', or name it with --library",
        )
    return found
