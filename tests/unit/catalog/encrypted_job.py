"""Makes every kind of database of a library twice, in clear and under a key, and searches both."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audobon.errors import AudobonError
from audobon.model.asset import Facts
from audobon.storage.catalog import Catalog, NewFile
from audobon.storage.chunks import ChunkStore
from audobon.storage.links import LinkStore
from audobon.storage.links.store import Named
from audobon.storage.previews import Picture, PreviewStore
from audobon.storage.sqlite import Key, connect
from audobon.storage.vault.secret import Secret
from audobon.storage.vectors import ImprintStore, VectorStore
from audobon.storage.writing import WritingStore

WORD, TAG = "graumoos-plank", "wetterseite"
BOTH = f"{WORD} {TAG}".encode()
DIGEST = hashlib.sha256(BOTH)
NEEDLES = {
    "word": WORD.encode(),
    "tag": TAG.encode(),
    "digest": DIGEST.digest(),
    "header": b"SQLite format 3",
}
NOW = datetime(2026, 3, 4, tzinfo=UTC)
PICTURE = b"\x89PNG\r\n\x1a\n" + BOTH + b"IEND\xaeB`\x82"


@contextlib.contextmanager
def made(folder: Path, key: Key | None) -> Iterator[tuple[Catalog, WritingStore]]:
    """One of each with words in it, open, so that much of them is in ``-wal`` files."""
    folder.mkdir(parents=True)
    with contextlib.ExitStack() as stack:

        def opened(store: Any) -> Any:
            stack.callback(store.close)
            return store

        catalog = opened(Catalog.create(folder / "catalog.db", library_id="x", key=key))
        root = catalog.add_root("art", "/srv/art")
        facts = Facts("image", "png", 64, 32, {}, f"text {WORD}")
        file = NewFile(root.key, f"{WORD}.png", 1, 1, b"", DIGEST.hexdigest(), facts)
        catalog.insert([file], tags=(TAG,), author="Ann <ann@example.org>", now=NOW)
        writing = opened(WritingStore(folder / "writing.db", base=folder, key=key))
        writing.put({DIGEST.hexdigest(): BOTH.decode()})
        links = opened(LinkStore(folder / "links.db", base=folder, key=key))
        links.put([(WORD, 1, 1, "")], [Named(WORD, 0, f"//{TAG}.png", TAG)])
        opened(VectorStore(folder / "vectors.db", base=folder, key=key)).put(
            {NEEDLES["word"]: BOTH}
        )
        prints = opened(ImprintStore(folder / "imprints.db", base=folder, key=key))
        prints.put({NEEDLES["word"]: BOTH})
        previews = opened(PreviewStore(folder, base=folder, key=key))
        previews.put([Picture(DIGEST.hexdigest(), 64, PICTURE)])
        chunks = opened(ChunkStore(folder / "chunks", index_key=key))
        with chunks.writer() as writer:
            writer.put_bytes(BOTH)
        assert previews.get(DIGEST.hexdigest(), 64) == PICTURE
        yield catalog, writing


def found_in(folder: Path) -> dict[str, list[str]]:
    """Which needles lie in which database, its ``-wal`` with it."""
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*.db*")):
        data = path.read_bytes()
        name = path.name.removesuffix("-wal").removesuffix("-shm")
        there = {what for what, needle in NEEDLES.items() if needle in data}
        found[name] = found.get(name, set()) | there
    return {name: sorted(there) for name, there in found.items()}


def refused(call: Callable[[], Any], said: list[str]) -> str:
    try:
        call().close()
    except AudobonError as error:
        said.append(f"{error} {error.hint} {error!r}")
        return type(error).__name__
    return "nothing"


def asked(path: Path, key: Key | None, **how: bool) -> str:
    """The path of the one asset."""
    catalog = Catalog.open(path, key=key, **how)
    try:
        return catalog.iterate()[0].path
    finally:
        catalog.close()


def flipped(path: Path, key: Key) -> Any:
    """The database after a bit of its last page has turned, all of it read."""
    with path.open("r+b") as file:
        file.seek(-2000, os.SEEK_END)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    database = connect(path, read_only=True, key=key)
    try:
        database.value("PRAGMA integrity_check")
        database.rows("SELECT * FROM holes")
        return database
    except AudobonError:
        database.close()
        raise


def begun_anew(folder: Path, key: Key) -> list[str | None]:
    """What a derived file of another key says, and what it keeps afterwards."""
    older = WritingStore(folder / "other.db", base=folder, key=Secret(os.urandom(32)))
    older.put({"a": BOTH.decode()})
    older.close()
    store = WritingStore(folder / "other.db", base=folder, key=key)
    before = store.of(["a"]).get("a")
    store.put({"a": "again"})
    store.close()
    store = WritingStore(folder / "other.db", base=folder, key=key)
    try:
        return [before, store.of(["a"]).get("a")]
    finally:
        store.close()


def look_at(base: Path) -> dict[str, Any]:
    key, said, told = Secret(os.urandom(32)), list[str](), dict[str, Any]()
    for name, with_key in (("clear", None), ("sealed", key)):
        with made(base / name, with_key) as (catalog, _):
            catalog.backup(base / name / "copy.db")
            told[f"{name}, open"] = found_in(base / name)
        told[f"{name}, closed"] = found_in(base / name)
    clear, sealed = base / "clear" / "catalog.db", base / "sealed" / "catalog.db"
    copy = base / "sealed" / "copy.db"
    told["read"] = [asked(sealed, key), asked(sealed, key, read_only=True), asked(copy, key)]
    other = Secret(os.urandom(32))
    tries: dict[str, Callable[[], Any]] = {
        "no key": lambda: Catalog.open(sealed),
        "another key": lambda: Catalog.open(sealed, key=other),
        "a key for a file in clear": lambda: Catalog.open(clear, key=key),
        "a copy without its key": lambda: Catalog.open(copy),
        "a turned bit": lambda: flipped(_holes(base / "holes.db", key), key),
        "a short key": lambda: connect(base / "new.db", key=Secret(b"short")),
    }
    told["refused"] = {what: refused(call, said) for what, call in tries.items()}
    told["still read"] = [asked(clear, None), asked(sealed, key)]
    told["begun anew"] = begun_anew(base / "sealed", key)
    said += [repr(key), repr(connect), str(told)]
    told["keys told"] = [each for each in said if key.reveal().hex() in each]
    return told


def _holes(path: Path, key: Key) -> Path:
    database = connect(path, key=key)
    database.execute("CREATE TABLE holes (x)")
    database.many("INSERT INTO holes VALUES (?)", [(b"x" * 3000,) for _ in range(20)])
    database.close()
    return path
