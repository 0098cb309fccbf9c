"""A place of objects whose write-once objects are kept on this machine after the first reading."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from audobon.errors import AudobonError
from audobon.storage.objects.base import ANY, Expected, ObjectStat, ObjectStore, check_key
from audobon.system.files import (
    atomic_writer,
    free_name,
    sweep_leftovers,
    translate_os_error,
)

__all__ = ["CacheStore"]

_SUFFIX = ".object"
_TAIL = 32  # sha256 of all before it


class CacheStore:
    """Another store; objects whose keys start with one of ``prefixes`` are kept in ``folder``.

    Those must be written once only: what is kept is not compared with what is there now. It is
    verified at each reading, and asked for again where it is damaged. The oldest used go first
    when there are more than ``budget`` bytes. The folder may be shared and may be deleted.
    """

    def __init__(
        self, store: ObjectStore, folder: Path, *, budget: int, prefixes: tuple[str, ...]
    ) -> None:
        self._store = store
        self._folder = folder
        self._budget = budget
        self._prefixes = prefixes
        self._lock = threading.Lock()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise translate_os_error(error, folder) from error
        sweep_leftovers(folder)

    @property
    def url(self) -> str:
        return self._store.url

    def stat(self, key: str) -> ObjectStat | None:
        return self._store.stat(key)

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        if not self._keeps(key):
            return self._store.get(key, start, end)
        kept = self._kept(key)
        if kept is None:
            data = self._store.get(key, start, end)
            # A part is not worth the whole; what ends before it was asked to end is the whole.
            if not start and (end is None or len(data) < end):
                self._keep(key, data, "")
            return data
        return kept[1][start:end]

    def fetch(self, key: str, to: Path) -> ObjectStat:
        kept = self._kept(key) if self._keeps(key) else None
        if kept is not None and kept[0]:
            try:
                with atomic_writer(to) as file:
                    file.write(kept[1])
            except OSError as error:
                raise translate_os_error(error, to) from error
            return ObjectStat(key, len(kept[1]), kept[0])
        found = self._store.fetch(key, to)
        if self._keeps(key) and found.size <= self._budget:
            with contextlib.suppress(OSError):
                self._keep(key, to.read_bytes(), found.generation)
        return found

    def put(self, key: str, data: bytes | Path, expected: Expected = ANY) -> ObjectStat:
        check_key(key)
        self._drop(key)
        return self._store.put(key, data, expected)

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        return self._store.list(prefix)

    def delete(self, key: str, expected: Expected = ANY) -> bool:
        check_key(key)
        self._drop(key)
        return self._store.delete(key, expected)

    def close(self) -> None:
        self._store.close()

    def _keeps(self, key: str) -> bool:
        return check_key(key).startswith(self._prefixes)

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(f"{self._store.url}\0{key}".encode()).hexdigest()[:40]
        return self._folder / f"{name}{_SUFFIX}"

    def _kept(self, key: str) -> tuple[str, bytes] | None:
        path = self._path(key)
        try:
            raw = path.read_bytes()
        except OSError:
            return None
        if hashlib.sha256(raw[:-_TAIL]).digest() != raw[-_TAIL:]:
            self._drop(key)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        generation, _, data = raw[:-_TAIL].partition(b"\n")
        return generation.decode("utf-8", "replace"), data

    def _keep(self, key: str, data: bytes, generation: str) -> None:
        raw = generation.encode() + b"\n" + data
        if len(raw) + _TAIL > self._budget:
            return
        # A cache that cannot be written is none; what was asked for is there all the same.
        with contextlib.suppress(OSError, AudobonError), self._lock:
            part = free_name(self._folder)
            try:
                with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                    file.write(raw)
                    file.write(hashlib.sha256(raw).digest())
                part.replace(self._path(key))
            finally:
                part.unlink(missing_ok=True)
            self._evict()

    def _evict(self) -> None:
        kept = []
        for entry in os.scandir(self._folder):
            if entry.name.endswith(_SUFFIX):
                found = entry.stat()
                kept.append((found.st_mtime_ns, found.st_size, entry.path))
        left = sum(size for _, size, _ in kept)
        for _, size, path in sorted(kept):
            if left <= self._budget:
                return
            with contextlib.suppress(OSError):
                os.unlink(path)
                left -= size

    def _drop(self, key: str) -> None:
        with contextlib.suppress(OSError):
            self._path(key).unlink(missing_ok=True)
