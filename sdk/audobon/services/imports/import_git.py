"""Plan the import of a git repository, with git-lfs or without."""

from __future__ import annotations

from pathlib import Path

from attrs import define, field

from audobon.errors import Invalid
from audobon.services.core.stores import Stores
from audobon.services.files.scan import is_ignored
from audobon.services.imports.import_plan import ImportPlan, PlannedFile, PlannedVersion
from audobon.storage.history import check_path, parse_pointer
from audobon.storage.history.foreign import ForeignChange, ForeignRepository, ForeignVersion
from audobon.system.names import text_from_bytes, text_path

__all__ = ["plan_git"]


def plan_git(stores: Stores, source: Path, *, to: Path | None) -> ImportPlan:
    """The versions along the first parents of HEAD, oldest first.

    A merge is one version with all that it brought to its first parent; the
    versions of the other side are not imported one by one. Files that a scan
    would leave out (hidden ones, backups), links and submodules are left out,
    and versions that change nothing else with them.
    """
    repository = ForeignRepository(source)
    try:
        return _Planning(stores, source, repository).plan(to or _place(stores, source, repository))
    finally:
        repository.close()


def _place(stores: Stores, source: Path, repository: ForeignRepository) -> Path:
    """A working tree is where its files are; a bare repository has none on disk yet."""
    if repository.git_folder != source:
        return source
    return stores.place.folder / (source.name.removesuffix(".git") or "imported")


@define
class _Planning:
    stores: Stores
    source: Path
    repository: ForeignRepository
    left_out: dict[str, str] = field(factory=dict)
    _objects: Path = field(init=False)
    _there: dict[str, bool] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self._objects = self.repository.lfs_folder

    def plan(self, to: Path) -> ImportPlan:
        versions: list[PlannedVersion] = []
        before: str | None = None
        for version in self.repository.versions():
            planned = self._version(version, before)
            before = version.id
            if planned.writes or planned.removes:
                versions.append(planned)
        return ImportPlan(
            self.source, "git", to, tuple(versions), left_out=tuple(self.left_out.items())
        )

    def _version(self, version: ForeignVersion, before: str | None) -> PlannedVersion:
        writes: list[PlannedFile] = []
        removes: list[str] = []
        for change in self.repository.changes(before, version.id):
            path = text_from_bytes(change.path)
            if change.blob is None:
                if path not in self.left_out:
                    removes.append(path)
            elif reason := _why_not(change, path):
                self.left_out[path] = reason
            else:
                writes.append(self._file(path, change.blob))
        return PlannedVersion(
            version.message,
            version.author.name,
            version.author.email,
            version.time,
            tuple(writes),
            tuple(removes),
            origin=version.id,
            merged=version.parents > 1,
        )

    def _file(self, path: str, blob: str) -> PlannedFile:
        data = self.repository.blob(blob)
        pointer = parse_pointer(data) if data else None
        if pointer is None:
            return PlannedFile(path, f"blob:{blob}")
        oid = pointer.digest
        file = self._objects / oid[:2] / oid[2:4] / oid
        if oid not in self._there:
            self._there[oid] = file.is_file()
        if self._there[oid]:
            return PlannedFile(path, str(file), oid)
        return PlannedFile(path, "", oid, missing=not self.stores.chunks.has(oid))


def _why_not(change: ForeignChange, path: str) -> str:
    if not change.file:
        return "it is a link or a submodule"
    *folders, name = path.split("/")
    if is_ignored(name, folder=False) or any(is_ignored(part, folder=True) for part in folders):
        return "it is hidden, a cache or a backup"
    try:
        check_path(change.path)
        # A name that no disk could give back would come out as another one.
        if text_path(change.path.decode("utf-8", "surrogateescape")) != path:
            return "its name cannot be kept"
    except Invalid as error:
        return error.message
    return ""
