"""Verification of the audit log: is it whole, and is it what others know of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from audobon.codec.audit import (
    START,
    is_redacted,
    parse_anchor,
    parse_line,
    parse_text,
    text_hash,
)
from audobon.errors import Corrupt, Invalid
from audobon.model.audit import AuditAnchor, AuditProblem, AuditReport
from audobon.system.files import translate_os_error

if TYPE_CHECKING:
    from audobon.services.core.place import Place
    from audobon.services.core.stores import Stores

__all__ = ["verify_file", "verify_log"]

_MOST = 1000
"""Problems that are told; after so many the log is no log any more."""
_HASH = 32
_MISSING = "00" * _HASH


@define
class _Reading:
    """Entries as they come, each against the one before."""

    problems: list[AuditProblem] = field(factory=list)
    hashes: bytearray = field(factory=bytearray)
    chain: str = ""
    last: int = 0
    redacted: set[int] = field(factory=set)
    """Entries without what they said; a later one must tell that it was taken out."""
    told: set[int] = field(factory=set)
    _prev: str = START

    def tell(self, n: int, message: str) -> None:
        if len(self.problems) < _MOST:
            self.problems.append(AuditProblem(n, message))

    def take(self, n: int, text: str, hash: str) -> None:
        if n != self.last + 1:
            self._gap(n)
        here = self.last + 1 == n
        try:
            entry, before = parse_text(text, hash)
        except Corrupt as error:
            self.tell(n, f"entry {n} was changed: {error}")
        else:
            if entry.did == "purge":
                numbers = entry.detail.get("redacted", "").split(",")
                self.told.update(int(each) for each in numbers if each.isdecimal())
            hollow = is_redacted(text)
            if hollow:
                self.redacted.add(n)
            if not hollow and text_hash(text) != hash:
                self.tell(n, f"entry {n} was changed: it has not the hash that it was given")
            elif entry.n != n:
                self.tell(n, f"at the place of entry {n} stands entry {entry.n}")
            elif here and before != self._prev:
                self.tell(
                    n,
                    f"entry {n} does not follow entry {n - 1}: "
                    "one of them was written anew, or others stood between them"
                    if n > 1
                    else "entry 1 is not the beginning of a log",
                )
            if n == 1:
                self.chain = entry.detail.get("chain", "")
        self.hashes += bytes.fromhex(hash) if _is_hash(hash) else bytes(_HASH)
        self._prev, self.last = hash, max(n, self.last)

    def _gap(self, n: int) -> None:
        if n <= self.last:
            self.tell(n, f"entry {n} stands after entry {self.last}")
            return
        first = self.last + 1
        told = f"entry {first} is" if first == n - 1 else f"entries {first} to {n - 1} are"
        self.tell(first, f"{told} missing")
        self.hashes += bytes(_HASH * (n - first))
        self.last = n - 1
        self._prev = ""

    def settle(self) -> None:
        """Tell of entries whose words are gone without a purge that says so."""
        for n in sorted(self.redacted - self.told):
            self.tell(n, f"entry {n} was changed: its words are gone, and no purge tells of that")

    def hash_of(self, n: int) -> str:
        return self.hashes[(n - 1) * _HASH : n * _HASH].hex()

    def head(self) -> AuditAnchor | None:
        return AuditAnchor(self.chain, self.last, self.hash_of(self.last)) if self.last else None


def _is_hash(text: str) -> bool:
    try:
        return len(bytes.fromhex(text)) == _HASH
    except ValueError:
        return False


def verify_log(stores: Stores, anchors: Iterable[AuditAnchor | str]) -> AuditReport:
    """See ``Library.audit``. What others know is read first: the log only grows meanwhile."""
    known = [*_given(anchors), *_in_versions(stores)]
    copy = _copy_of(stores.place)
    reading = _Reading()
    with stores.catalog.db.read():
        noted = stores.catalog.audit_head()
        for row in stores.catalog.audit_rows():
            reading.take(*row)
    reading.settle()
    if noted is not None and noted[0] > reading.last:
        reading.tell(
            reading.last + 1, f"the end is missing: entries {reading.last + 1} to {noted[0]}"
        )
    elif noted != (None if not reading.last else (reading.last, reading.hash_of(reading.last))):
        reading.tell(reading.last, "the newest entry is another one than was noted beside the log")
    _against_copy(reading, copy)
    return _against_anchors(reading, known)


def verify_file(path: Path, anchors: Iterable[AuditAnchor | str]) -> AuditReport:
    """The same for an exported file; NotFound when there is none."""
    known = _given(anchors)
    reading = _Reading()
    try:
        for number, line in _lines(path):
            try:
                text, hash = parse_line(line)
                entry, _ = parse_text(text, hash)
            except Corrupt as error:
                reading.tell(reading.last + 1, f"line {number}: {error}")
                continue
            reading.take(entry.n, text, hash)
        reading.settle()
    except OSError as error:
        raise translate_os_error(error, path) from error
    return _against_anchors(reading, known)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as stream:
        for number, line in enumerate(stream, 1):
            yield number, line.removesuffix("\n")


def _given(anchors: Iterable[AuditAnchor | str]) -> list[AuditAnchor]:
    return [
        parse_anchor(each, where="the anchor that was given") if isinstance(each, str) else each
        for each in anchors
    ]


def _in_versions(stores: Stores) -> list[AuditAnchor]:
    if not stores.place.history.exists():
        return []
    found = []
    for version, text in stores.history.anchors():
        with suppress(Invalid):  # of another program, or a later form
            found.append(parse_anchor(text, where=f"version {version[:10]}"))
    return found


def _copy_of(place: Place) -> list[tuple[int, str | None]]:
    """Number and line of the copy's lines; without the end of one that a crash has cut."""
    try:
        return list(enumerate(place.files.lines(place.audit), 1))
    except OSError:
        return []


