"""A place of objects that lie encrypted in another one."""

from __future__ import annotations

import contextlib
import hashlib
import io
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Final, Protocol, TypeVar

from audobon.errors import AudobonError, Conflict, Corrupt, NotFound
from audobon.storage.objects.base import (
    ANY,
    Expected,
    ObjectStat,
    ObjectStore,
    check_key,
    check_prefix,
)
from audobon.storage.vault.frames import (
    FRAME,
    HEAD,
    Opened,
    Pieces,
    Shape,
    key_id_of,
    open_head,
    opened_pieces,
    seal_object,
)
from audobon.storage.vault.keys import Keys
from audobon.storage.vault.names import Names
from audobon.system.files import atomic_writer, translate_os_error

__all__ = ["SealedStore"]

_T = TypeVar("_T")


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


_IN_MEMORY: Final = 4 << 20
"""Objects up to it are sealed in memory, larger ones in a temporary file (sealed bytes only)."""
_HEADS: Final = 50_000  # headers that are remembered, some 300 bytes each
_AT_ONCE: Final = 8  # headers that a listing asks for at the same time
_FEW: Final = 4  # fewer are quicker without threads
_AGAIN: Final = 5  # an object may be replaced between two reads; five times in a row is no accident


class SealedStore:
    """The Protocol of :class:`ObjectStore` over bytes and names that only ``keys`` open.

    Who holds the inner store sees how many objects there are, how long they are (to 12 %, see
    ``frames.padded``), which lie in one folder, and when they are read and written. It can take
    objects away or bring back older ones of the same name; whatever else it changes is Corrupt.

    Sizes in listings are read from the objects' headers, once for each generation: 100 bytes
    each, several at a time. ``url`` is that of the inner store. Closing closes that too.
    """

    def __init__(self, inner: ObjectStore, keys: Keys) -> None:
        self._inner = inner
        self._keys = keys
        self._names = Names(keys.names)
        self._lock = threading.Lock()
        self._heads: OrderedDict[str, tuple[str, Opened]] = OrderedDict()

    def __repr__(self) -> str:
        return f"SealedStore({self._inner.url!r})"

    @property
    def url(self) -> str:
        return self._inner.url

    @property
    def inner(self) -> ObjectStore:
        """The place where the sealed objects lie."""
        return self._inner

    def stat(self, key: str) -> ObjectStat | None:
        found = self._head(key, self._seal_name(key))
        return None if found is None else ObjectStat(key, found[1].size, found[0])

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        sealed = self._seal_name(key)
        if start <= 0 and end is None:
            return self._whole(key, self._ask(key, lambda: self._inner.get(sealed)))
        return self._settled(key, sealed, lambda found: self._range(found, sealed, start, end))

    def fetch(self, key: str, to: Path) -> ObjectStat:
        sealed = self._seal_name(key)
        # Its name is the same for the next call, so that the inner store can go on where it was.
        told = hashlib.sha256(f"{sealed}/{to.name}".encode()).hexdigest()
        part = to.parent / f".audobon-{told[:32]}.tmp"
        stat = self._ask(key, lambda: self._inner.fetch(sealed, part))
        try:
            with open(part, "rb") as source:
                there = source.seek(0, io.SEEK_END)
                source.seek(0)
                found = open_head(self._keys, key, source.read(HEAD), there)
                with atomic_writer(to) as target:
                    target.writelines(opened_pieces(found, source))
        except OSError as error:
            raise translate_os_error(error, error.filename or to) from error
        finally:
            with contextlib.suppress(OSError):
                part.unlink()
        return ObjectStat(key, found.size, stat.generation)

    def put(self, key: str, data: bytes | Path, expected: Expected = ANY) -> ObjectStat:
        sealed = self._seal_name(key)
        if isinstance(data, Path):
            try:
                with open(data, "rb") as source:
                    size = source.seek(0, io.SEEK_END)
                    source.seek(0)
                    stat = self._put(key, sealed, size, source, expected)
            except OSError as error:
                raise translate_os_error(error, data) from error
        else:
            size = len(data)
            stat = self._put(key, sealed, size, io.BytesIO(data), expected)
        return ObjectStat(key, size, stat.generation)

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        check_prefix(prefix)
        folder = prefix.rpartition("/")[0]
        inside = f"{self._names.seal_folder(folder)}/" if folder else ""
        found = []
        for stat in self._inner.list(inside):
            key = self._names.open(stat.key)
            if key is not None and key.startswith(prefix):
                found.append((key, stat))
        found.sort(key=lambda each: each[0])
        if len(found) <= _FEW:
            yield from filter(None, (self._listed(*each) for each in found))
            return
        with ThreadPoolExecutor(_AT_ONCE, "audobon-sealed") as pool:
            rest = iter(found)
            while several := list(islice(rest, _AT_ONCE * 8)):
                for listed in pool.map(lambda each: self._listed(*each), several):
                    if listed is not None:
                        yield listed

    def delete(self, key: str, expected: Expected = ANY) -> bool:
        sealed = self._seal_name(key)
        self._forget(sealed)
        return self._ask(key, lambda: self._inner.delete(sealed, expected))

    def close(self) -> None:
        self._inner.close()

    # What rotation and checks need beyond the Protocol.

    def sealed(self) -> Iterator[tuple[ObjectStat, str | None]]:
        """All that lies in the inner store, each with our key; None for what is not ours."""
        for stat in self._inner.list():
            yield stat, self._names.open(stat.key)

    def sealed_stat(self, key: str) -> ObjectStat | None:
        """An object as the inner store knows it."""
        return self._inner.stat(self._seal_name(key))

    def is_old(self, key: str, stat: ObjectStat) -> bool:
        """Whether an object lies under another key than the one that is written with."""
        head = self._inner.get(stat.key, 0, HEAD)
        return key_id_of(head, key) != self._keys.current

    def reseal(self, key: str, expected: str) -> None:
        """Write an object again under the newest key, if it is still the generation expected."""
        with tempfile.TemporaryDirectory(prefix="audobon-") as folder:
            sealed = Path(folder, "old")
            stat = self._ask(key, lambda: self._inner.fetch(self._seal_name(key), sealed))
            if stat.generation != expected:
                raise Conflict(f"{key} in {self.url} is not what was expected", subject=key)
            with open(sealed, "rb") as source:
                found = open_head(self._keys, key, source.read(HEAD), stat.size)
                pieces = opened_pieces(found, source)
                stream = Pieces(pieces)
                self._put(key, self._seal_name(key), found.size, stream, expected)

    def _seal_name(self, key: str) -> str:
        return self._names.seal(check_key(key))

    def _ask(self, key: str, call: Callable[[], _T]) -> _T:
        """What the inner store says; where it names the object, in our names."""
        try:
            return call()
        except NotFound:
            raise NotFound(f"there is no object {key} in {self.url}", subject=key) from None
        except Conflict:
            raise Conflict(f"{key} in {self.url} is not what was expected", subject=key) from None

    def _put(
        self, key: str, sealed: str, size: int, source: _Source, expected: Expected
    ) -> ObjectStat:
        pieces = seal_object(self._keys, key, size, source.read)
        self._forget(sealed)
        if size <= _IN_MEMORY:
            whole = b"".join(pieces)
            return self._ask(key, lambda: self._inner.put(sealed, whole, expected))
        with tempfile.TemporaryDirectory(prefix="audobon-") as folder:
            path = Path(folder, "sealed")
            with open(path, "wb") as target:
                target.writelines(pieces)
            return self._ask(key, lambda: self._inner.put(sealed, path, expected))

    def _whole(self, key: str, data: bytes) -> bytes:
        found = open_head(self._keys, key, data, len(data))
        return b"".join(found.open_frames(0, data[HEAD:]))

    def _settled(self, key: str, sealed: str, read: Callable[[Opened], bytes | None]) -> bytes:
        """What ``read`` makes of an object, again when it was replaced while it was read."""
        found = self._head(key, sealed, known=True)
        for _ in range(_AGAIN):
            if found is None:
                raise NotFound(f"there is no object {key} in {self.url}", subject=key)
            try:
                answer = self._ask(key, lambda opened=found[1]: read(opened))  # type: ignore[misc]
                if answer is not None:
                    return answer
                failed = None
            except Corrupt as error:
                failed = error
            now = self._head(key, sealed)
            if now is not None and now[0] == found[0]:
                if failed is not None:
                    raise failed
                return b""
            found = now
        raise Conflict(f"{key} in {self.url} changes faster than it can be read", subject=key)

    def _range(self, found: Opened, sealed: str, start: int, end: int | None) -> bytes | None:
        """The bytes of a range, None for none of them."""
        start = max(0, start)
        first, after = found.frames_for(start, found.size if end is None else end)
        if first == after:
            return None
        place = found.shape.place
        data = self._inner.get(sealed, place(first), place(after))
        if len(data) != place(after) - place(first):
            raise Corrupt(f"the sealed object {found.name} is cut off", subject=found.name)
        plain = b"".join(found.open_frames(first, data))
        from_ = start - first * FRAME
        return plain[from_ : None if end is None else from_ + end - start]

    def _head(self, key: str, sealed: str, *, known: bool = False) -> tuple[str, Opened] | None:
        """The generation of an object and its header; with ``known``, as it was seen last."""
        if known:
            with self._lock:
                before = self._heads.get(sealed)
            if before is not None:
                return before
        stat = self._inner.stat(sealed)
        for _ in range(_AGAIN):
            if stat is None:
                return None
            try:
                return stat.generation, self._read_head(key, stat)
            except NotFound:
                return None
            except Corrupt:
                now = self._inner.stat(sealed)
                if now == stat:
                    raise
                stat = now
        raise Conflict(f"{key} in {self.url} changes faster than it can be read", subject=key)

    def _read_head(self, key: str, stat: ObjectStat) -> Opened:
        with self._lock:
            before = self._heads.get(stat.key)
        if before is not None and before[0] == stat.generation:
            return before[1]
        head = self._inner.get(stat.key, 0, HEAD)
        found = open_head(self._keys, key, head, stat.size)
        with self._lock:
            self._heads[stat.key] = (stat.generation, found)
            self._heads.move_to_end(stat.key)
            while len(self._heads) > _HEADS:
                self._heads.popitem(last=False)
        return found

    def _forget(self, sealed: str) -> None:
        with self._lock:
            self._heads.pop(sealed, None)

    def _listed(self, key: str, stat: ObjectStat) -> ObjectStat | None:
        try:
            return ObjectStat(key, self._read_head(key, stat).size, stat.generation)
        except NotFound:
            return None
        except AudobonError:
            # One damaged object hides no other; whoever reads it is told. Or it was replaced.
            shape = Shape.of_stored(stat.size)
            return ObjectStat(key, shape.filled if shape else stat.size, stat.generation)
