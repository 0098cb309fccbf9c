"""What lies between the library as it is and a version: files to write and remove, and obstacles.

Nothing is changed here; :mod:`audobon.services.versioning.adopt` goes the way.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from attrs import define, field

from audobon.codec.manifest import Manifest, parse_manifest
from audobon.codec.words import counted
from audobon.errors import Conflict, Corrupt, Invalid, NotFound, Unsupported
from audobon.model.branch import SwitchPlan
from audobon.model.version import DiffEntry, FieldChange, Pointer
from audobon.services.core.fingerprint import content_digest
from audobon.services.core.stores import Stores
from audobon.services.places.ondemand import Staying, supplied
from audobon.services.versioning.compare import Pair, compare, text_of
from audobon.system.names import os_path

__all__ = ["Way", "file_of", "holds", "shown"]

_ASSETS = b".audobon/assets"
_FROM_BYTES = frozenset({"kind", "format", "width", "height"})
"""Fields of a difference that follow from the content."""


@define
class Way:
    """The difference between HEAD and ``target``, asset by asset, and uncommitted work in it.

    ``doing`` says what the way is for: ``switching to 'night'``.
    """

    stores: Stores
    doing: str
    target: str
    writes: list[Manifest] = field(factory=list)
    removes: list[Manifest] = field(factory=list)
    edits: list[Manifest] = field(factory=list)
    blocked: dict[str, str] = field(factory=dict)
    """Shown path to the asset's id, empty for a file that is no asset."""
    held: frozenset[str] = frozenset()
    """Digests of bytes that will be in the store before the way is gone."""
    away: list[Manifest] = field(factory=list)
    """What stays at a remote: its files are not here, and nobody asks for them."""
    clean: bool = True
    """Nothing is uncommitted, but for what a way that was cut off has left."""
    hint: str = "commit first; --force (force=True) keeps it in a rescue version"
    """What whoever asked for it can do about work in the way."""

    def look(self) -> None:
        """Find out what lies between HEAD and the target."""
        history = self.stores.history
        self.look_at(
            (
                None if change.old is None else parse_manifest(history.blob(change.old)),
                None if change.new is None else parse_manifest(history.blob(change.new)),
            )
            for change in history.changed(history.head(), self.target, prefix=_ASSETS)
        )

    def look_at(self, pairs: Iterable[Pair]) -> None:
        """The same from manifests as HEAD and the target have them, of what differs."""
        head = self.stores.history.head()
        stays = Staying.of(self.stores)
        differing = compare(self.stores, "HEAD", "WORKING", asset=None).entries if head else ()
        uncommitted = {entry.asset_id: entry for entry in differing}
        leaving: set[str] = set()
        for old, new in pairs:
            known = new or old
            assert known is not None
            entry = uncommitted.get(known.id)
            if entry is not None and self._arrived(entry, new):
                del uncommitted[known.id]
            elif entry is not None:
                self.blocked[entry.path] = known.id
            self._sort(old, new, leaving, stays)
        self.clean = not uncommitted
        self._in_the_way(leaving)

    def _arrived(self, entry: DiffEntry, new: Manifest | None) -> bool:
        """Whether what is uncommitted is what the target has: the way was cut off once."""
        if new is None or new.state != "present":
            return entry.after is None
        if entry.after is None:
            return holds(self.file(new), new)
        return (
            entry.after == Pointer(new.digest, new.size)
            and entry.path == shown(new)
            and all(_from_bytes(change, new) for change in entry.fields)
        )

    def _sort(
        self, old: Manifest | None, new: Manifest | None, leaving: set[str], stays: Staying
    ) -> None:
        was = old if old is not None and old.state == "present" else None
        will = new if new is not None and new.state == "present" else None
        if was is not None:
            leaving.add(shown(was))
        if will is not None and (
            was is None or shown(was) != shown(will) or was.digest != will.digest
        ):
            if stays.away(was, will, self.file(will)):
                self.away.append(will)
                self.edits.append(will)
            else:
                self.writes.append(will)
        elif new is not None:
            self.edits.append(new)
        if was is not None and (will is None or shown(was) != shown(will)):
            self.removes.append(was)

    def _in_the_way(self, leaving: set[str]) -> None:
        for manifest in tuple(self.writes):
            if shown(manifest) not in leaving and (file := self.file(manifest)).exists():
                if holds(file, manifest):
                    self.writes.remove(manifest)
                    self.edits.append(manifest)
                else:
                    self.blocked.setdefault(shown(manifest), "")

    def file(self, manifest: Manifest) -> Path:
        """Where the file of a manifest lies on this machine. NotFound."""
        return file_of(self.stores, manifest)

    def plan(self) -> SwitchPlan:
        """The way as paths, without a name."""
        kept = {shown(manifest) for manifest in self.writes}
        return SwitchPlan(
            "",
            self.target,
            written=tuple(sorted(kept)),
            removed=tuple(sorted({shown(one) for one in self.removes} - kept)),
            edited=tuple(sorted(shown(one) for one in self.edits)),
            blocked=tuple(sorted(self.blocked)),
        )

    def refuse_work(self, *, force: bool) -> None:
        """Conflict for uncommitted work in the way."""
        if self.blocked and not force:
            first = min(self.blocked)
            raise Conflict(
                f"{self.doing} would overwrite uncommitted work on "
                f"{counted(len(self.blocked), 'file')}, {first} first",
                subject=first,
                hint=self.hint,
            )

    def refuse(self, *, force: bool) -> None:
        """Conflict for what is in the way, Corrupt for bytes that are nowhere."""
        self.refuse_work(force=force)
        known = {manifest.id for manifest in (*self.writes, *self.removes, *self.edits)}
        for manifest in (*self.writes, *self.away):
            root = next(root.key for root in self.stores.roots() if root.name == manifest.root)
            other = self.stores.catalog.by_path(root, manifest.path)
            if other is not None and other.state != "removed" and other.id not in known:
                raise Conflict(
                    f"{shown(manifest)} is another asset here, which stops {self.doing}",
                    subject=shown(manifest),
                    hint="commit it, or move its file elsewhere",
                )
        wanted = {manifest.digest for manifest in self.writes} - self.held
        lacking = supplied(self.stores, self.stores.chunks.missing(wanted))
        if lacking:
            path = next(shown(one) for one in self.writes if one.digest in lacking)
            raise Corrupt(
                f"the bytes of {len(lacking)} files that {self.doing} needs are not in the store, "
                f"{path} first; nothing is changed",
                subject=path,
            )


