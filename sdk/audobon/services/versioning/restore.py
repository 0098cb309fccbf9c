"""Put a file back as it was at a revision, bit for bit.

Nothing that exists only on disk is lost by it: bytes in the way that no
version holds are stored first and named by a rescue reference. At another
path in the library's folders only bytes that are in the store are written over.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from attrs import evolve, frozen

from audobon.codec.manifest import Manifest, dump_manifest, parse_manifest
from audobon.errors import Conflict, Corrupt, NotFound
from audobon.model.asset import Asset
from audobon.services.core.audit import record
from audobon.services.core.fingerprint import content_digest
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import add
from audobon.services.files.placing import put_content, with_parents
from audobon.services.files.scan import Found, stat_file
from audobon.services.versioning.compare import current_manifest, id_of
from audobon.services.versioning.contents import Contents
from audobon.services.versioning.draft import author_of, tree_path
from audobon.services.versioning.way import holds, need_outside
from audobon.storage.history import TreeChange, manifest_path, pointer
from audobon.system.files import sweep_leftovers, translate_os_error
from audobon.system.names import os_path

__all__ = ["Restored", "place_of", "restore"]

RESCUE_REF = "refs/audobon/rescue"
"""A branch of its own, outside the log, that holds what restore had to overwrite."""


@frozen(slots=True)
class Restored:
    """Where the bytes are now. ``rescued`` is the version that holds what they replaced, if any.

    ``note`` is empty when they are exactly those of the version. Otherwise it
    names the compressor that is missing to make them, and the file has the
    same payload in other bytes.
    """

    path: Path
    asset_id: str
    revision: str
    digest: str
    size: int
    rescued: str = ""
    note: str = ""

    def __fspath__(self) -> str:
        return os.fspath(self.path)


def restore(
    stores: Stores,
    ref: str,
    asset: Asset | None,
    *,
    revision: str,
    to: str | os.PathLike[str] | None,
) -> Restored:
    """See ``Library.restore``. ``asset`` is what ``ref`` means now, None when it is not known."""
    commit = stores.history.resolve(revision)
    manifest = _manifest_at(stores, commit, ref, asset, by_path=asset is None or to is not None)
    if to is not None:
        target = _target(Path(os.path.abspath(os.fspath(to))), manifest)
        need_outside(stores, target)
        _need_bytes(stores, manifest)
        _need_free(stores, target, manifest)
        with_parents(target.parent)
        note = put_content(stores, manifest.digest, target)
        _record(stores, manifest, commit, to=target)
        return Restored(target, manifest.id, commit, manifest.digest, manifest.size, note=note)
    stores.need_writable("put a file back in place")
    with stores.commit_lock():
        return _restore_in_place(stores, commit, manifest, asset)


def _restore_in_place(
    stores: Stores, commit: str, manifest: Manifest, asset: Asset | None
) -> Restored:
    target = place_of(stores, manifest.root, manifest.path, asset)
    _need_bytes(stores, manifest)
    rescued = _rescue(stores, target, manifest, asset)
    with_parents(target.parent)
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o644
    note = put_content(stores, manifest.digest, target, mode=mode)
    sweep_leftovers(target.parent)
    add(stores, [target])
    _record(stores, manifest, commit, rescued=rescued)
    stores.catalog.forget_arrived()
    return Restored(target, manifest.id, commit, manifest.digest, manifest.size, rescued, note)


def place_of(stores: Stores, root: str, path: str, asset: Asset | None) -> Path:
    """Where a file of a version belongs: where its asset is now, else where it was.

    NotFound where its root has no folder on this machine.
    """
    if asset is not None and asset.state != "removed":
        return Path(asset.file)
    folder = next((one.folder for one in stores.roots() if one.name == root), None)
    if folder is None:
        raise NotFound(
            f"the root {root} of {path} has no folder on this machine",
            subject=path,
            hint="say where to put the file",
        )
    return Path(os_path(folder), os_path(path))


def _record(
    stores: Stores, manifest: Manifest, commit: str, *, to: Path | None = None, rescued: str = ""
) -> None:
    where = {"to": to, "rescued": rescued, "version": commit}
    record(stores, "restore", manifest.path, assets=[manifest.id], before=False, **where)


def _manifest_at(
    stores: Stores, commit: str, ref: str, asset: Asset | None, *, by_path: bool
) -> Manifest:
    """What ``ref`` was at a version: the same asset, else whatever lay at that path.

    ``by_path`` is off in place: there another asset's bytes would replace
    those of the one that has the path now.
    """
    history = stores.history
    if asset is not None:
        data = history.read(commit, manifest_path(asset.id))
        if data is not None:
            manifest = parse_manifest(data)
            if manifest.state == "present":
                return manifest
    if by_path:
        found = _by_path(stores, commit, ref)
        if found is not None:
            return found
    raise NotFound(
        f"{ref} is not in version {commit[:10]}",
        subject=ref,
        hint="'audobon log' with the asset lists the versions that have it",
    )


def _by_path(stores: Stores, commit: str, ref: str) -> Manifest | None:
    """A file that only an old version knows: looked up in the version's own manifests."""
    history = stores.history
    for path, blob in history.walk(commit, prefix=b".audobon/assets"):
        if id_of(path) == ref:
            return parse_manifest(history.blob(blob))
        manifest = parse_manifest(history.blob(blob))
        if manifest.state == "present" and ref in (
            manifest.path,
            f"{manifest.root}/{manifest.path}",
        ):
            return manifest
    return None


