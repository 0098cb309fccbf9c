"""What is derived, told or set aside: rid of purged assets, or made anew without them."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from audobon.services.locking import lock_path
from audobon.services.purge.journal import PurgeJournal
from audobon.services.stores import Stores
from audobon.services.tidying import tidy
from audobon.storage.sqlite import scrub_file
from audobon.system.files import write_atomic

__all__ = ["scrub"]

_WHOLE = ("details", "results", "remotes", "places", "links")
"""Folders below ``derived/`` that are emptied: what is in them is named by digests of several
things, or lists what another place has. All of it is made again when it is asked for."""


def scrub(stores: Stores, journal: PurgeJournal) -> None:
    """Remove every trace outside of catalog, history and chunk store. Busy; may be done twice."""
    place = stores.place
    for ident in journal.ids:
        lock_path(place, ident).unlink(missing_ok=True)
    stores.links.close()
    for name in _WHOLE:
        shutil.rmtree(place.state / "derived" / name, ignore_errors=True)
    _vectors(stores, journal)
    names = (*journal.ids, *journal.digests, *journal.words, *journal.notes)
    contents = [bytes.fromhex(digest) for digest in journal.digests]
    for path in _databases(place.state / "derived"):
        if not scrub_file(path, names, contents):
            path.unlink(missing_ok=True)
    stores.index.close()
    shutil.rmtree(place.index, ignore_errors=True)
    stores.reopen_index()
    stores.index.catch_up()
    marks = [name.encode() for name in names]
    for path in sorted(place.logs.rglob("*")):
        if path.is_file():
            _lines(path, marks)
    _aside(place.state, marks, journal)


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


def _lines(path: Path, marks: list[bytes]) -> None:
    """Take lines out of a log in which something stands; writers go on at its end."""
    data = path.read_bytes()
    if any(mark in data for mark in marks):
        kept = [line for line in data.splitlines(True) if not any(mark in line for mark in marks)]
        with path.open("r+b") as stream:
            stream.write(b"".join(kept))
            stream.truncate()


def _aside(state: Path, marks: list[bytes], journal: PurgeJournal) -> None:
    """What was set aside because it was damaged, and what dead processes left."""
    chunks = {bytes.fromhex(each) for each in journal.chunks[:64]}
    looked = [*marks, *chunks, *(bytes.fromhex(sample) for sample in journal.samples)]
    left = [*state.glob("catalog-damaged-*"), *state.glob("catalog-new*")]
    left += [path for path in (state / "chunks" / "damaged").glob("*") if path.is_file()]
    for path in left:
        damaged = path.parent.name == "damaged"
        # A pack that cannot be read may hold anything; what was sound in it moved out of it.
        if damaged or _holds(path, looked):
            path.unlink(missing_ok=True)
    for path in state.rglob(".audobon-*.tmp"):
        with contextlib.suppress(FileNotFoundError):  # somebody is just done with it
            if _holds(path, [*looked, *(ident.encode() for ident in journal.ids)]):
                path.unlink()
    for path in (state / "chunks").glob("repack-*"):
        shutil.rmtree(path, ignore_errors=True)
    native = state / "derived" / "native-catalogs.json"
    if native.is_file() and _holds(native, looked):
        write_atomic(native, b"{}")


def _holds(path: Path, looked: list[bytes]) -> bool:
    data = path.read_bytes()
    return any(each in data for each in looked)
