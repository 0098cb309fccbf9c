"""The part of the history that lets assets vanish from all versions, and their objects for good.

Order: the new versions, durable; then each ref by compare-and-swap; then the objects that no ref
leads to any more. Cut off anywhere the same call goes on: a version that is written anew twice
gets the same id.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.errors import Busy, Corrupt
from audobon.storage.history.door import Objects, clear_stale_lock
from audobon.storage.history.erasing import Rewriter, Survey, Unwanted, survey
from audobon.storage.history.gather import loose_objects
from audobon.storage.history.merge import unlink
from audobon.storage.history.packs import PackWriter, read_index
from audobon.storage.history.trees import EMPTY_TREE, TREE, parse
from audobon.system.files import sync_folder, write_atomic

if TYPE_CHECKING:
    import pygit2

    from audobon.storage.history.reach import Reach

__all__ = ["Erased", "Purging"]

_TRIES = 5
_LEFT = ("FETCH_HEAD", "ORIG_HEAD", "COMMIT_EDITMSG", "MERGE_MSG", "logs")
"""What git clients leave beside the objects, with names and messages in it; none is needed."""
_DERIVED = ("objects/info/commit-graph", "objects/pack/multi-pack-index", "objects/info/packs")


@frozen(slots=True)
class Erased:
    """``commits`` leads from each version that was written anew to what it is now.

    ``contents`` were named by pointers that are gone.
    """

    commits: Mapping[str, str]
    contents: frozenset[str]


class Purging:
    """Part of :class:`History`."""

    folder: Path
    _repository: pygit2.Repository
    _objects: Objects

    if TYPE_CHECKING:

        def shallow(self) -> frozenset[str]: ...
        def reach(self) -> Reach: ...
        def _writing(self) -> AbstractContextManager[None]: ...
        def _reopen(self) -> None: ...

    def survey(self, *, cancel: Callable[[], bool] = lambda: False) -> Survey:
        """What all versions that any ref leads to say of assets. Corrupt where one is damaged."""
        tips = [oid for _, oid in self._direct_refs()]
        return survey(self._objects, tips, self.shallow(), cancel=cancel)

    def would_erase(
        self,
        unwanted: Unwanted,
        others: Mapping[bytes, frozenset[str]],
        known: Mapping[str, str],
    ) -> Erased:
        """What :meth:`erase` would do; nothing is written."""
        rewriter = self._rewriter(_nowhere, unwanted, others, known)
        for _, oid in self._direct_refs():
            rewriter.tip(oid)
        return _erased(rewriter)

    def erase(
        self,
        unwanted: Unwanted,
        others: Mapping[bytes, frozenset[str]],
        known: Mapping[str, str],
    ) -> Erased:
        """Write all versions anew without what is unwanted; every ref stands at the new ones.

        ``others`` are paths of ``unwanted`` that other assets had too, and which. ``known`` are
        versions of which it is known what they become, because another place has done it.
        Refs move one by one; each by compare-and-swap. Durable on return.
        """
        with self._writing():
            for _ in range(_TRIES):
                rewriter = self._rewritten(unwanted, others, known)
                if self._move_refs(rewriter.known):
                    self._end_shallow(rewriter.known)
                    return _erased(rewriter)
        raise Busy(
            f"branches of {self.folder} move while versions are written anew",
            subject=str(self.folder),
            hint="see that no git client pushes just now, and purge again",
        )

    def _rewritten(
        self,
        unwanted: Unwanted,
        others: Mapping[bytes, frozenset[str]],
        known: Mapping[str, str],
    ) -> Rewriter:
        pack = PackWriter(self.folder / "objects" / "pack")
        try:
            rewriter = self._rewriter(pack.add, unwanted, others, known)
            for _, oid in self._direct_refs():
                rewriter.tip(oid)
            pack.finish()
        finally:
            pack.abort()
        self._reopen()
        return rewriter

    def _rewriter(
        self,
        write: Callable[[int, bytes, bytes], None],
        unwanted: Unwanted,
        others: Mapping[bytes, frozenset[str]],
        known: Mapping[str, str],
    ) -> Rewriter:
        return Rewriter(
            self._objects,
            write,
            unwanted,
            others,
            frozenset(bytes.fromhex(id) for id in self.shallow()),
            {
                bytes.fromhex(old): bytes.fromhex(new)
                for old, new in known.items()
                if self._objects.has(bytes.fromhex(new))
            },
        )

    def _direct_refs(self) -> Iterator[tuple[str, bytes]]:
        """Every ref that names an object itself, of whatever kind."""
        for raw in self._repository.raw_listall_references():
            name = raw.decode("utf-8", "surrogateescape")
            target = self._repository.lookup_reference(name).target
            if not isinstance(target, str):
                yield name, target.raw

    def _move_refs(self, known: Mapping[bytes, bytes]) -> bool:
        """False when one stands elsewhere by now: then all begins again."""
        import pygit2

        for name, oid in list(self._direct_refs()):
            new = known.get(oid)
            if new is None:
                return False
            if new == oid:
                continue
            clear_stale_lock(self.folder / f"{name}.lock")
            found = self._repository.lookup_reference(name)
            if found.target != pygit2.Oid(raw=oid):
                return False
            try:
                found.set_target(pygit2.Oid(raw=new))
            except (pygit2.GitError, ValueError):
                return False
        return True

    def _end_shallow(self, known: Mapping[bytes, bytes]) -> None:
        ends = self.shallow()
        moved = {known.get(bytes.fromhex(id), bytes.fromhex(id)).hex() for id in ends}
        if moved != ends:
            text = "".join(f"{id}\n" for id in sorted(moved | ends))
            write_atomic(self.folder / "shallow", text.encode(), mode=0o644)
            self._reopen()

    def everything(self) -> Iterator[tuple[bytes, bytes]]:
        """Id and bytes of every object that is there, whether a ref leads to it or not."""
        folder = self.folder / "objects"
        self._reopen()
        ids = {oid for oid, _ in loose_objects(folder)}
        for index in (folder / "pack").glob("pack-*.idx"):
            ids.update(read_index(index))
        for oid in sorted(ids):
            yield oid, self._objects.read(oid)[1]

    def drop_unwanted(self, marks: Collection[bytes]) -> int:
        """Remove objects for good; how many. For what :meth:`erase` has left behind.

        Of the objects that no ref leads to those go in which a mark stands, and those that
        name one that goes or is gone. What refs lead to stays, whatever is asked.
        """
        with self._writing():
            self._reopen()
            reached = self.reach().objects
            packs = {
                index: read_index(index)
                for index in sorted((self.folder / "objects" / "pack").glob("pack-*.idx"))
            }
            loose = {oid: entry.path for oid, entry in loose_objects(self.folder / "objects")}
            left = ({*loose}.union(*packs.values())) - reached
            going = self._going(left, reached, tuple(marks))
            self._drop(going, loose, packs)
            for name in (*_LEFT, *_DERIVED):
                _remove(self.folder / name)
            for path in (self.folder / "objects" / "pack").glob("tmp_*"):
                _remove(path)
            _remove(self.folder / "objects" / "tmp_merge")
            (self.folder / "audobon-garbage.json").unlink(missing_ok=True)
            self._reopen()
            ends = self.shallow()
            there = {id for id in ends if self._objects.has(bytes.fromhex(id))}
            if there != ends:
                text = "".join(f"{id}\n" for id in sorted(there))
                write_atomic(self.folder / "shallow", text.encode(), mode=0o644)
                self._reopen()
        return len(going)

    def _going(
        self, left: set[bytes], reached: Collection[bytes], marks: tuple[bytes, ...]
    ) -> set[bytes]:
        going: set[bytes] = set()
        users: dict[bytes, list[bytes]] = {}
        for oid in left:
            try:
                kind, data = self._objects.read(oid)
                named = _names(kind, data)
            except Corrupt:
                going.add(oid)  # what nobody can read is of no use, and may hold anything
                continue
            if any(mark in data for mark in marks):
                going.add(oid)
            for child in named:
                users.setdefault(child, []).append(oid)
        lacking = users.keys() - left - set(reached) - {EMPTY_TREE}
        going.update(user for child in lacking for user in users[child])
        queue = list(going)
        while queue:
            for user in users.get(queue.pop(), ()):
                if user not in going:
                    going.add(user)
                    queue.append(user)
        return going

    def _drop(
        self, going: set[bytes], loose: Mapping[bytes, str], packs: Mapping[Path, list[bytes]]
    ) -> None:
        import pygit2

        folder = self.folder / "objects" / "pack"
        touched = {index: ids for index, ids in packs.items() if going.intersection(ids)}
        stay = {oid for ids in touched.values() for oid in ids} - going
        there = {oid for index, ids in packs.items() if index not in touched for oid in ids}
        if stay - there:
            builder = pygit2.PackBuilder(self._repository)
            for oid in sorted(stay - there):
                builder.add(pygit2.Oid(raw=oid))
            builder.write()  # durable: ENABLE_FSYNC_GITDIR is on
            sync_folder(folder)
            made = set(folder.glob("pack-*.idx")) - packs.keys()
            known = {oid for index in made for oid in read_index(index)}
            if not stay - there <= known:
                raise Corrupt(
                    f"{folder} does not take a pack without what is purged",
                    subject=str(folder),
                    hint="'audobon verify' tells what is damaged; then purge again",
                )
        for index in touched:
            # Keeping a pack was meant for what is in it, and part of that is to go.
            for suffix in (".keep", ".idx", ".rev", ".bitmap", ".mtimes", ".pack"):
                with contextlib.suppress(FileNotFoundError):
                    unlink(str(index.with_suffix(suffix)))
        if touched:
            sync_folder(folder)
        for oid in going & loose.keys():
            with contextlib.suppress(FileNotFoundError):
                unlink(loose[oid])


def _erased(rewriter: Rewriter) -> Erased:
    changed = {old.hex(): new.hex() for old, new in rewriter.known.items() if old != new}
    return Erased(changed, frozenset(rewriter.removed))


def _nowhere(_kind: int, _oid: bytes, _data: bytes) -> None:
    """A dry run writes nothing."""


def _names(kind: int, data: bytes) -> list[bytes]:
    if kind == TREE:
        return [oid for mode, oid in parse(data).values() if mode != b"160000"]
    if kind in (1, 4):
        found = []
        for line in data.partition(b"\n\n")[0].splitlines():
            name, _, value = line.partition(b" ")
            if name in (b"tree", b"object", b"parent"):
                with contextlib.suppress(ValueError):
                    found.append(bytes.fromhex(value.decode("ascii")))
        return found
    return []


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
