"""A library made anew from a snapshot, on a machine that has nothing of it.

``library.toml`` comes last: before it there is no library, and whoever was
killed half-way calls again and goes on. Bytes that lie in the way are never
written over.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Mapping, Set
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from attrs import frozen

from audobon.codec.manifest import Manifest, parse_manifest
from audobon.errors import AudobonError, Cancelled, Conflict, Corrupt
from audobon.model.snapshot import Snapshot
from audobon.services.core.place import Place, create_place, parse_settings, write_library_file
from audobon.services.core.stores import Stores
from audobon.services.depot.fetching import Prove
from audobon.services.files.ingest import Progress
from audobon.services.files.placing import Wanted, put_contents
from audobon.services.places.ondemand import supplier
from audobon.services.places.recoverplaces import in_place
from audobon.services.versioning.capturing import read_settings_files, write_settings_files
from audobon.services.versioning.opening import begun
from audobon.services.versioning.way import file_of, holds, shown
from audobon.storage.catalog import Catalog
from audobon.storage.history import History
from audobon.storage.sqlite import need_ciphers, under_key
from audobon.system.files import sweep_leftovers, write_atomic
from audobon.system.locks import FileLock
from audobon.system.names import os_path, text_path

if TYPE_CHECKING:
    from audobon.storage.chunks import ChunkStore
    from audobon.storage.vault.library import LibraryKeys

__all__ = ["Recovered", "Source", "recover"]

_MARK = "recovering.txt"
_ASSETS = b".audobon/assets"
_MOST = 3  # paths named in a refusal


@frozen(slots=True)
class Recovered:
    """What came of a recovery. ``failed`` files could not be had; all else is there.

    ``notes`` are of files with the same payload in other bytes, as in ``Restored``.
    """

    snapshot: Snapshot
    files: int
    bytes: int
    failed: tuple[tuple[str, AudobonError], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()


class Source(Protocol):
    """A place of snapshots as a recovery sees it."""

    def versions(self, history: History, snapshot: Snapshot) -> set[str]:
        """Take in every version of a snapshot; the sha256 of all files that new ones name."""
        ...

    def files(
        self,
        chunks: ChunkStore,
        digests: Set[str],
        *,
        prove: Prove | None = None,
        progress: Progress | None,
        cancel: Callable[[], bool],
    ) -> Mapping[str, AudobonError]:
        """Take in the bytes of files; why some of them cannot be had. ``prove``: see ``fetch``."""
        ...


def recover(
    opened: Callable[[Place], AbstractContextManager[Source]],
    snapshot: Snapshot,
    folder: Path,
    *,
    seal: Callable[[Path], LibraryKeys] | None,
    author: str,
    roots: Mapping[str, str],
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> tuple[Stores, Recovered]:
    """Make the library of ``snapshot`` in ``folder``; roots outside of it lie as ``roots`` say.

    A root that ``roots`` does not name becomes a folder of its name in ``folder``.
    ``opened`` gives the source for the length of a block. ``seal`` makes the keys of a library that
    is to be encrypted.
    """
    if seal is not None:
        need_ciphers()
    place = create_place(folder, snapshot.name, ident=snapshot.library)
    with FileLock(place.locks / "create.lock"):
        place = begun(place, seal)
        _begin(place, snapshot)
        with contextlib.ExitStack() as stack:
            history = _history(place)
            stack.callback(history.close)
            source = stack.enter_context(opened(place))
            named = source.versions(history, snapshot)
            for name, version in snapshot.refs.items():
                history.set_ref(name, version)
            if f"refs/heads/{snapshot.branch}" in snapshot.refs:
                history.switch(snapshot.branch)
            with _chunks(place) as chunks:
                own = chunks.missing((snapshot.catalog.digest, snapshot.settings.digest))
                _need_own(snapshot, source.files(chunks, own, progress=None, cancel=cancel))
                settings = read_settings_files(chunks.read(snapshot.settings.digest))
                _catalog(place, chunks, snapshot, roots)
            stores = Stores.open(place, author=author, read_only=False, supplier=supplier)
            try:
                plan = _plan(stores, snapshot)
                missing = stores.chunks.missing(named)
                with in_place(place, plan.first, cancel) as prove:
                    failed = source.files(
                        stores.chunks, missing, prove=prove, progress=progress, cancel=cancel
                    )
                done = _files(stores, snapshot, plan, failed, prove.notes, progress, cancel)
                write_settings_files(place, settings)
                write_library_file(
                    place, stores.roots(), parse_settings(settings.get("library.toml", ""))
                )
                (place.state / _MARK).unlink(missing_ok=True)
            except BaseException:
                stores.close()
                raise
    return stores, done


def _begin(place: Place, snapshot: Snapshot) -> None:
    """Note what is made here. What another snapshot has left half-way gives way; packs stay."""
    mark = place.state / _MARK
    try:
        same = mark.read_text("ascii") == snapshot.id
    except (OSError, ValueError):
        same = False
    if not same and place.catalog.exists() and not mark.exists():
        raise Conflict(
            f"{place.state} has a catalog but is no library",
            subject=str(place.state),
            hint="recover into an empty folder",
        )
    write_atomic(mark, snapshot.id.encode())
    # Small beside the bytes, and a half-made one tells nothing: begun anew.
    shutil.rmtree(place.history, ignore_errors=True)
    for left in place.state.glob("catalog*.db*"):
        left.unlink(missing_ok=True)


def _history(place: Place) -> History:
    return History.create(place.history, key=place.key)


def _chunks(place: Place) -> ChunkStore:
    from audobon.storage.chunks import ChunkStore

    return ChunkStore(place.chunks, index_key=place.key, files=place.packs, small=place.files)


def _need_own(snapshot: Snapshot, failed: Mapping[str, AudobonError]) -> None:
    for name, file in (("catalog", snapshot.catalog), ("settings", snapshot.settings)):
        if file.digest in failed:
            raise Corrupt(
                f"the {name} of snapshot {snapshot.id} cannot be had: {failed[file.digest]}",
                subject=snapshot.id,
                hint="recover another snapshot of the place, or repair the place first",
            ) from failed[file.digest]


def _catalog(
    place: Place, chunks: ChunkStore, snapshot: Snapshot, folders: Mapping[str, str]
) -> None:
    """The catalog as it was, its roots where they lie on this machine."""
    new = place.state / "catalog-new.db"
    if place.key is None:
        chunks.restore(snapshot.catalog.digest, new, mode=0o600)
    else:
        data = chunks.read(snapshot.catalog.digest, limit=snapshot.catalog.size)
        under_key(data, new, place.key)
    catalog = Catalog.open(new, key=place.key)
    try:
        if problems := catalog.check(full=True):
            raise Corrupt(
                f"the catalog of snapshot {snapshot.id} is damaged: {problems[0]}",
                subject=snapshot.id,
            )
        here = text_path(str(place.folder))
        for number, root in enumerate(catalog.roots()):
            if "/" in root.name or root.name in (".", "..", ""):
                raise Corrupt(f"the catalog has a root {root.name!r}", subject=root.name)
            home = here if number == 0 else f"{here}/{root.name}"
            wanted = (
                text_path(os.path.abspath(folders[root.name])) if root.name in folders else home
            )
            if root.folder != wanted:
                catalog.move_root(root.key, wanted)
    finally:
        catalog.close()
    new.replace(place.catalog)


@frozen(slots=True)
class _Plan:
    """The files of a snapshot, and where each goes, by how it is shown."""

    manifests: list[Manifest]
    targets: dict[str, Path]
    first: dict[str, Path]
    """By digest, one place of each file that is not there yet."""


def _plan(stores: Stores, snapshot: Snapshot) -> _Plan:
    """Conflict where other bytes lie in the way, before anything is fetched.

    What was at a remote only stays there: the snapshot never had it.
    """
    away, lacking = stores.catalog.away(), frozenset(snapshot.lacking)
    manifests = [
        manifest
        for _, blob in stores.history.walk(snapshot.version, prefix=_ASSETS)
        if (manifest := parse_manifest(stores.history.blob(blob))).state == "present"
        and not (manifest.id in away and manifest.digest in lacking)
    ]
    targets = {shown(one): _inside(stores, one) for one in manifests}
    for left in {target.parent for target in targets.values()}:
        sweep_leftovers(left, older_s=0.0)  # nobody but a recovery that was cut off wrote here
    there = {name for name, target in targets.items() if os.path.lexists(target)}
    in_the_way = sorted(
        shown(one)
        for one in manifests
        if shown(one) in there and not holds(targets[shown(one)], one)
    )
    if in_the_way:
        raise Conflict(
            f"{len(in_the_way)} files lie in the way with other bytes, "
            f"{', '.join(in_the_way[:_MOST])} first; nothing is written over",
            subject=in_the_way[0],
            hint="recover into an empty folder",
        )
    first = {one.digest: targets[shown(one)] for one in manifests if shown(one) not in there}
    return _Plan(manifests, targets, first)


def _files(
    stores: Stores,
    snapshot: Snapshot,
    plan: _Plan,
    failed: Mapping[str, AudobonError],
    made: Mapping[str, str],
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> Recovered:
    """What was not made in its place while it was proved: what was here, and further places."""
    manifests, targets = plan.manifests, plan.targets
    wanted = [
        Wanted(one.digest, one.size, targets[shown(one)])
        for one in manifests
        if one.digest not in failed and not targets[shown(one)].exists()
    ]
    lacking = [(shown(one), failed[one.digest]) for one in manifests if one.digest in failed]
    names = {str(path): name for name, path in targets.items()}
    notes = [
        (name, made[one.digest])
        for one in manifests
        if one.digest in made and targets[name := shown(one)] == plan.first.get(one.digest)
    ]
    placing = put_contents(stores, wanted, cancel=cancel, durable=False)
    for number, placed in enumerate(placing, 1):
        name = names[str(placed.wanted.target)]
        if isinstance(placed.error, Cancelled):
            raise Cancelled("recovering was cancelled; the same call again goes on")
        if placed.error is not None:
            lacking.append((name, placed.error))
        if placed.note:
            notes.append((name, placed.note))
        if progress is not None:
            progress(number, len(wanted), name)
    _date(stores, manifests, targets)
    return Recovered(
        snapshot,
        files=len(manifests) - len(lacking),
        bytes=sum(one.size for one in manifests) - _size_of(manifests, lacking),
        failed=tuple(sorted(lacking, key=lambda one: one[0])),
        notes=tuple(sorted(notes)),
    )


def _inside(stores: Stores, manifest: Manifest) -> Path:
    """Where a file goes. Corrupt for a manifest that leads out of its root or into the state."""
    target = Path(os.path.normpath(file_of(stores, manifest)))
    home = next(Path(os_path(one.folder)) for one in stores.roots() if one.name == manifest.root)
    inside = target != home and target.is_relative_to(home)
    if not inside or target.is_relative_to(stores.place.state):
        raise Corrupt(
            f"the snapshot has a file {shown(manifest)!r}, which would lie outside of its root",
            subject=shown(manifest),
        )
    return target


def _size_of(manifests: list[Manifest], lacking: list[tuple[str, AudobonError]]) -> int:
    names = {name for name, _ in lacking}
    return sum(one.size for one in manifests if shown(one) in names)


def _date(stores: Stores, manifests: list[Manifest], targets: Mapping[str, Path]) -> None:
    """Give files the time stamps that the catalog knows, so that none counts as changed."""
    digests = {one.id: (one.digest, targets[shown(one)]) for one in manifests}
    for asset in stores.catalog.by_ids(list(digests)):
        digest, path = digests[asset.id]
        if digest == asset.digest and asset.mtime_ns > 0:
            with contextlib.suppress(OSError):
                os.utime(path, ns=(asset.mtime_ns, asset.mtime_ns))