def _need_bytes(stores: Stores, manifest: Manifest) -> None:
    """Corrupt when the store has lost every trace of a file that a version names."""
    try:
        stores.chunks.size(manifest.digest)
    except NotFound as error:
        raise Corrupt(
            f"the bytes of {manifest.path} are not in the chunk store any more: {error}",
            subject=manifest.path,
            hint="'audobon doctor --repair' stores it again if it still lies on disk",
        ) from error


def _target(to: Path, manifest: Manifest) -> Path:
    return to / os_path(manifest.path.rpartition("/")[2]) if to.is_dir() else to


def _need_free(stores: Stores, target: Path, manifest: Manifest) -> None:
    """Conflict where something lies at ``target``, in a folder of the library, that it could not
    bring back. Elsewhere whoever names a path has it written over, as any program does."""
    roots = (Path(os_path(root.folder)) for root in stores.roots())
    if not any(target.is_relative_to(root) for root in roots):
        return
    if not os.path.lexists(target) or holds(target, manifest):
        return
    if target.is_file():
        try:
            if target.stat().st_size == 0:
                return  # as programs make them to have a name
            digest, _ = content_digest(str(target))
        except OSError as error:
            raise translate_os_error(error, target) from error
        if stores.chunks.has(digest):
            return
    raise Conflict(
        f"{target} is there already with bytes that no version has; it is not written over",
        subject=str(target),
        hint="name another path, or take it away first",
    )


def _rescue(stores: Stores, target: Path, manifest: Manifest, asset: Asset | None) -> str:
    """Keep what lies at ``target`` if no version has it; the rescue version's id or empty.

    It has the asset's manifest too, so that it is restored as from any other version.
    """
    found = stat_file(str(target))
    if not isinstance(found, Found):
        return ""
    history = stores.history
    with Contents(stores) as contents:
        stored = contents.keep(str(target))
        if stored.digest in (manifest.digest, _head_digest(stores, manifest)):
            return ""
        contents.flush()
    kept = manifest
    if asset is not None and asset.state != "removed":
        kept = current_manifest(stores, asset)
    kept = evolve(kept, state="present", digest=stored.digest, size=stored.size)
    version = history.commit(
        [
            TreeChange(tree_path(kept.root, kept.path), pointer(stored.digest, stored.size)),
            TreeChange(manifest_path(kept.id), dump_manifest(kept)),
        ],
        message=f"Kept before {manifest.path} was restored",
        author=author_of(stores.author),
        time=stores.now(),
        expected=history.head(RESCUE_REF),
        ref=RESCUE_REF,
    )
    return version.id


def _head_digest(stores: Stores, manifest: Manifest) -> str:
    head = stores.history.head()
    data = None if head is None else stores.history.read(head, manifest_path(manifest.id))
    return "" if data is None else parse_manifest(data).digest
