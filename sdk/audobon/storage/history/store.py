"""What a history asks of the place where its objects and names lie.

Everything above knows this seam only. ``plain`` is a bare git repository, ``sealed`` a database
under a key; ids, trees and commits are git's whatever the place is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, Protocol

from attrs import frozen

from audobon.storage.history.trees import Entries, WriteObject
from audobon.storage.history.values import HistoryStats, PackReport

__all__ = ["Commit", "Graph", "HistorySwept", "Objects", "Order", "Refs", "Store"]

Order = Literal["any", "newest", "oldest"]
"""How commits follow each other: however it is cheapest; children before parents and of several
the newest first; parents before children."""


@frozen(slots=True)
class Commit:
    """What a commit says. ``parents`` is empty where they were pruned; ``time`` in seconds."""

    id: str
    tree: bytes
    parents: tuple[str, ...]
    message: bytes
    name: bytes
    email: bytes
    time: int


@frozen(slots=True)
class HistorySwept:
    """``removed`` objects went, or would; ``waiting`` more are in their grace period."""

    removed: int
    waiting: int


class Objects(Protocol):
    """Objects by their 20-byte ids. Types: 1 commit, 2 tree, 3 blob, 4 tag."""

    def read(self, oid: bytes) -> tuple[int, bytes]:
        """Type and data; Corrupt when missing or damaged."""
        ...

    def has(self, oid: bytes) -> bool:
        """Whether the object is there; its bytes are not looked at."""
        ...

    def tree(self, oid: bytes) -> Entries:
        """The entries of a tree; Corrupt when it is none."""
        ...

    def write(self, kind: int, oid: bytes, data: bytes, like: bytes | None = None) -> None:
        """Store one object durably under the id that the caller computed.

        ``like`` is another that it is a small change of: only a hint.
        """
        ...

    def bulk(self, files: int | None = None) -> AbstractContextManager[WriteObject]:
        """What stores many objects: all durable when it is left, none of them for an exception.

        ``files`` says about how many. What it stores need not be readable before it is left.
        """
        ...

    def take(self, pack: bytes) -> int:
        """Keep all objects of a git pack, durable on return; how many were new.

        Corrupt, with nothing kept, for one that is damaged.
        """
        ...

    def expand(self, text: str) -> bytes | None:
        """The one object whose id begins like this in hex; Conflict when there are several."""
        ...

    def ids(self) -> set[bytes]:
        """Every object that is there."""
        ...


class Refs(Protocol):
    """Names of objects. Their full names are checked by the caller."""

    def head(self) -> str | None:
        """The name that HEAD stands for, whether it is there or not; None for anything else."""
        ...

    def set_head(self, name: str) -> None: ...

    def names(self) -> list[str]:
        """All names but HEAD."""
        ...

    def direct(self, name: str) -> bytes | None:
        """What a name leads to by itself; None for none, and for one that names another name."""
        ...

    def target(self, name: str) -> bytes | None:
        """What a name leads to in the end, None when it is not there. Corrupt when damaged."""
        ...

    def swap(self, name: str, old: bytes | None, new: bytes) -> bool:
        """Compare and swap, durable: False, with nothing changed, where it is not at ``old``."""
        ...

    def put(self, name: str, new: bytes) -> None:
        """Make a name lead to an object, wherever it led before."""
        ...

    def remove(self, name: str) -> None: ...


class Graph(Protocol):
    """How versions come from each other. Full ids only; Corrupt when one is missing."""

    def commit(self, id: str) -> Commit: ...

    def walk(
        self, tips: Iterable[str], hidden: Iterable[str] = (), *, order: Order = "any"
    ) -> Iterator[Commit]:
        """All that lead to ``tips`` and not to ``hidden``, each once."""
        ...

    def base(self, a: str, b: str) -> str | None:
        """The newest that leads to both."""
        ...

    def counts(self, a: str, b: str) -> tuple[int, int]:
        """How many lead to ``a`` and not to ``b``, and to ``b`` and not to ``a``."""
        ...

    def leads_to(self, old: str, new: str) -> bool:
        """Whether ``new`` comes from ``old``, which it is not."""
        ...


class Store(Protocol):
    """One place. Whoever writes holds the history's lock. One thread at a time."""

    @property
    def objects(self) -> Objects: ...
    @property
    def refs(self) -> Refs: ...
    @property
    def graph(self) -> Graph: ...

    def close(self) -> None: ...

    def reopen(self) -> None:
        """See what others, or a call that went past this object, have changed."""
        ...

    def borrow(self, folder: Path) -> Store:
        """A new place at ``folder``, no clearer than this one, that reads the objects of this one
        too and is cut off where this one is. For as long as this one is open."""
        ...

    def look_again(self) -> None:
        """The same at next to no cost, for what versions were pruned."""
        ...

    def shallow(self) -> frozenset[str]:
        """Commits whose parents were pruned."""
        ...

    def set_shallow(self, ids: Collection[str]) -> None:
        """Note others in their place, durable, and heed them from now on."""
        ...

    def loose(self) -> int:
        """About how many objects :meth:`pack` would gather; cheap."""
        ...

    def stats(self) -> HistoryStats: ...

    def pack(self) -> PackReport:
        """Gather objects so that they take less room."""
        ...

    def pack_of(self, oids: Iterable[bytes], folder: Path) -> Path:
        """A git pack of some objects, in ``folder``, which is empty."""
        ...

    def sweep(
        self, reached: set[bytes], *, now: float, grace_s: float, dry_run: bool
    ) -> HistorySwept:
        """Remove what is not ``reached`` and has not been for ``grace_s`` seconds."""
        ...

    def drop(self, going: Collection[bytes]) -> None:
        """Remove objects for good, with every trace of them and what else lies about of old."""
        ...
