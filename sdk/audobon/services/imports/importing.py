"""Take versions from elsewhere into the history: plan, then apply.

Order: all bytes into the chunk store, made durable; then the versions, on a
branch of their own that nobody sees; then one step that makes them part of
the current branch; then the catalog. Killed before that step, the library is
as it was. Nothing of the source is written, moved or deleted.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from pathlib import Path

from attrs import define, evolve, field, frozen

from audobon.codec.manifest import Manifest, dump_library, dump_manifest
from audobon.errors import BadFile, Busy, Cancelled, Conflict, Invalid, NotFound
from audobon.model.version import VersionStats
from audobon.services.core.audit import record
from audobon.services.core.mergestate import need_no_merge
from audobon.services.core.roots import RootBook
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import Progress, refresh
from audobon.services.files.placing import put_content, with_parents
from audobon.services.imports.import_git import plan_git
from audobon.services.imports.import_numbered import plan_numbered
from audobon.services.imports.import_plan import Imported, ImportPlan, PlannedFile, PlannedVersion
from audobon.services.versioning.adopt import go_on
from audobon.services.versioning.draft import author_of, tree_path
from audobon.services.versioning.repacking import outlived, queue_repack, worth_it
from audobon.storage.catalog.ids import new_ids
from audobon.storage.history import (
    ATTRIBUTES_PATH,
    GITATTRIBUTES,
    LIBRARY_PATH,
    Author,
    TreeChange,
    manifest_path,
    pointer,
)
from audobon.storage.history.foreign import ForeignRepository, is_repository
from audobon.system.names import os_path

__all__ = ["apply", "plan"]

_REF = "refs/audobon/import"
_ORIGIN = "Imported-From: "

Held = tuple[str, int]
"""sha256 and size of bytes that are in the chunk store."""


def plan(stores: Stores, source: Path, *, to: Path | None = None) -> ImportPlan:
    """See ``Library.plan_import``."""
    source = Path(os.path.abspath(source))
    if not source.is_dir():
        raise NotFound(
            f"{source} is no folder; a git repository or a folder of numbered files is imported",
            subject=str(source),
        )
    if source.is_relative_to(stores.place.state):
        raise Invalid(f"{source} belongs to the library's own state", subject=str(source))
    to = None if to is None else Path(os.path.abspath(to))
    if is_repository(source):
        return plan_git(stores, source, to=to)
    return plan_numbered(stores, source, to=to)


def apply(
    stores: Stores,
    made: ImportPlan,
    *,
    partial: bool = False,
    progress: Progress | None = None,
    cancel: Callable[[], bool] = lambda: False,
) -> Imported:
    """See ``Library.import_versions``."""
    stores.need_writable("import versions")
    _refuse(made, partial=partial)
    with stores.commit_lock():
        need_no_merge(stores, "import versions")
        go_on(stores)
        _refuse_again(stores, made)
        held, stored = _store(stores, made, progress, cancel)
        root, prefix = RootBook(stores).for_folder(str(made.to))
        lines = _Lines()
        steps = [lines.step(version, held, prefix) for version in made.versions]
        ids = _ids(stores, lines, root.key)
        try:
            tip, manifests = _commit(stores, steps, ids, root.name, cancel)
            joined = _take_in(stores, made, tip, manifests)
        finally:
            _forget(stores)
        with contextlib.suppress(Busy):  # as after a commit
            queue_repack(stores, lines.contents)
            queue_repack(stores, lines.replaced, replaced=lines.replaced)
        written = tuple(_write_files(stores, made, prefix, manifests))
        _tell_catalog(stores, made, manifests)
    record(stores, "import", f"{len(steps)} versions", version=tip)
    return Imported(len(steps), len(set(ids)), tip, joined, stored, written)


def _refuse(made: ImportPlan, *, partial: bool) -> None:
    if not any(version.writes for version in made.versions):
        raise NotFound(
            f"{made.source} has no versions to import",
            subject=str(made.source),
            hint="a git repository, or files such as rock_v001.blend and rock_v002.blend, have",
        )
    if made.conflicts:
        raise Conflict(
            f"{len(made.conflicts)} files in {made.to} hold other bytes than the newest version, "
            f"{made.conflicts[0]} first",
            subject=made.conflicts[0],
            hint="choose another folder with to= (--to)",
        )
    if made.missing and not partial:
        raise NotFound(
            f"the bytes of {len(made.missing)} files are not in {made.source}, "
            f"{made.missing[0]} first",
            subject=made.missing[0],
            hint="run 'git lfs fetch --all' there, or import without them (partial, --partial)",
        )


def _refuse_again(stores: Stores, made: ImportPlan) -> None:
    """The same commits twice would double the history."""
    origin = made.versions[-1].origin
    if not origin or stores.history.head() is None:
        return
    for version in stores.history.log(limit=1 << 31):
        if version.message.endswith(_ORIGIN + origin):
            raise Conflict(
                f"{made.source} is imported already, up to {origin[:10]}", subject=str(made.source)
            )


def _forget(stores: Stores) -> None:
    for ref in stores.history.refs(_REF):
        stores.history.remove_ref(ref)


def _store(
    stores: Stores, made: ImportPlan, progress: Progress | None, cancel: Callable[[], bool]
) -> tuple[dict[PlannedFile, Held], int]:
    """Bring all bytes into the store; what each planned file holds, and what the store grew by."""
    files = [file for version in made.versions for file in version.writes if not file.missing]
    held: dict[PlannedFile, Held] = {}
    by_source: dict[str, Held] = {}
    with contextlib.ExitStack() as stack:
        writer = stack.enter_context(stores.chunks.writer(timeout_s=60.0))
        repository = None
        if made.kind == "git":
            repository = ForeignRepository(made.source)
            stack.callback(repository.close)
        for number, file in enumerate(files):
            if cancel():
                raise Cancelled("the import was cancelled; no version was made")
            if progress is not None:
                progress(number, len(files), file.path)
            key = file.source or file.digest
            if key not in by_source:
                if file.digest and stores.chunks.has(file.digest):
                    by_source[key] = (file.digest, stores.chunks.size(file.digest))
                elif file.source.startswith("blob:") and repository is not None:
                    done = writer.put_bytes(repository.blob(file.source.removeprefix("blob:")))
                    by_source[key] = (done.digest, done.size)
                else:
                    done = writer.put_file(file.source)
                    by_source[key] = (done.digest, done.size)
            if file.digest and by_source[key][0] != file.digest:
                raise BadFile(f"{file.source} is not what its name says", subject=file.source)
            held[file] = by_source[key]
        writer.flush()
        return held, writer.stored_bytes


@define
class _Step:
    """One version: (path, line, bytes) of what it writes, (path, line) of what it removes."""

    version: PlannedVersion
    writes: list[tuple[str, int, Held]]
    removes: list[tuple[str, int]]
    moves: list[tuple[str, int]]
    """Paths that their line has left for another one."""
    stats: VersionStats = field(factory=VersionStats)


@frozen(slots=True)
class _End:
    line: int
    held: Held


@define
class _Lines:
    """Which files of different versions are one asset: same path, or same bytes moved."""

    count: int = 0
    now: dict[str, _End] = field(factory=dict)
    once: dict[str, int] = field(factory=dict)
    """The line that a path had when it was removed; it goes on when the path comes back."""
    contents: set[str] = field(factory=set)
    replaced: dict[str, str] = field(factory=dict)
    """Digests to repack, and to take wholly apart with what came after each."""

    def step(self, version: PlannedVersion, held: dict[PlannedFile, Held], prefix: str) -> _Step:
        start = f"{prefix}/" if prefix else ""
        gone = {p: self.now.pop(p) for r in version.removes if (p := start + r) in self.now}
        step = _Step(version, [], [], [])
        added = modified = moved = 0
        for file in version.writes:
            if file not in held:
                continue  # its bytes are nowhere: it stays as it was
            path, bytes_ = start + file.path, held[file]
            known = self.now.get(path)
            if known is not None:
                line = known.line
                modified += 1
                if known.held != bytes_ and outlived(path, known.held[1]):
                    self.replaced[known.held[0]] = bytes_[0]
            elif (source := _same_bytes(gone, bytes_, path)) is not None:
                line = gone.pop(source).line
                step.moves.append((source, line))
                moved += 1
            else:
                line = self.once.pop(path, self.count)
                self.count += line == self.count
                added += 1
            self.now[path] = _End(line, bytes_)
            if worth_it(path, bytes_[1]):
                self.contents.add(bytes_[0])
            step.writes.append((path, line, bytes_))
        for path, end in gone.items():
            self.once[path] = end.line
            step.removes.append((path, end.line))
        step.stats = VersionStats(added=added, modified=modified, removed=len(gone), moved=moved)
        return step


def _same_bytes(gone: dict[str, _End], held: Held, path: str) -> str | None:
    """The removed path whose bytes turn up at ``path``: of the same name rather than another."""
    if held[1] == 0:
        return None  # all empty files are alike
    same = [other for other, end in gone.items() if end.held == held]
    name = path.rpartition("/")[2]
    same.sort(key=lambda other: other.rpartition("/")[2] != name)
    return same[0] if same else None


def _ids(stores: Stores, lines: _Lines, root: int) -> list[str]:
    """The asset id of each line; an asset that the library has at a newest path keeps its own."""
    ids = new_ids(int(stores.now().timestamp() * 1_000_000), lines.count)
    for path, end in lines.now.items():
        asset = stores.catalog.by_path(root, path)
        if asset is not None and asset.state != "removed":
            ids[end.line] = asset.id
    return ids


def _commit(
    stores: Stores, steps: Sequence[_Step], ids: list[str], root: str, cancel: Callable[[], bool]
) -> tuple[str, dict[str, Manifest]]:
    """Make the versions on a branch of their own; its tip, and the newest manifests by id."""
    history = stores.history
    _forget(stores)  # what an import that was killed has left
    ref = f"{_REF}/{new_ids(0, 1)[0]}"
    tip: str | None = None
    manifests: dict[str, Manifest] = {}
    began: dict[str, Manifest] = {}
    for step in steps:
        if cancel():
            raise Cancelled("the import was cancelled; no version was made")
        version = step.version
        changes: dict[bytes, bytes | None] = {}
        for path, line in (*step.removes, *step.moves):
            changes[tree_path(root, path)] = None
            changes[manifest_path(ids[line])] = None
            manifests.pop(ids[line], None)
        for path, line, held in step.writes:
            manifest = _manifest(ids[line], root, path, held, version, began.get(ids[line]))
            began.setdefault(manifest.id, manifest)
            manifests[manifest.id] = manifest
            changes[tree_path(root, path)] = pointer(*held)
            changes[manifest_path(manifest.id)] = dump_manifest(manifest)
        if tip is None:
            changes[LIBRARY_PATH] = dump_library(stores.catalog.vocabulary())
            changes[ATTRIBUTES_PATH] = GITATTRIBUTES
        text = version.message.strip("\n")
        tip = history.commit(
            # Removals first, so that a path which another file took over is written.
            [TreeChange(*item) for item in sorted(changes.items(), key=lambda i: i[1] is not None)],
            message=f"{text}\n\n{_ORIGIN}{version.origin}" if version.origin else text,
            author=Author(version.author, version.email),
            time=version.time,
            expected=tip,
            ref=ref,
            stats=step.stats,
        ).id
    assert tip is not None
    return tip, manifests


def _manifest(
    id: str, root: str, path: str, held: Held, version: PlannedVersion, first: Manifest | None
) -> Manifest:
    from audobon.formats.source import extension
    from audobon.formats.table import BY_EXTENSION

    known = BY_EXTENSION.get(extension(path))
    return Manifest(
        id=id,
        root=root,
        path=path,
        state="present",
        kind=known.kind if known else "file",
        format=known.name if known else extension(path),
        size=held[1],
        digest=held[0],
        added=first.added if first else version.time.astimezone(UTC),
    )


def _take_in(stores: Stores, made: ImportPlan, tip: str, manifests: dict[str, Manifest]) -> str:
    """Make the imported versions part of the current branch, in one step.

    A branch without a version begins with them. Another one gets a version
    with two parents that adds the files it does not have; what it has stays.
    """
    history = stores.history
    head = history.head()
    if head is None:
        history.add_branch(history.current_branch(), at=tip)
        return ""
    wanted = {(tree_path(m.root, m.path), manifest_path(m.id)): m for m in manifests.values()}
    there = history.read_many(head, [path for pair in wanted for path in pair])
    changes = [TreeChange(LIBRARY_PATH, dump_library(stores.catalog.vocabulary()))]
    for (file, noted), manifest in wanted.items():
        if file not in there and noted not in there:
            changes.append(TreeChange(file, pointer(manifest.digest, manifest.size)))
            changes.append(TreeChange(noted, dump_manifest(manifest)))
    return history.join(
        tip,
        changes,
        message=f"Imported {len(made.versions)} versions from {made.source.name}",
        author=author_of(stores.author),
        time=stores.now(),
        expected=head,
        stats=VersionStats(added=len(changes) // 2),
    ).id


def _write_files(
    stores: Stores, made: ImportPlan, prefix: str, manifests: dict[str, Manifest]
) -> Iterator[Path]:
    """Put the newest version of each file where there is none."""
    if not made.writes_files:
        return
    start = len(prefix) + 1 if prefix else 0
    for manifest in manifests.values():
        target = made.to / os_path(manifest.path[start:])
        if not target.exists():
            with_parents(target.parent)
            put_content(stores, manifest.digest, target)
            yield target


def _tell_catalog(stores: Stores, made: ImportPlan, manifests: dict[str, Manifest]) -> None:
    """Make the new assets known by their ids, then look at their files."""
    known = {asset.id for asset in stores.catalog.by_ids(list(manifests))}
    # Without a digest they count as not read yet: the scan reads what they say of themselves.
    new = [evolve(m, digest="") for m in manifests.values() if m.id not in known]
    if new:
        stores.catalog.import_assets(
            new,
            author=stores.author,
            now=stores.now(),
            label=f"imported from {made.source.name}",
        )
    refresh(stores)
    stores.index.catch_up()
