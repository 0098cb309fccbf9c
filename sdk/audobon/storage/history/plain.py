"""The place of a history that is a bare git repository: objects, refs and graph by libgit2."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.errors import Conflict, Corrupt
from audobon.storage.history.door import (
    GitObjects,
    create_repository,
    estimate_loose,
    foreign_errors,
    open_repository,
)
from audobon.storage.history.plaingraph import PlainGraph
from audobon.storage.history.plainrefs import PlainRefs
from audobon.storage.history.store import HistorySwept
from audobon.storage.history.trees import WriteObject
from audobon.storage.history.values import HistoryStats, PackReport
from audobon.system.files import write_atomic

if TYPE_CHECKING:
    import pygit2

__all__ = ["PlainStore"]

_BULK = 64
"""From so many written files on a commit goes into one pack instead of loose objects. Measured:
loose objects cost 2 ms a file in flushes, a pack 15 ms and little more for each; but every pack
slows the search for an object a little, so that the commits of everyday work stay loose."""


class PlainObjects(GitObjects):
    """``Objects`` of a bare repository of ours."""

    def __init__(self, folder: Path, repository: pygit2.Repository) -> None:
        super().__init__(repository)
        self._folder = folder
        self._repository = repository

    @contextlib.contextmanager
    def bulk(self, files: int | None = None) -> Iterator[WriteObject]:
        if files is not None and files < _BULK:
            yield self.write
            return
        from audobon.storage.history.packs import PackWriter

        pack = PackWriter(self._folder / "objects" / "pack")
        try:
            yield pack.add
            pack.finish()
        finally:
            pack.abort()

    def take(self, pack: bytes) -> int:
        from audobon.storage.history.packs import PackWriter
        from audobon.storage.history.unpacking import unpack

        rows, objects = unpack(pack)
        new = sum(not self.has(oid) for oid in objects)
        if new:
            writer = PackWriter(self._folder / "objects" / "pack")
            try:
                writer.adopt(pack, rows)
                writer.finish()
            finally:
                writer.abort()
        return new

    def expand(self, text: str) -> bytes | None:
        import pygit2

        try:
            return self._repository[text].id.raw
        except KeyError:
            return None
        except (ValueError, pygit2.GitError) as exc:
            raise Conflict(f"several objects begin with {text}", subject=text) from exc

    def ids(self) -> set[bytes]:
        from audobon.storage.history.gather import loose_objects
        from audobon.storage.history.packs import read_index

        found = {oid for oid, _ in loose_objects(self._folder / "objects")}
        for index in (self._folder / "objects" / "pack").glob("pack-*.idx"):
            found.update(read_index(index))
        return found


class PlainStore:
    """``Store`` over the bare repository at ``folder``. NotFound when there is none."""

    objects: PlainObjects
    refs: PlainRefs
    graph: PlainGraph

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._repository: pygit2.Repository
        self._cut = (0, 0)
        self.reopen()

    def close(self) -> None:
        self._repository.free()

    def reopen(self) -> None:
        # Not freed: an iterator that is under way may still read through the old one.
        self._repository = open_repository(self._folder)
        self.objects = PlainObjects(self._folder, self._repository)
        self.refs = PlainRefs(self._folder, self._repository)
        self.graph = PlainGraph(self._folder, self._repository)
        self._cut = self._cut_now()

    def borrow(self, folder: Path) -> PlainStore:
        create_repository(folder)
        objects = Path(os.path.abspath(self._folder / "objects"))
        write_atomic(
            folder / "objects" / "info" / "alternates",
            f"{objects.as_posix()}\n".encode(),
            durable=False,
        )
        made = PlainStore(folder)
        if ends := self.shallow():
            made.set_shallow(ends)
        return made

    def look_again(self) -> None:
        """libgit2 reads the file ``shallow`` once; another process may have pruned since."""
        if self._cut_now() != self._cut:
            self.reopen()

    def _cut_now(self) -> tuple[int, int]:
        try:
            found = os.stat(self._folder / "shallow")
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_ino

    def shallow(self) -> frozenset[str]:
        """Git's own file ``shallow`` names them."""
        try:
            lines = (self._folder / "shallow").read_text("ascii").split()
        except FileNotFoundError:
            return frozenset()
        return frozenset(line for line in lines if len(line) == 40)

    def set_shallow(self, ids: Collection[str]) -> None:
        text = "".join(f"{id}\n" for id in sorted(ids))
        write_atomic(self._folder / "shallow", text.encode(), mode=0o644)
        self.reopen()

    def loose(self) -> int:
        with foreign_errors(str(self._folder)):
            return estimate_loose(self._folder / "objects")

    def stats(self) -> HistoryStats:
        from audobon.storage.history.gather import count

        return count(self._folder)

    def pack(self) -> PackReport:
        from audobon.storage.history.gather import pack_loose

        return pack_loose(self._repository, self.objects)

    def pack_of(self, oids: Iterable[bytes], folder: Path) -> Path:
        import pygit2

        with foreign_errors(str(self._folder)):
            builder = pygit2.PackBuilder(self._repository)
            for oid in oids:
                builder.add(pygit2.Oid(raw=oid))
            builder.write(str(folder))
        try:
            (made,) = folder.glob("*.pack")
        except ValueError as exc:
            raise Corrupt(f"{self._folder} gives no pack", subject=str(self._folder)) from exc
        return made

    def sweep(
        self, reached: set[bytes], *, now: float, grace_s: float, dry_run: bool
    ) -> HistorySwept:
        from audobon.storage.history.sweep import sweep

        done = sweep(self._repository, reached, now=now, grace_s=grace_s, dry_run=dry_run)
        if not dry_run:
            self.reopen()
        return done

    def drop(self, going: Collection[bytes]) -> None:
        from audobon.storage.history.dropping import drop

        drop(self._folder, self._repository, going)
        self.reopen()
