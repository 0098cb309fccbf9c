"""A search for what was purged, in every byte of the state, as it lies there and unpacked.

Files as they are, with the free pages of databases; every row of databases, because pages cut
texts in two; every object of git; the trailers and the groups of every pack. Where the library is
encrypted all of that is opened with its keys. What a name stands in because somebody else wrote it
there is told as a mention before, and not looked for here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from attrs import define, field

from audobon.errors import AudobonError
from audobon.model.purge import Proof, Trace
from audobon.services.core.purges import NAME, PurgeJournal
from audobon.services.core.stores import Stores
from audobon.services.purge.unsealed import unsealed
from audobon.storage.sqlite import texts_of

__all__ = ["Needles", "Search", "mentioned_in", "needles_of", "prove"]

_BLOCK = 8 << 20
_MOST = 200
_CHUNKS = 32
"""Ids of chunks that are looked for as bytes in any file; in packs and recipes all are."""


@define
class Needles:
    """What is looked for: bytes, and what to call them without saying them."""

    everywhere: dict[bytes, str] = field(factory=dict)
    words: dict[bytes, str] = field(factory=dict)
    ids: dict[bytes, str] = field(factory=dict)
    samples: dict[bytes, str] = field(factory=dict)
    chunks: frozenset[bytes] = frozenset()

    @property
    def count(self) -> int:
        parts = (self.everywhere, self.words, self.ids, self.samples, self.chunks)
        return sum(map(len, parts))

    @property
    def longest(self) -> int:
        all_ = (*self.everywhere, *self.words, *self.ids, *self.samples)
        return max(map(len, all_), default=1)


def needles_of(journal: PurgeJournal, mentioned: Iterable[str]) -> Needles:
    """What to look for; names that other things mention are left out."""
    skipped = set(mentioned)
    needles = Needles(chunks=frozenset(bytes.fromhex(each) for each in journal.chunks))
    for word in journal.words:
        if word not in skipped:
            needles.words[word.encode()] = "a name"
    for note in journal.notes:
        needles.words[note.encode()] = "a note"
    for digest in journal.digests:
        needles.everywhere[digest.encode()] = "a digest"
        needles.everywhere[bytes.fromhex(digest)] = "a digest"
    for chunk in journal.chunks[:_CHUNKS]:
        needles.everywhere[bytes.fromhex(chunk)] = "a chunk's id"
    for ident in journal.ids:
        needles.ids[ident.encode()] = "an id"
    for sample in journal.samples:
        needles.samples[bytes.fromhex(sample)] = "a piece of its content"
    return needles


@define
class Search:
    """What was looked through so far, and what was found."""

    needles: Needles
    files: int = 0
    size: int = 0
    kept_ids: int = 0
    traces: list[Trace] = field(factory=list)

    def tell(self, where: str, what: str) -> None:
        trace = Trace(where, what)
        if len(self.traces) < _MOST and trace not in self.traces:
            self.traces.append(trace)

    def look(self, where: str, data: bytes, *, ids: bool = True, plain: bool = True) -> None:
        """Look through some bytes; those of other files (not ``plain``) have words of their own."""
        self.size += len(data)
        sets = [self.needles.everywhere]
        sets += [self.needles.ids] if ids else []
        sets += [self.needles.words, self.needles.samples] if plain else []
        for one in sets:
            for needle, what in one.items():
                if needle in data:
                    self.tell(where, what)

    def file(self, path: Path, where: str, *, ids: bool = True, plain: bool = True) -> None:
        """A file as it lies there, in blocks that overlap."""
        self.files += 1
        keep = self.needles.longest - 1
        with path.open("rb") as stream:
            tail = b""
            while block := stream.read(_BLOCK):
                piece = tail + block
                self.look(where, piece, ids=ids, plain=plain)
                tail = piece[-keep:] if keep else b""

    def proof(self) -> Proof:
        return Proof(self.files, self.size, self.needles.count, tuple(self.traces), self.kept_ids)


def prove(stores: Stores, journal: PurgeJournal, needles: Needles) -> Proof:
    """Look for these through all of the library's state, but the note of the purge itself."""
    search = Search(needles)
    state = stores.place.state
    packs = stores.place.chunks / "packs"
    _audit(stores, search)
    for path in sorted(state.rglob("*")):
        if not path.is_file() or path == state / NAME:
            continue
        where = path.relative_to(state).as_posix()
        try:
            log = path in (stores.place.catalog, stores.place.audit)
            search.file(
                *(path, where),
                ids=not log and path.name != "catalog.db-wal",
                plain=path.parent != packs,  # each of their chunks is looked at by itself
            )
            for text in unsealed(stores.place, path):
                search.look(where, text, ids=not log)
        except (OSError, AudobonError) as error:
            search.tell(where, f"it cannot be read: {error}")
    if stores.place.history.exists():
        for oid, data in stores.history.everything():
            search.look(f"history.git, object {oid.hex()}", data)
    for where, data, known in stores.chunks.unpacked():
        if known:  # bytes of other files, proved by their ids; names in them are theirs
            search.size += len(data)
        else:
            search.look(where, data)
            search.tell(where, "a chunk or recipe that no file needs")
    for where, item in stores.chunks.items():
        if item in search.needles.chunks or item.hex() in journal.contents:
            search.tell(where, "a chunk or recipe of it")
    return search.proof()


def _audit(stores: Stores, search: Search) -> None:
    """Ids stay in the audit log on purpose; anywhere else in the catalog they are a trace."""
    inside = dict.fromkeys(search.needles.ids, 0)
    for _, text, _ in stores.catalog.audit_rows():
        data = text.encode("utf-8", "surrogatepass")
        for needle in inside:
            inside[needle] += data.count(needle)
        search.kept_ids += any(needle in data for needle in inside)
    rows = dict.fromkeys(inside, 0)
    for value in texts_of(stores.place.catalog, key=stores.place.key):
        for needle in rows:
            rows[needle] += value.count(needle)
    for needle, what in search.needles.ids.items():
        if rows[needle] > inside[needle]:
            search.tell("catalog.db", what)


def mentioned_in(stores: Stores, journal: PurgeJournal) -> list[str]:
    """Its names that stand in what is not to go."""
    ids = set(journal.ids)
    mentioned = [word for word in journal.words if stores.catalog.mentions(ids, word)]
    return [*mentioned, *_in_versions(stores, journal)]


def _in_versions(stores: Stores, journal: PurgeJournal) -> Iterator[str]:
    """Names that records of other assets hold in some version: they are theirs."""
    if not stores.place.history.exists():
        return
    words = {word.encode(): word for word in journal.words}
    for oid in stores.history.survey().blobs:
        data = stores.history.blob(oid.hex())
        yield from (word for raw, word in words.items() if raw in data)
