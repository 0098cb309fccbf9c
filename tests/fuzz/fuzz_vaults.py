"""Targets that read what lies in an encrypted place or library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fuzz_support import file_of, promised

from audobon.storage.objects import MemoryStore
from audobon.storage.vault import Keys, SealedStore, Secret
from audobon.storage.vault.header import read_header
from audobon.storage.vault.lines import Heads, begin
from audobon.storage.vault.names import Names
from audobon.storage.vault.smallfiles import SealedSmallFiles

__all__ = ["header", "header_seeds", "sealed", "sealed_seeds", "smallfile", "smallfile_seeds"]

SEALED = Path(__file__).parent.parent / "data" / "vault" / "format-1"


def header(data: bytes) -> None:
    import hashlib

    promised(lambda: read_header(data, "a place"))
    line = data.partition(b"\n")[0]
    whole = line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n"
    promised(lambda: read_header(whole, "a place"))


def header_seeds() -> Iterator[bytes]:
    yield (SEALED / "vault.json").read_bytes()


_KEYS = Keys(b"v" * 16, Secret(b"n" * 64), {b"k" * 16: Secret(b"m" * 32)}, b"k" * 16)
_NAME = "refs/main"
_LOG_HEAD = len(Heads(_KEYS).make())


def sealed(data: bytes) -> None:
    inner = MemoryStore()
    store = SealedStore(inner, _KEYS)
    inner.put(Names(_KEYS.names).seal(_NAME), data)
    promised(lambda: store.get(_NAME))
    promised(lambda: store.get(_NAME, 1, 70_000))
    promised(lambda: list(store.list()))
    # And as a name, whatever of it a place can hold.
    promised(lambda: inner.put(data.decode("latin-1"), b""))
    promised(lambda: list(store.list()))


def sealed_seeds() -> Iterator[bytes]:
    inner = MemoryStore()
    store = SealedStore(inner, _KEYS)
    for size in (0, 1000, 70_000):
        store.put(_NAME, b"x" * size)
        (stat,) = inner.list()
        yield inner.get(stat.key)
    yield stat.key.encode()


def smallfile(data: bytes) -> None:
    with file_of("small", data) as path:
        files = SealedSmallFiles(_KEYS, path.parent)
        promised(lambda: files.read(path))
        promised(lambda: list(files.lines(path)))
        # Behind a sound head, which no mutation makes.
        with path.open("wb") as stream:
            begin(stream, Heads(_KEYS), "library/small")
            stream.write(data)
        promised(lambda: list(files.lines(path)))
        promised(lambda: files.extend(path, lambda _last: ["one more"]))


def smallfile_seeds() -> Iterator[bytes]:
    with file_of("small", b"") as path:
        files = SealedSmallFiles(_KEYS, path.parent)
        files.write(path, b"some settings")
        yield path.read_bytes()
        files.write_lines(path, ["a line", "another line " * 40])
        yield path.read_bytes()
        yield path.read_bytes()[_LOG_HEAD:]
