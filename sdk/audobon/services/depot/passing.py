"""Files made while the groups that hold them pass by, so that each is decompressed only once.

A shortcut: what does not pass by in the order in which it lies in a file is left, and made from
the store afterwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Set
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import Any, Protocol

from attrs import define, field

from audobon.errors import AudobonError
from audobon.storage.chunks.layout import Group, Recipe
from audobon.storage.chunks.lists import chunk_ids

__all__ = ["Into", "Opened", "Passing"]


class Into(Protocol):
    """What a file is written to, from its front to its end."""

    def write(self, data: memoryview, /) -> int: ...


Opened = Callable[[str], AbstractContextManager[Into | None]]
"""Gives what a file is written to, by its digest; nothing where it is only to be proved.

The file counts when the block ends, and is thrown away when an exception leaves it."""

_HELD = 32 << 20
"""Decompressed bytes that wait for their turn; over it what waits longest is left."""
_OPEN = 16
"""Files that are begun and not yet whole. They come one after the other, as they were stored."""

_CLOSERS = 4
"""Files at once that are waited for until they are on the disk, where they are to be."""


class _Left(Exception):
    """A file is not made here."""


@define(eq=False)
class _File:
    digest: str
    ids: list[bytes]
    at: int = 0
    sha256: Any = field(factory=hashlib.sha256)
    into: Into | None = None
    stack: ExitStack | None = None
    hashing: Future[None] | None = None


@define(eq=False)
class _Held:
    """A decompressed group; ``uses`` counts the chunks of files that are still to be made."""

    data: memoryview
    ids: list[bytes]
    uses: int = 0


class Passing:
    """Makes files of ``recipes`` of whose chunks none was here; one thread at a time.

    Groups are given by :meth:`take`, each proved; :meth:`end` says which files were made, with the
    sha256 that they have.
    """

    def __init__(self, recipes: Mapping[str, Recipe], absent: Set[bytes], opened: Opened) -> None:
        self._opened = opened
        self._waiting: dict[bytes, list[_File]] = {}
        self._uses: dict[bytes, int] = {}
        self._held: dict[int, _Held] = {}
        self._places: dict[bytes, tuple[_Held, int, int]] = {}
        self._size = self._number = 0
        self._begun: set[_File] = set()
        self._closing: dict[str, Future[None]] = {}
        self._hasher = ThreadPoolExecutor(1, "audobon-sha256")
        # Who waits for the disk holds nobody else up.
        self._closer = ThreadPoolExecutor(_CLOSERS, "audobon-closing")
        for digest, recipe in recipes.items():
            ids = chunk_ids(recipe)
            if recipe.chain or not ids or not absent >= set(ids):
                continue
            file = _File(digest, ids)
            for item in ids:
                self._uses[item] = self._uses.get(item, 0) + 1
            for item in dict.fromkeys(ids):
                self._waiting.setdefault(item, []).append(file)

    def take(self, groups: Iterable[tuple[Group, bytes]]) -> None:
        """Decompressed groups, in any order."""
        for group, data in groups:
            self._take(group, data)

    def end(self) -> set[str]:
        """The files that were made. What is begun and not whole is thrown away."""
        for file in list(self._begun):
            self._leave(file)
        self._hasher.shutdown()
        self._closer.shutdown()
        return {digest for digest, one in self._closing.items() if one.exception() is None}

    def _take(self, group: Group, data: bytes) -> None:
        items = [one for one in group.items() if self._uses.get(one[0]) and self._new(one[0])]
        if not items:
            return
        held = _Held(memoryview(data), [item for item, _, _ in items])
        self._number += 1
        self._held[self._number] = held
        self._size += len(data)
        for item, start, length in items:
            self._places[item] = held, start, length
            held.uses += self._uses[item]
        files = dict.fromkeys(file for item, _, _ in items for file in self._waiting[item])
        for file in files:
            self._advance(file)
        self._drop_empty()
        while self._size > _HELD:
            self._give_up(next(iter(self._held)))

    def _new(self, item: bytes) -> bool:
        return item not in self._places

    def _advance(self, file: _File) -> None:
        if not file.ids or (file.at == 0 and file.ids[0] not in self._places):
            return
        try:
            while run := self._run(file):
                self._write(file, run)
            if file.at == len(file.ids):
                self._finish(file)
        except (_Left, OSError, AudobonError):
            # What is wrong comes again, and is told, when it is made of the store.
            self._leave(file)

    def _run(self, file: _File) -> memoryview | None:
        """The next chunks of a file that lie beside each other."""
        at, ids = file.at, file.ids
        place = self._places.get(ids[at]) if at < len(ids) else None
        if place is None:
            return None
        held, start, length = place
        end = start + length
        self._used(ids[at], held)
        at += 1
        while at < len(ids):
            following = self._places.get(ids[at])
            if following is None or following[0] is not held or following[1] != end:
                break
            end += following[2]
            self._used(ids[at], held)
            at += 1
        file.at = at
        return held.data[start:end]

    def _used(self, item: bytes, held: _Held) -> None:
        held.uses -= 1
        self._uses[item] -= 1

    def _write(self, file: _File, run: memoryview) -> None:
        if file.stack is None:
            if len(self._begun) >= _OPEN:
                raise _Left
            stack = ExitStack()
            file.into = stack.enter_context(self._opened(file.digest))
            file.stack = stack
            self._begun.add(file)
        if file.hashing is not None:
            file.hashing.result()
        file.hashing = self._hasher.submit(file.sha256.update, run)
        if file.into is not None:
            file.into.write(run)

    def _finish(self, file: _File) -> None:
        if file.hashing is not None:
            file.hashing.result()
        if file.sha256.hexdigest() != file.digest or file.stack is None:
            raise _Left
        stack, file.stack = file.stack, None
        self._begun.discard(file)
        file.at, file.ids = 0, []
        self._closing[file.digest] = self._closer.submit(stack.close)

    def _leave(self, file: _File) -> None:
        """Throw away what there is of a file and let go of what it would still need."""
        for item in file.ids[file.at :]:
            if place := self._places.get(item):
                place[0].uses -= 1
            self._uses[item] -= 1
        file.at, file.ids = 0, []
        self._begun.discard(file)
        if file.hashing is not None:
            file.hashing.exception()
        if file.stack is not None:
            stack, file.stack = file.stack, None
            with suppress(_Left, OSError, AudobonError):
                stack.__exit__(_Left, _Left(), None)

    def _give_up(self, number: int) -> None:
        """What waits longest is no longer waited for."""
        held = self._held[number]
        for file in {file for item in held.ids for file in self._waiting[item] if file.ids}:
            self._leave(file)
        held.uses = 0
        self._drop_empty()

    def _drop_empty(self) -> None:
        for number, held in list(self._held.items()):
            if held.uses <= 0:
                del self._held[number]
                self._size -= len(held.data)
                for item in held.ids:
                    del self._places[item]
