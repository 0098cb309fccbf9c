"""The history of a library: a bare git repository that plain git reads."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from audobon.errors import Conflict, Invalid, NotFound, ReadOnly
from audobon.model.version import Version, VersionStats
from audobon.storage.history import log as versions
from audobon.storage.history import revisions, trees
from audobon.storage.history.anchors import Anchoring
from audobon.storage.history.commits import Stamp, write_commit
from audobon.storage.history.copying import Copying
from audobon.storage.history.curate import Curating
from audobon.storage.history.door import foreign_errors
from audobon.storage.history.exchanging import Exchanging
from audobon.storage.history.joining import Joining
from audobon.storage.history.layout import is_file_path
from audobon.storage.history.places import make_store, open_store
from audobon.storage.history.purging import Purging
from audobon.storage.history.store import Store
from audobon.storage.history.values import (
    Author,
    Branch,
    PackReport,
    Tag,
    TreeChange,
    TreeDiff,
)
from audobon.system.locks import FileLock

if TYPE_CHECKING:
    from audobon.storage.sqlite import Key

__all__ = ["History"]

_LOCK_TIMEOUT_S = 120.0  # a first commit of a million files holds the lock about that long
_TAGS = "refs/tags/"
_HEADS = "refs/heads/"


class History(Curating, Joining, Exchanging, Anchoring, Purging, Copying):
    """Versions of a tree of files, kept as git commits.

    Paths are bytes with ``/`` between parts. Version and blob ids are git's,
    in hex. A version is durable when ``commit`` returns. Several processes may
    commit: each names the tip it started from, and the one that comes second
    gets Conflict. One object belongs to one thread at a time.
    """

    def __init__(self, folder: Path, store: Store, *, read_only: bool) -> None:
        self.folder = folder
        self.read_only = read_only
        self._store = store

    @classmethod
    def create(cls, folder: Path, *, key: Key | None = None) -> Self:
        """Make an empty history; Conflict when something is at ``folder`` already.

        With a ``key`` it is encrypted, and plain git cannot read it (``sealed``). MissingExtra
        where the SQLite at hand has no ciphers.
        """
        if folder.exists():
            raise Conflict(f"{folder} exists already", subject=str(folder))
        make_store(folder, key)
        return cls.open(folder, key=key)

    @classmethod
    def open(cls, folder: Path, *, read_only: bool = False, key: Key | None = None) -> Self:
        """Open a history; NotFound when there is none, Corrupt when it cannot be read.

        Invalid for another key than that it was made with, and for a key to one in clear;
        Unavailable without the key of an encrypted one.
        """
        return cls(folder, open_store(folder, key, read_only=read_only), read_only=read_only)

    def close(self) -> None:
        """Let go of files and memory; the object is not used any more."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Names of versions

    def current_branch(self) -> str:
        """The branch that new versions go to; it may have none yet."""
        return revisions.branch_name(self._head_ref())

    def head(self, branch: str | None = None) -> str | None:
        """The version at the tip of ``branch`` (default: the current one), None before the first.

        A branch that does not exist has no version either.
        """
        ref = self._head_ref() if branch is None else revisions.full_ref(branch)
        return revisions.tip(self._store, ref)

    def resolve(self, revision: str) -> str:
        """The full id of a branch, tag, hash (4 digits or more), ``HEAD``, with ``~n`` or ``^n``.

        A branch goes before a tag of the same name, both before a hash.
        NotFound, with a hint, when nothing or more than one version fits.
        """
        self._store.look_again()
        return revisions.resolve(self._store, revision)

    def branches(self) -> tuple[Branch, ...]:
        """All branches by name; the current one is missing before its first version."""
        current = self._store.refs.head()
        found = revisions.references(self._store, _HEADS)
        return tuple(
            Branch(revisions.branch_name(ref), commit, current=ref == current)
            for ref, commit in found.items()
        )

    def tags(self) -> tuple[Tag, ...]:
        """All tags by name."""
        found = revisions.references(self._store, _TAGS)
        return tuple(Tag(ref.removeprefix(_TAGS), commit) for ref, commit in found.items())

    def add_branch(self, name: str, *, at: str = "HEAD") -> Branch:
        """Make a branch at a revision; Conflict when the name is taken."""
        commit = self._add_ref(revisions.full_ref(name), name, at)
        return Branch(name, commit)

    def add_tag(self, name: str, *, at: str = "HEAD") -> Tag:
        """Name a revision for good; Conflict when the name is taken."""
        revisions.full_ref(name)  # the same names are allowed
        return Tag(name, self._add_ref(_TAGS + name, name, at))

    def switch(self, name: str) -> None:
        """Make ``name`` the current branch; NotFound when it has no version."""
        ref = revisions.full_ref(name)
        with self._writing():
            if revisions.tip(self._store, ref) is None:
                raise NotFound(f"there is no branch {name!r}", subject=name)
            self._store.refs.set_head(ref)

    # Writing

    def commit(
        self,
        changes: Sequence[TreeChange],
        *,
        message: str,
        author: Author,
        time: datetime,
        expected: str | None,
        ref: str | None = None,
        stats: VersionStats | None = None,
        moved: int = 0,
        stored: int = 0,
    ) -> Version:
        """Make a version from the tree of ``expected`` and the changes, durable on return.

        ``expected`` is the version the caller started from (None: the branch
        has none); Conflict, with nothing changed, when the tip is another one
        by now. ``ref`` is a branch, default the current one. Changes that
        leave the tree as it is make no version: the tip comes back. Counts are
        of users' files, not of the library's own records. ``moved`` files, a
        removal and an addition each in ``changes``, count as moved only;
        ``stored`` is passed through. ``stats`` replaces all counts: a caller that
        knows assets counts changes of their metadata too. ``time`` is kept to the second. Invalid
        for a time without zone, and when a file and a folder would have one name.
        """
        signature = versions.signature(author, time)
        if "\0" in message:
            raise Invalid("a message may not hold a zero byte", subject=message)
        full = self._head_ref() if ref is None else revisions.full_ref(ref)
        with self._writing():
            self._expect(full, expected)
            base = None if expected is None else self._tree(expected)
            update, tree = self._write_tree(base, changes)
            if expected is not None and tree == base:
                return self.version(expected)
            counts = stats or VersionStats(
                added=max(0, update.added - moved),
                modified=update.modified,
                removed=max(0, update.removed - moved),
                moved=moved,
                stored=stored,
            )
            parents = () if expected is None else (expected,)
            commit = self._made(tree, parents, signature, message, counts)
            self._swap(full, expected, commit)
        return self.version(commit)

    def pack(self) -> PackReport:
        """Gather loose objects into a pack; safe against kill, and against readers meanwhile."""
        with self._writing():
            return self._store.pack()

    # Reading

    def version(self, revision: str) -> Version:
        """The version that a revision names."""
        commit = self._store.graph.commit(self.resolve(revision))
        return versions.version_of(self._store, commit)

    def read(self, revision: str, path: bytes) -> bytes | None:
        """The bytes of one file of a version, None where there is no such file."""
        return self.read_many(revision, (path,)).get(path)

    def read_many(self, revision: str, paths: Iterable[bytes]) -> dict[bytes, bytes]:
        """The bytes of each path that is a file of the version; each folder is read once."""
        root = self._tree(self.resolve(revision))
        cache: dict[bytes, trees.Entries] = {}

        def read_tree(oid: bytes) -> trees.Entries:
            if oid not in cache:
                cache[oid] = self._store.objects.tree(oid)
            return cache[oid]

        found = {}
        for path in paths:
            entry = trees.find(read_tree, root, path)
            if entry is not None and entry[0].startswith(b"10"):  # a file, plain or executable
                found[path] = self._store.objects.read(entry[1])[1]
        return found

    def walk(self, revision: str, prefix: bytes = b"") -> Iterator[tuple[bytes, str]]:
        """Every file of a version as (path, blob id), in git's order.

        ``prefix`` is a folder, or one file, to stay within.
        """
        root = self._tree(self.resolve(revision))
        start, below, single = trees.within(self._store.objects.tree, root, prefix)
        if single is not None:
            yield below, single.hex()
        elif start is not None:
            for path, oid in trees.walk(self._store.objects.tree, start, below):
                yield path, oid.hex()

    def blob(self, id: str) -> bytes:
        """The bytes of a blob by its full id; NotFound for an id that cannot be one."""
        try:
            oid = bytes.fromhex(id)
        except ValueError:
            oid = b""
        if len(oid) != 20:
            raise NotFound(f"{id!r} is not a full blob id of 40 hex digits", subject=id)
        return self._store.objects.read(oid)[1]

    def changed(self, a: str | None, b: str, prefix: bytes = b"") -> Iterator[TreeDiff]:
        """The files that differ from revision ``a`` to ``b``, in git's order.

        An ``a`` of None is the empty tree. Costs in proportion to what
        differs: equal folders are not looked into.
        ``prefix`` is a folder, or one file, to stay within.
        """
        sides = []
        for revision in (a, b):
            root = None if revision is None else self._tree(self.resolve(revision))
            sides.append(
                (None, b"", None)
                if root is None
                else trees.within(self._store.objects.tree, root, prefix)
            )
        (old, _, old_file), (new, _, new_file) = sides
        if old_file != new_file:
            path = prefix.rstrip(b"/")
            yield TreeDiff(
                path, old_file.hex() if old_file else None, new_file.hex() if new_file else None
            )
        below = prefix.rstrip(b"/") + b"/" if prefix else b""
        yield from trees.diff(self._store.objects.tree, old, new, below)

    def log(
        self,
        revision: str = "HEAD",
        *,
        limit: int = 50,
        path: bytes | None = None,
        after: str | None = None,
    ) -> tuple[Version, ...]:
        """Versions that lead to ``revision``, newest first, children always before parents.

        With ``path`` only those in which that file or folder differs from
        every parent. ``after`` is the last version of the page before. Empty
        before the first version.
        """
        if revision == "HEAD" and self.head() is None:
            return ()
        return versions.log(
            self._store,
            self.resolve(revision),
            limit=limit,
            path=None if path is None else path.rstrip(b"/"),
            after=None if after is None else self.resolve(after),
        )

    def check(self, *, full: bool = False) -> tuple[str, ...]:
        """Problems as sentences: refs and the trees they name, or with ``full`` every object."""
        from audobon.storage.history.check import check

        return check(self._store, full=full, shallow=self.shallow())

    # Inside

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        if self.read_only:
            raise ReadOnly(
                f"the history {self.folder} is open for reading", subject=str(self.folder)
            )
        with foreign_errors(str(self.folder)):
            lock = FileLock(self.folder / "audobon.lock", timeout_s=_LOCK_TIMEOUT_S)
            with lock:
                yield

    def _head_ref(self) -> str:
        target = self._store.refs.head()
        if target is not None and target.startswith(_HEADS):
            return target
        raise Invalid(
            f"the history {self.folder} stands on no branch",
            subject=str(self.folder),
            hint="switch to a branch first",
        )

    def _tree(self, commit: str) -> bytes:
        return self._store.graph.commit(commit).tree

    def _expect(self, ref: str, expected: str | None) -> None:
        found = revisions.tip(self._store, ref)
        if found != expected:
            branch = revisions.branch_name(ref)
            raise Conflict(
                f"the branch {branch!r} has moved on to {found or 'no version'} "
                f"from {expected or 'no version'}",
                subject=branch,
                hint="read the newer state and commit again",
            )

    def _write_tree(
        self, base: bytes | None, changes: Sequence[TreeChange]
    ) -> tuple[trees.TreeUpdate, bytes]:
        """Apply the changes; every new object is durable when this returns."""
        objects = self._store.objects
        with objects.bulk(sum(change.data is not None for change in changes)) as write:
            update = trees.TreeUpdate(objects.tree, write, counts=is_file_path)
            tree = update.apply(base, changes)
        return update, tree

    def _made(
        self,
        tree: bytes,
        parents: tuple[str, ...],
        signature: Stamp,
        message: str,
        stats: VersionStats,
    ) -> str:
        """A commit that no name leads to yet."""
        text = versions.with_trailer(message, stats, self.anchor())
        return write_commit(self._store.objects, tree, parents, signature, text)

    def _swap(self, ref: str, expected: str | None, to: str) -> None:
        """Move a name from ``expected``: the compare-and-swap. Conflict where it is not there."""
        old = None if expected is None else bytes.fromhex(expected)
        if not self._store.refs.swap(ref, old, bytes.fromhex(to)):
            self._expect(ref, expected)  # a plain git client was quicker: say so
            branch = revisions.branch_name(ref)
            raise Conflict(f"the branch {branch!r} cannot move", subject=branch)

    def _add_ref(self, ref: str, name: str, at: str) -> str:
        commit = self.resolve(at)
        with self._writing():
            if revisions.tip(self._store, ref) is not None or not self._store.refs.swap(
                ref, None, bytes.fromhex(commit)
            ):
                raise Conflict(f"the name {name!r} is taken", subject=name)
        return commit
