"""One place of objects, opened as a depot."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from audobon.errors import Conflict, Corrupt, NotFound
from audobon.services.depot import keys
from audobon.services.depot.records import Header, RefRecord, dump, load_as
from audobon.storage.objects.base import ABSENT, ANY, Expected, ObjectStore
from audobon.system.smallfiles import PLAIN, SmallFiles

if TYPE_CHECKING:
    from audobon.services.depot.contents import Contents
    from audobon.storage.chunks.parcels import Parcel
    from audobon.storage.sqlite import Key

__all__ = ["Depot", "Placed"]

_RECORD_LIMIT = 1 << 20
"""Bytes of a record; a ref with the most ends that anybody prunes has some kilobytes."""


@frozen(slots=True)
class Placed:
    """A ref record as it lies there; ``generation`` is what a move expects."""

    record: RefRecord
    generation: str


@define
class Depot:
    """What a place of objects holds of a library. One thread at a time.

    ``folder`` is one of ours on the local disk, for what is only kept to be
    quicker: which chunks the place has. It may be deleted at any time. ``files`` reads and writes
    there, and its database lies under ``key``.
    """

    store: ObjectStore
    folder: Path
    files: SmallFiles = PLAIN
    key: Key | None = field(default=None, repr=False)
    _contents: Contents | None = None
    _gits: dict[str, int] = field(factory=dict)

    @property
    def url(self) -> str:
        return self.store.url

    @property
    def contents(self) -> Contents:
        """Which chunks are there; made current by its ``refresh``."""
        from audobon.services.depot.contents import Contents

        if self._contents is None:
            self._contents = Contents(self.store, self.folder, self.files, self.key)
        return self._contents

    @property
    def workplace(self) -> Path:
        """Where whoever works on it makes temporary folders; it exists. OSError.

        Not beside what is kept where all is encrypted: what is on its way lies in clear.
        """
        if self.files.sealed:
            return self.files.working()
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder

    def close(self) -> None:
        """Let go of the local index; the store belongs to whoever opened it."""
        if self._contents is not None:
            self._contents.close()
            self._contents = None

    # What it is

    def header(self) -> Header | None:
        """What it says of itself, None where nothing of ours is. Corrupt, NewerFormat."""
        found = self._read(keys.HEADER)
        return None if found is None else load_as(found[0], Header, self.where(keys.HEADER))

    def begin(self, header: Header) -> Header:
        """Write the header where there is none yet; the one that is there now."""
        with contextlib.suppress(Conflict):  # somebody was first; whose it is the caller sees
            self.store.put(keys.HEADER, dump(header), ABSENT)
        found = self.header()
        if found is None:
            raise Corrupt(f"{self.where(keys.HEADER)} is gone again", subject=self.url)
        return found

    # Where branches stand

    def refs(self) -> dict[str, Placed]:
        """All refs by full name. Corrupt, naming it, for one that makes no sense."""
        found = {}
        for stat in self.store.list(keys.REFS):
            ref = keys.ref_of(stat.key)
            placed = self.ref(ref)
            if placed is not None:
                found[ref] = placed
        return found

    def ref(self, ref: str) -> Placed | None:
        """One ref, None where there is none."""
        key = keys.ref_key(ref)
        found = self._read(key)
        if found is None:
            return None
        where = self.where(key)
        return Placed(load_as(found[0], RefRecord, where).check(ref, where), found[1])

    def move(self, record: RefRecord, before: Placed | None) -> None:
        """Have a ref stand elsewhere: compare-and-swap.

        Everything that the version needs is there already. Conflict where it
        was moved meanwhile.
        """
        expected: Expected = ABSENT if before is None else before.generation
        name = record.ref.partition("/")[2].partition("/")[2]
        try:
            self.store.put(keys.ref_key(record.ref), dump(record), expected)
        except Conflict as error:
            raise Conflict(
                f"{name!r} was moved in {self.url} by somebody else meanwhile",
                subject=name,
                hint="pull, then push again",
            ) from error

    # Objects of git

    def gits(self) -> tuple[str, ...]:
        """The names of all git packs, by sha256."""
        self._gits = {
            stat.key.removeprefix(keys.GIT).removesuffix(".pack"): stat.size
            for stat in self.store.list(keys.GIT)
        }
        return tuple(self._gits)

    def git_size(self, name: str) -> int:
        """The bytes of a git pack that :meth:`gits` has named."""
        return self._gits[name]

    def git(self, name: str) -> bytes:
        """A git pack, proved by its name. Corrupt, naming it."""
        key = f"{keys.GIT}{name}.pack"
        try:
            data = self.store.get(key)
        except NotFound as error:
            raise Corrupt(f"{self.where(key)} is gone", subject=self.where(key)) from error
        if hashlib.sha256(data).hexdigest() != name:
            raise Corrupt(f"{self.where(key)} has other bytes than its name says", subject=key)
        return data

    def put_git(self, path: Path) -> tuple[str, int]:
        """Put a git pack; its name and size."""
        data = path.read_bytes()
        name = hashlib.sha256(data).hexdigest()
        self.put_once(f"{keys.GIT}{name}.pack", data)
        return name, len(data)

    # Locks

    def locks(self) -> Mapping[str, bytes]:
        """What each writer has locked, by the writer's name, as it wrote it."""
        found = {}
        for stat in self.store.list(keys.LOCKS):
            data = self._read(stat.key)
            if data is not None:
                found[stat.key.removeprefix(keys.LOCKS).removesuffix(".json")] = data[0]
        return found

    def put_locks(self, writer: str, data: bytes | None) -> None:
        """What this writer has locked now; None for nothing."""
        key = f"{keys.LOCKS}{writer}.json"
        if data is None:
            self.store.delete(key)
        else:
            self.store.put(key, data)

    # Within

    def where(self, key: str) -> str:
        """A place for messages."""
        return f"{self.url.rstrip('/')}/{key}"

    def put_once(self, key: str, data: bytes | Path) -> None:
        """Write what never changes. One of another size, cut off somehow, is written again."""
        try:
            self.store.put(key, data, ABSENT)
        except Conflict:
            size = data.stat().st_size if isinstance(data, Path) else len(data)
            found = self.store.stat(key)
            if found is None or found.size != size:
                self.store.put(key, data, ANY)

    def put_pack(self, parcel: Parcel) -> None:
        """Write a pack and then what is in it, so that whoever finds the second has the first.

        Its file here goes, whatever happens.
        """
        try:
            pack, index = keys.pack_keys(parcel.name)
            self.put_once(pack, parcel.path)
            self.put_once(index, parcel.trailer)
        finally:
            parcel.path.unlink(missing_ok=True)

    def _read(self, key: str) -> tuple[bytes, str] | None:
        """A record and its generation, both of one moment."""
        for _ in range(5):
            before = self.store.stat(key)
            if before is None:
                return None
            if before.size > _RECORD_LIMIT:
                raise Corrupt(f"{self.where(key)} is too large for what it is", subject=key)
            try:
                data = self.store.get(key)
            except NotFound:
                continue
            after = self.store.stat(key)
            if after is not None and after.generation == before.generation:
                return data, after.generation
        raise Conflict(f"{self.where(key)} changes while it is read", subject=key, hint="try again")
