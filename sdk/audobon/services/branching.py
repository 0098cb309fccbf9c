"""Branches: made, listed, removed, and the library made as one of them is.

A switch first proves that all bytes are there and that nothing uncommitted is
in the way; then it writes files, each complete or not at all, removes those
that the branch does not have, moves HEAD and tells the catalog. Killed in
between, files differ from HEAD in what versions hold anyway: nothing is lost,
and switching again with force goes on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import define, evolve, field

from audobon.codec.manifest import (
    Manifest,
    asset_manifest,
    dump_manifest,
    parse_library,
    parse_manifest,
)
from audobon.errors import Cancelled, Conflict, Corrupt, Invalid, NotFound
from audobon.model.branch import Branch, SwitchPlan
from audobon.services.compare import committed_mark, compare
from audobon.services.contents import Contents
from audobon.services.fingerprint import content_digest
from audobon.services.ingest import Progress, refresh
from audobon.services.placing import put_content
from audobon.services.restore import RESCUE_REF, with_parents
from audobon.services.stores import Stores
from audobon.services.versions import author_of, tree_path
from audobon.storage.history import LIBRARY_PATH, TreeChange, manifest_path, pointer
from audobon.system.files import translate_os_error
from audobon.system.names import os_path

__all__ = ["add_branch", "branches", "plan_switch", "remove_branch", "switch"]

_ASSETS = b".audobon/assets"


def branches(stores: Stores) -> tuple[Branch, ...]:
    """All branches by name. Empty before the first version."""
    history = stores.history
    head = history.head()
    found = []
    for one in history.branches():
        ahead, behind = (0, 0) if head is None else history.ahead_behind(one.id, head)
        found.append(Branch(one.name, one.id, one.current, ahead, behind))
    return tuple(found)


def add_branch(stores: Stores, name: str, *, at: str) -> Branch:
    """See ``Library.branch``."""
    stores.need_writable("make a branch")
    stores.history.add_branch(_need_name(name), at=at)
    return next(one for one in branches(stores) if one.name == name)


def remove_branch(stores: Stores, name: str, *, force: bool) -> Branch:
    """See ``Library.remove_branch``."""
    stores.need_writable("remove a branch")
    history = stores.history
    with stores.commit_lock():
        found = next((one for one in branches(stores) if one.name == name), None)
        if found is None:
            raise NotFound(f"there is no branch {name!r}", subject=name)
        others = {id for ref, id in history.refs().items() if ref != f"refs/heads/{name}"}
        held = any(history.ahead_behind(found.id, other)[0] == 0 for other in others)
        if not held and not force:
            raise Conflict(
                f"the branch {name!r} has versions that no other branch or tag has",
                subject=name,
                hint="tag it first, or remove it with force=True (--force)",
            )
        history.remove_ref(name, expected=found.id)
    return found


@define
class _Switch:
    """The difference between what is and what the branch says, asset by asset."""

    stores: Stores
    name: str
    target: str
    writes: list[Manifest] = field(factory=list)
    removes: list[Manifest] = field(factory=list)
    edits: list[Manifest] = field(factory=list)
    gone: list[Manifest] = field(factory=list)
    blocked: dict[str, str] = field(factory=dict)
    """Shown path to the asset's id, empty for a file that is no asset."""
    clean: bool = True

    def look(self) -> None:
        history = self.stores.history
        head = history.head()
        differing = compare(self.stores, "HEAD", "WORKING", asset=None).entries if head else ()
        self.clean = not differing
        uncommitted = {entry.asset_id: entry.path for entry in differing}
        leaving: set[str] = set()
        for change in history.changed(head, self.target, prefix=_ASSETS):
            old, new = (
                None if blob is None else parse_manifest(history.blob(blob))
                for blob in (change.old, change.new)
            )
            known = new or old
            assert known is not None
            if known.id in uncommitted:
                self.blocked[uncommitted[known.id]] = known.id
            self._sort(old, new, leaving)
        self._in_the_way(leaving)

    def _sort(self, old: Manifest | None, new: Manifest | None, leaving: set[str]) -> None:
        was = old if old is not None and old.state == "present" else None
        will = new if new is not None and new.state == "present" else None
        if was is not None:
            leaving.add(_shown(was))
        if will is not None and (
            was is None or _shown(was) != _shown(will) or was.digest != will.digest
        ):
            self.writes.append(will)
        elif new is not None:
            self.edits.append(new)
        if was is not None and (will is None or _shown(was) != _shown(will)):
            self.removes.append(was)
        if new is None and old is not None:
            self.gone.append(old)

    def _in_the_way(self, leaving: set[str]) -> None:
        for manifest in tuple(self.writes):
            if _shown(manifest) not in leaving and (file := self.file(manifest)).exists():
                if _holds(file, manifest):
                    self.writes.remove(manifest)
                    self.edits.append(manifest)
                else:
                    self.blocked.setdefault(_shown(manifest), "")

    def file(self, manifest: Manifest) -> Path:
        for root in self.stores.roots():
            if root.name == manifest.root:
                return Path(os_path(root.folder), os_path(manifest.path))
        raise NotFound(
            f"the root {manifest.root} of {manifest.path} has no folder on this machine",
            subject=manifest.path,
        )

    def plan(self) -> SwitchPlan:
        kept = {_shown(manifest) for manifest in self.writes}
        return SwitchPlan(
            self.name,
            self.target,
            written=tuple(sorted(kept)),
            removed=tuple(sorted({_shown(one) for one in self.removes} - kept)),
            edited=tuple(sorted(_shown(one) for one in self.edits)),
            blocked=tuple(sorted(self.blocked)),
        )