def _against_copy(reading: _Reading, copy: list[tuple[int, str | None]]) -> None:
    for number, line in copy:
        if line is None:
            reading.tell(number, f"audit.jsonl, line {number}: it is not what was written")
            continue
        try:
            text, hash = parse_line(line)
            n = parse_text(text, hash)[0].n
        except Corrupt as error:
            reading.tell(number, f"audit.jsonl, line {number}: {error}")
            continue
        if n != number:
            reading.tell(number, f"audit.jsonl, line {number}: entry {n} stands there")
        elif text_hash(text) != hash and not (is_redacted(text) and n in reading.redacted):
            reading.tell(n, f"audit.jsonl, line {number}: the entry was changed")
        elif n > reading.last:
            reading.tell(n, f"entry {n} is in audit.jsonl and missing in the catalog")
        elif reading.hash_of(n) not in (hash, _MISSING):
            reading.tell(n, f"entry {n} is another one in the catalog than in audit.jsonl")


def _against_anchors(reading: _Reading, known: list[AuditAnchor]) -> AuditReport:
    mine = sorted((each for each in known if each.chain == reading.chain), key=lambda each: each.n)
    fits = 0
    for each in mine:
        if each.n > reading.last:
            reading.tell(
                reading.last + 1,
                f"the end is missing: {each.where} knows entry {each.n}, "
                f"the newest here is {reading.last}",
            )
            break
        if (found := reading.hash_of(each.n)) == _MISSING:
            continue  # that is told already
        if found != each.hash:
            found_at = [one.n for one in reading.problems if fits < one.n <= each.n]
            reading.tell(
                min(found_at, default=fits + 1),
                f"{each.where} knows another entry {each.n}: "
                f"entries {fits + 1} to {each.n}, or some of them, were written anew",
            )
            break
        fits = each.n
    others = sorted({each.chain for each in known} - {reading.chain})
    report = AuditReport(
        *(reading.last, reading.head(), len(mine), tuple(others)), redacted=len(reading.redacted)
    )
    ordered = sorted(reading.problems, key=lambda problem: problem.n)
    return evolve(report, problems=tuple(ordered))