def _from_bytes(change: FieldChange, new: Manifest) -> bool:
    """Whether a field differs because the bytes are already those of ``new``."""
    kind, _, name = change.name.partition(".")
    said = kind == "attributes" and change.after == text_of(new.attributes.get(name))
    return said or change.name in _FROM_BYTES


def file_of(stores: Stores, manifest: Manifest) -> Path:
    """Where the file of a manifest lies on this machine.

    NotFound when its root has no folder here; Unsupported where Windows takes a character of the
    name for a drive or another folder.
    """
    for root in stores.roots():
        if root.name == manifest.root:
            if os.sep != "/" and not {":", os.sep}.isdisjoint(manifest.path):
                raise Unsupported(
                    f"{manifest.path} has a name that this system does not allow",
                    subject=manifest.path,
                    hint="rename it on a machine that allows it, and commit",
                )
            return Path(os_path(root.folder), os_path(manifest.path))
    raise NotFound(
        f"the root {manifest.root} of {manifest.path} has no folder on this machine",
        subject=manifest.path,
    )


def holds(file: Path, manifest: Manifest) -> bool:
    """Whether a file has the bytes of a manifest."""
    try:
        same_size = file.is_file() and file.stat().st_size == manifest.size
        return same_size and content_digest(str(file))[0] == manifest.digest
    except OSError:
        return False


def need_outside(stores: Stores, target: Path) -> None:
    """Invalid for a place in the library's own state, which nothing but the library writes."""
    if target.resolve().is_relative_to(stores.place.state.resolve()):
        raise Invalid(
            f"{target} belongs to the library's own state, and files are not put there",
            subject=str(target),
            hint="name a place outside of it",
        )


def shown(manifest: Manifest) -> str:
    """``<root>/<path>``, as people are told it."""
    return f"{manifest.root}/{manifest.path}"