def _holds(file: Path, manifest: Manifest) -> bool:
    """Whether a file that is no asset just now has the bytes of a manifest."""
    try:
        same_size = file.is_file() and file.stat().st_size == manifest.size
        return same_size and content_digest(str(file))[0] == manifest.digest
    except OSError:
        return False


def _shown(manifest: Manifest) -> str:
    return f"{manifest.root}/{manifest.path}"


def plan_switch(stores: Stores, name: str) -> SwitchPlan:
    """See ``Library.plan_switch``."""
    return _looked(stores, name).plan()


def _looked(stores: Stores, name: str) -> _Switch:
    target = stores.history.head(_need_name(name))
    if target is None:
        raise NotFound(
            f"there is no branch {name!r}", subject=name, hint="'audobon branch' lists them"
        )
    found = _Switch(stores, name, target)
    found.look()
    return found


def switch(
    stores: Stores,
    name: str,
    *,
    force: bool,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> SwitchPlan:
    """See ``Library.switch``."""
    stores.need_writable("switch to another branch")
    with stores.commit_lock():
        if stores.history.current_branch() == name:
            return SwitchPlan(name, stores.history.resolve("HEAD"))
        refresh(stores, cancel=cancel)
        found = _looked(stores, name)
        made = found.plan()
        _refuse(stores, found, force=force)
        made = evolve(made, rescued=_rescue(stores, found) if found.blocked else "")
        _write(stores, found, progress, cancel)
        stores.history.switch(name)
        _tell_catalog(stores, found)
    return made


def _refuse(stores: Stores, found: _Switch, *, force: bool) -> None:
    if found.blocked and not force:
        first = min(found.blocked)
        raise Conflict(
            f"switching to {found.name!r} would overwrite uncommitted work on "
            f"{len(found.blocked)} files, {first} first",
            subject=first,
            hint="commit first; --force (force=True) keeps it in a rescue version",
        )
    known = {manifest.id for manifest in (*found.writes, *found.removes, *found.edits)}
    for manifest in found.writes:
        root = next(root.key for root in stores.roots() if root.name == manifest.root)
        other = stores.catalog.by_path(root, manifest.path)
        if other is not None and other.state != "removed" and other.id not in known:
            raise Conflict(
                f"{_shown(manifest)} is another asset here than on {found.name!r}",
                subject=_shown(manifest),
                hint="commit it, or move its file elsewhere",
            )
    lacking = stores.chunks.missing({manifest.digest for manifest in found.writes})
    if lacking:
        path = next(_shown(one) for one in found.writes if one.digest in lacking)
        raise Corrupt(
            f"the bytes of {len(lacking)} files of {found.name!r} are not in the store, "
            f"{path} first; nothing is changed",
            subject=path,
        )


def _rescue(stores: Stores, found: _Switch) -> str:
    """Keep the uncommitted bytes and metadata of everything in the way in a version."""
    history = stores.history
    changes: list[TreeChange] = []
    with Contents(stores) as contents:
        for shown, ident in found.blocked.items():
            asset = stores.catalog.get(ident) if ident else None
            if asset is not None and asset.state != "present":
                continue  # a file that is gone: the version that has it still does
            if asset is not None:
                kept = asset_manifest(contents.stored(asset))
            else:
                there = next(one for one in found.writes if _shown(one) == shown)
                stored = contents.keep(str(found.file(there)))
                kept = evolve(there, digest=stored.digest, size=stored.size)
            changes.append(
                TreeChange(tree_path(kept.root, kept.path), pointer(kept.digest, kept.size))
            )
            changes.append(TreeChange(manifest_path(kept.id), dump_manifest(kept)))
        contents.flush()
    return history.commit(
        changes,
        message=f"Kept before switching to {found.name}",
        author=author_of(stores.author),
        time=stores.now(),
        expected=history.head(RESCUE_REF),
        ref=RESCUE_REF,
    ).id


def _write(
    stores: Stores, found: _Switch, progress: Progress | None, cancel: Callable[[], bool]
) -> None:
    """Files that are written first, so that nothing is gone before all is there."""
    kept = {_shown(manifest) for manifest in found.writes}
    for number, manifest in enumerate(found.writes):
        if cancel():
            raise Cancelled("switching was cancelled; the files written so far stay as they are")
        if progress is not None:
            progress(number, len(found.writes), manifest.path)
        target = found.file(manifest)
        with_parents(target.parent)
        put_content(stores, manifest.digest, target)
    for manifest in found.removes:
        if _shown(manifest) not in kept:
            _remove(found.file(manifest))


def _remove(path: Path) -> None:
    """Take a file away that versions hold, and its folder when it was the last in it."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise translate_os_error(error, path) from error
    with contextlib.suppress(OSError):
        path.parent.rmdir()  # refuses, as it should, where anything is left


def _tell_catalog(stores: Stores, found: _Switch) -> None:
    catalog, history, now = stores.catalog, stores.history, stores.now()
    record = history.read(found.target, LIBRARY_PATH)
    if record is not None:
        catalog.load_vocabulary(parse_library(record), author=stores.author, now=now)
    named = {manifest.id: manifest for manifest in _unique(found)}
    if named:
        catalog.import_assets(
            named.values(), author=stores.author, now=now, label=f"switched to {found.name}"
        )
    # What was undone or can be redone belongs to the other branch.
    catalog.forget_undo()
    refresh(stores)
    mark = catalog.clock() if found.clean else 0
    catalog.set_meta(committed_mark(found.name), str(mark))
    stores.index.catch_up()


def _unique(found: _Switch) -> Sequence[Manifest]:
    gone = [evolve(manifest, state="removed") for manifest in found.gone]
    return (*gone, *found.edits, *found.writes)


def _need_name(name: str) -> str:
    """A branch's name as people may give it: never a full ref. Invalid otherwise."""
    if name.startswith("refs/"):
        raise Invalid(f"{name!r} is not a branch name; give it without refs/heads/", subject=name)
    return name
