"""Calls about assets and their metadata."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from audobon.errors import Invalid
from audobon.facade.base import Base, Ref, never
from audobon.facade.measuring import measured
from audobon.model.asset import AddReport, Asset, AttributeValue
from audobon.model.change import UNSET, Change, Edit, Unset
from audobon.services.core import lookup

if TYPE_CHECKING:
    from audobon.model.lock import BrokenLock, Lock
    from audobon.model.scenecheck import SceneCheck, SceneOffer
    from audobon.model.textureset import TextureSet
    from audobon.services.files.ingest import Progress
    from audobon.services.vocabulary.collections import Catalogs, Sets, Tags

__all__ = ["AssetCalls"]


class AssetCalls(Base):
    """Adding, editing, relating and locking assets, and their vocabulary."""

    @measured("add")
    def add(
        self,
        paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
        tags: Sequence[str] = (),
        catalog: str | None = None,
        *,
        list_unchanged: bool = True,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> AddReport:
        """Index files and folders (with everything below) where they lie.

        No byte of them is changed. Unchanged files are not read, moved ones
        keep their identity, tags and history, and one that cannot be read is
        reported in ``failed`` while the rest is added. ``tags`` and
        ``catalog`` are given to new assets only. ``cancel`` is asked between
        files; what was added until then stays, and the same call again goes on
        from there. Previews are queued for :meth:`preview` or a worker.
        Without ``list_unchanged`` the report's ``unchanged`` stays empty: a
        hundred thousand assets that nobody asks for are much to load, and each
        collection of Python's garbage meanwhile holds up the whole process.
        """
        from audobon.services.core.queue import queue_previews
        from audobon.services.files import ingest
        from audobon.services.finding.resolving import lead

        if isinstance(paths, str | os.PathLike):
            paths = (paths,)
        report = ingest.add(
            *(self._stores, paths),
            tags=tags,
            catalog=catalog,
            list_unchanged=list_unchanged,
            progress=progress,
            cancel=cancel,
        )
        for _, error in report.failed:
            self._stores.meter.error("add", error)
        queue_previews(self._stores, (*report.added, *report.updated))
        if report.added or report.updated or report.moved or report.missing:
            self._stores.index.catch_up()
            lead(self._stores, (*report.added, *report.updated, *report.moved))
        return report

    def assets(self, *, after: str | None = None, limit: int = 500) -> tuple[Asset, ...]:
        """Every asset in the order of being added, a page at a time: ``after`` is the last id."""
        key = 0 if after is None else self.get(after).key
        return self._stores.catalog.iterate(key, limit=limit, states=("present", "missing"))

    def reference(self, ref: Ref, revision: str = "") -> str:
        """The entity reference of an asset: ``audobon://<library id>/<root>/<path>``."""
        from audobon.model.reference import Reference

        asset = self.get(ref)
        return str(Reference(self._stores.place.id, f"{asset.root}/{asset.path}", revision))

    def scripts(self, ref: Ref, *, cancel: Callable[[], bool] = never) -> SceneCheck:
        """What in a scene would run in a Blender, and which files it is linked to.

        A worker reads the file and runs nothing. Empty for what is no .blend
        file. NotFound when the file is gone; BadFile, LimitExceeded,
        Unsupported (32 bits) and MissingExtra when it cannot be told.
        """
        from audobon.model.scenecheck import SceneCheck
        from audobon.services.merge.scenes import check_scene

        asset = self.get(ref)
        if asset.format != "blend":
            return SceneCheck()
        return check_scene(self._stores, asset.file, cancel=cancel)

    def offers(
        self, ref: Ref, *, boxes: bool = False, cancel: Callable[[], bool] = never
    ) -> tuple[SceneOffer, ...]:
        """What of a scene can be brought into another one, by name. As :meth:`scripts`.

        With ``boxes`` also how large it is, for which the whole file is read.
        """
        from audobon.services.merge.scenes import scene_offers

        asset = self.get(ref)
        if asset.format != "blend":
            return ()
        return scene_offers(self._stores, asset.file, boxes=boxes, cancel=cancel)

    def texture_set(self, ref: Ref, *, size: str | None = None) -> TextureSet | None:
        """The maps of one material that a picture is one of, by the names beside it.

        With ``size`` (``2k``) those of the bundle in this size, or the nearest
        where a map is not there in it; NotFound where none is.
        None where it stands alone. ``docs/textures.md`` tells what is recognised.
        """
        from audobon.services.finding.bundles import bundle
        from audobon.services.finding.texturesets import set_of

        asset = self.get(ref)
        if size is None:
            return set_of(self._stores, asset)
        found = bundle(self._stores, asset)
        return None if found is None else found.maps(size)

    def scripts_in(
        self, path: str | os.PathLike[str], *, cancel: Callable[[], bool] = never
    ) -> SceneCheck:
        """As :meth:`scripts` for any .blend file, in the library or not."""
        from audobon.services.merge.scenes import check_scene

        return check_scene(self._stores, os.fspath(path), cancel=cancel)

    def offers_in(
        self, path: str | os.PathLike[str], *, cancel: Callable[[], bool] = never
    ) -> tuple[SceneOffer, ...]:
        """As :meth:`offers` for any .blend file, in the library or not."""
        from audobon.services.merge.scenes import scene_offers

        return scene_offers(self._stores, os.fspath(path), cancel=cancel)

    @measured("edit")
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
        ids = lookup.ids_of(stores, assets)
        return stores.catalog.edit(ids, edit, label=label, author=stores.author, now=stores.now())

    @measured("undo")
    def undo(self, *, force: bool = False, cancel: Callable[[], bool] = never) -> Change | None:
        """Take back the newest undoable change, also of before a restart. None if there is none.

        A merge is one such change: its branch goes back to the version before,
        files and metadata with it. Conflict when that would overwrite
        uncommitted work; with ``force`` it is kept in a rescue version first.
        """
        from audobon.services.versioning.undoing import undo

        return undo(self._stores, force=force, cancel=cancel)

    @measured("redo")
    def redo(self, *, force: bool = False, cancel: Callable[[], bool] = never) -> Change | None:
        """Do again what was undone last. None if nothing is. As :meth:`undo`."""
        from audobon.services.versioning.undoing import redo

        return redo(self._stores, force=force, cancel=cancel)

    def changes(self, since: int | None = None, *, limit: int = 1000) -> tuple[Change, ...]:
        """Every change in order, from after the sequence number ``since``; by any process."""
        return self._stores.catalog.changes(since, limit=limit)

    @property
    def clock(self) -> int:
        """A number that is another one after any change of any process; reading it is cheap."""
        return self._stores.catalog.clock()

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

    def duplicates(self) -> tuple[tuple[Asset, ...], ...]:
        """Groups of assets with equal bytes, largest waste first. Only fully read files count."""
        return self._stores.catalog.duplicates()

    def relink(self) -> AddReport:
        """Look for missing files in all roots; found ones keep identity, tags and history."""
        from audobon.services.files import ingest

        return ingest.relink(self._stores)

    def lock(
        self,
        ref: Ref,
        *,
        program: str = "",
        lease: timedelta = timedelta(hours=12),
        keep: bool = False,
    ) -> Lock:
        """Tell others that an asset is being worked on; again, to renew it. Advisory.

        Free again after :meth:`unlock`, when this object is closed or its
        process ends in any way, and for other machines when the lease is over.
        ``keep`` ties it to the lease alone, and it stays so when it is renewed
        without. Conflict, naming who and where, when somebody else has it.
        """
        from audobon.services.core.locking import lock

        return lock(self._stores, self.get(ref), program=program, lease=lease, keep=keep)

    def unlock(self, ref: Ref, *, force: bool = False) -> bool:
        """Let go of an asset; whether it was locked. Conflict for another's lock without force.

        Whoever had a lock that is taken away by ``force`` is told: :meth:`broken_locks`.
        """
        from audobon.services.core.locking import unlock

        return unlock(self._stores, self.get(ref), force=force)

    def locks(self) -> tuple[Lock, ...]:
        """Every lock that holds now, in the order of paths."""
        from audobon.services.core.locking import locks

        return locks(self._stores)

    def broken_locks(self) -> tuple[BrokenLock, ...]:
        """Locks of this author on this machine that somebody took away, the newest last.

        Of the last week, until the asset is locked here again, or unlocked. A lock that was broken
        through another copy of the library is not among them.
        """
        from audobon.services.core.locking import broken_locks

        return broken_locks(self._stores)

    @property
    def tags(self) -> Tags:
        """Tags with their parents and aliases."""
        from audobon.services.vocabulary.collections import Tags

        return Tags(self._stores)

    @property
    def catalogs(self) -> Catalogs:
        """The tree of catalogs."""
        from audobon.services.vocabulary.collections import Catalogs

        return Catalogs(self._stores)

    @property
    def sets(self) -> Sets:
        """Saved queries."""
        from audobon.services.vocabulary.collections import Sets

        return Sets(self._stores)


def _names(names: Sequence[str], what: str) -> tuple[str, ...]:
    if isinstance(names, str):
        raise Invalid(f"{what} is the text {names!r}; give a list of names", subject=names)
    return tuple(names)
