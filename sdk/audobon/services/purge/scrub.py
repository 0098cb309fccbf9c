"""What is derived, told or set aside: rid of purged assets, or made anew without them."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from audobon.errors import AudobonError
from audobon.services.core.brokenlocks import broken_path
from audobon.services.core.locking import lock_path
from audobon.services.core.place import Place
from audobon.services.core.printed import log_lock
from audobon.services.core.purges import PurgeJournal
from audobon.services.core.stores import Stores
from audobon.services.versioning.tidying import tidy
from audobon.storage.sqlite import scrub_file

__all__ = ["scrub"]

_WHOLE = ("details", "results", "remotes", "places", "links")
"""Folders below ``derived/`` that are emptied: what is in them is named by digests of several
things, or lists what another place has. All of it is made again when it is asked for."""
_LEFT_S = 600.0
"""After so long without a change nobody is about to give a temporary file its name."""


def scrub(stores: Stores, journal: PurgeJournal) -> None:
    """Remove every trace outside of catalog, history and chunk store. Busy; may be done twice."""
    place = stores.place
    for ident in journal.ids:
        lock_path(place, ident).unlink(missing_ok=True)
        broken_path(place, ident).unlink(missing_ok=True)
    stores.links.close()
    for name in _WHOLE:
        shutil.rmtree(place.state / "derived" / name, ignore_errors=True)
    _vectors(stores, journal)
    names = (*journal.ids, *journal.digests, *journal.words, *journal.notes)
    contents = [bytes.fromhex(digest) for digest in journal.digests]
    for path in _databases(place.state / "derived"):
        if not scrub_file(path, names, contents, key=place.key):
            path.unlink(missing_ok=True)
    stores.index.close()
    shutil.rmtree(place.index, ignore_errors=True)
    stores.reopen_index()
    stores.index.catch_up()
    marks = [name.encode() for name in names]
    for path in sorted(place.logs.rglob("*")):
        if path.is_file():
            _lines(place, path, marks)
    _aside(place, marks, journal)


def _vectors(stores: Stores, journal: PurgeJournal) -> None:
    """Vectors by content, and which asset has which; what is mapped of them is made anew."""
    for path in sorted(stores.place.alike.glob("*.db")):
        store = stores.vectors(path.stem)
        store.hold([(key, None) for key in journal.keys], mark=store.mark())
    contents = [bytes.fromhex(digest) for digest in journal.digests]
    if stores.place.imprints.exists():
        stores.imprints.forget(contents)
    tidy(stores)
    for path in sorted(stores.place.alike.rglob("*")):
        if path.is_file() and not path.name.endswith((".db", ".db-wal", ".db-shm")):
            path.unlink(missing_ok=True)


def _databases(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.db")):
        if "index" not in path.relative_to(folder).parts[:1]:
            yield path


def _lines(place: Place, path: Path, marks: list[bytes]) -> None:
    """Take lines out of a log in which something stands; writers go on at its end."""
    if place.files.sealed:
        with log_lock(place, path.stem):
            texts = list(place.files.lines(path))
            # One that cannot be opened may hold anything.
            left = [text for text in texts if text is not None and not _marked(text, marks)]
            if len(left) < len(texts):
                place.files.write_lines(path, left)
        return
    data = path.read_bytes()
    if any(mark in data for mark in marks):
        kept = [line for line in data.splitlines(True) if not any(mark in line for mark in marks)]
        with path.open("r+b") as stream:
            stream.write(b"".join(kept))
            stream.truncate()


def _marked(text: str, marks: list[bytes]) -> bool:
    data = text.encode("utf-8", "surrogatepass")
    return any(mark in data for mark in marks)


def _aside(place: Place, marks: list[bytes], journal: PurgeJournal) -> None:
    """What was set aside because it was damaged, and what dead processes left.

    Where it is encrypted it may hold anything.
    """
    state, sealed = place.state, place.files.sealed
    chunks = {bytes.fromhex(each) for each in journal.chunks[:64]}
    looked = [*marks, *chunks, *(bytes.fromhex(sample) for sample in journal.samples)]
    left = [*state.glob("catalog-damaged-*"), *state.glob("catalog-new*")]
    left += [path for path in (state / "chunks" / "damaged").glob("*") if path.is_file()]
    for path in left:
        damaged = path.parent.name == "damaged"
        # A pack that cannot be read may hold anything; what was sound in it moved out of it.
        if damaged or sealed or _holds(path, looked):
            path.unlink(missing_ok=True)
    for path in state.rglob(".audobon-*.tmp"):
        with contextlib.suppress(FileNotFoundError):  # somebody is just done with it
            left_long = sealed and time.time() - path.stat().st_mtime > _LEFT_S
            if left_long or _holds(path, [*looked, *(ident.encode() for ident in journal.ids)]):
                path.unlink()
    for path in (state / "chunks").glob("repack-*"):
        shutil.rmtree(path, ignore_errors=True)
    native = state / "derived" / "native-catalogs.json"
    if native.is_file() and _in(_read(place, native), looked):
        place.files.write(native, b"{}")


def _read(place: Place, path: Path) -> bytes:
    """A file that is derived; as if it were empty where it cannot be read."""
    try:
        return place.files.read(path)
    except (OSError, AudobonError):
        path.unlink(missing_ok=True)
        return b""


def _holds(path: Path, looked: list[bytes]) -> bool:
    return _in(path.read_bytes(), looked)


def _in(data: bytes, looked: list[bytes]) -> bool:
    return any(each in data for each in looked)
