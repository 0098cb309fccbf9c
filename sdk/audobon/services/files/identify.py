"""Read candidates in a worker process and decide what each of them is.

A new path whose bytes are those of a known asset whose own file is gone is
that asset, moved. Two assets with the same bytes are told apart by name;
what stays in doubt is not guessed: it becomes a new asset.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import closing
from typing import Any

from attrs import define, evolve, field, frozen

from audobon.codec.plain import from_plain
from audobon.errors import AudobonError, BadFile, Conflict, LimitExceeded
from audobon.model.asset import Asset, Facts, Root
from audobon.services.core.fingerprint import FULL_BELOW, fingerprint
from audobon.services.core.stores import Stores
from audobon.services.files.scan import Found
from audobon.storage.catalog import FileUpdate, NewFile

__all__ = ["Candidate", "Reader", "Verdict"]

_BATCH = 256
# Large enough that a transaction and a round trip are lost in the reading,
# small enough that cancel and progress are felt at once.

_TRIES = 5
# Each time all but one of those who add the same file at the same moment know it.


@frozen(slots=True)
class Candidate:
    """A file that must be read. ``known`` is its row's key, None for a new path."""

    found: Found
    root: Root
    path: str
    known: int | None


@define
class Verdict:
    """What became of the candidates. ``claimed`` are keys of assets that were found elsewhere."""

    added: list[Asset] = field(factory=list)
    updated: list[Asset] = field(factory=list)
    moved: list[Asset] = field(factory=list)
    untouched: list[int] = field(factory=list)
    failed: list[tuple[str, Exception]] = field(factory=list)
    unread: list[tuple[str, Exception]] = field(factory=list)
    claimed: set[int] = field(factory=set)


@frozen(slots=True)
class _Reading:
    candidate: Candidate
    size: int
    mtime_ns: int
    partial: bytes
    digest: str
    facts: Facts | None
    """None where its header cannot be read: what was known of it stays."""
    links: tuple[str, ...] | None
    header_error: str = ""
    """Why there are no facts."""


class Reader:
    """Reads candidates and writes the verdicts, batch by batch.

    ``gone`` are keys of assets that the scan did not see where they were.
    Without ``take_new`` only known and moved files are recorded.
    """

    def __init__(
        self,
        stores: Stores,
        *,
        tags: tuple[str, ...] = (),
        catalog: str | None = None,
        gone: Set[int] = frozenset(),
        take_new: bool = True,
    ) -> None:
        self.verdict = Verdict()
        self._stores = stores
        self._tags = tags
        self._catalog = catalog
        self._gone = gone
        self._take_new = take_new

    def read(self, candidates: Sequence[Candidate]) -> Iterator[str]:
        """Read and record everything; yields the path of each file as its batch is recorded."""
        for start in range(0, len(candidates), _BATCH):
            batch = candidates[start : start + _BATCH]
            self._record(list(self._readings(batch)))
            for candidate in batch:
                yield candidate.found.path

    def note_heavy(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Record large changed files without reading their headers; returns the others.

        Their digest is unknown until their bytes are stored, but of what the library
        wrote itself; their facts until the job that is queued for them has run.
        """
        from audobon.services.core.queue import queue_facts

        light: list[Candidate] = []
        for candidate in candidates:
            key, path = candidate.known, candidate.found.path
            if key is None or candidate.found.size <= FULL_BELOW:
                light.append(candidate)
                continue
            try:
                print_ = fingerprint(path, full_below=0)
            except (OSError, AudobonError) as error:
                self.verdict.failed.append((path, error))
                continue
            stores = self._stores
            size, mtime_ns = print_.size, print_.mtime_ns
            digest = stores.written.digest(path, size, mtime_ns)
            update = FileUpdate(key, size, mtime_ns, print_.partial, digest, None, "")
            self.verdict.updated.extend(
                stores.catalog.update_files([update], author=stores.author, now=stores.now())
            )
            queue_facts(stores, key, path)
        return light

    def _readings(self, batch: Sequence[Candidate]) -> Iterator[_Reading]:
        from audobon.services.core.grouped import run_grouped

        payloads = [{"path": candidate.found.path} for candidate in batch]
        weights = [candidate.found.size for candidate in batch]
        probed = run_grouped(self._stores.executor, "probe", payloads, weights=weights)
        with closing(probed):
            for number, answer in probed:
                candidate = batch[number]
                if isinstance(answer, AudobonError):
                    self.verdict.failed.append((candidate.found.path, answer))
                    if isinstance(answer, BadFile | LimitExceeded):
                        yield from self._bytes_alone(candidate, answer)
                else:
                    yield self._reading(candidate, answer)

    def _reading(self, candidate: Candidate, answer: Mapping[str, Any]) -> _Reading:
        size, mtime_ns = answer["size"], answer["mtime_ns"]
        written = self._stores.written.digest(candidate.found.path, size, mtime_ns)
        return _Reading(
            candidate,
            size,
            mtime_ns,
            bytes.fromhex(answer["partial"]),
            answer["digest"] or written,
            from_plain(answer["facts"], Facts),
            None if answer["links"] is None else tuple(answer["links"]),
        )

    def _bytes_alone(self, candidate: Candidate, why: AudobonError) -> Iterator[_Reading]:
        """A known file whose header cannot be read is what somebody saved all the same: the next
        version and the next snapshot have its bytes. It is known, too, where it was moved."""
        found, path = candidate.found, candidate.found.path
        try:
            print_ = fingerprint(path)
        except (OSError, AudobonError):
            return  # the verdict has an error of it already
        if (print_.size, print_.mtime_ns) != (found.size, found.mtime_ns):
            # What could not be read was half there: what it is by now is for the next look.
            error = Conflict(
                f"{path} changes while it is read",
                subject=path,
                hint="add it again once it is saved",
            )
            self.verdict.failed[-1] = (path, error)
            return
        if candidate.known is not None:
            self.verdict.unread.append((path, why))
        bytes_ = (print_.size, print_.mtime_ns, print_.partial, print_.digest)
        yield _Reading(candidate, *bytes_, None, None, str(why))

    def _record(self, readings: Sequence[_Reading]) -> None:
        left = sorted(readings, key=lambda item: item.candidate.found.path)
        for _ in range(_TRIES):
            left = self._write(left)
            if not left:
                return
        for reading in left:
            path = reading.candidate.found.path
            error = Conflict(f"{path} is being added by others all the time", subject=path)
            self.verdict.failed.append((path, error))

    def _write(self, readings: Sequence[_Reading]) -> list[_Reading]:
        """Write what the readings mean; returns those that another process was quicker with."""
        new: list[_Reading] = []
        moves: list[tuple[_Reading, Asset]] = []
        changed: list[_Reading] = []
        for reading in readings:
            if reading.candidate.known is not None:
                changed.append(reading)
                continue
            asset = self._moved_from(reading)
            if asset is None:
                new.append(reading)
            else:
                self.verdict.claimed.add(asset.key)
                moves.append((reading, asset))
        again: list[_Reading] = []
        try:
            self._write_moves(moves)
        except Conflict:
            self.verdict.claimed.difference_update(asset.key for _, asset in moves)
            again.extend(reading for reading, _ in moves)
        for write, part in ((self._write_changed, changed), (self._write_new, new)):
            try:
                write(part)
            except Conflict:
                again.extend(part)
        return [self._looked_up(reading) for reading in again]

    def _looked_up(self, reading: _Reading) -> _Reading:
        """The reading with what the catalog knows of its place by now."""
        candidate = reading.candidate
        row = self._stores.catalog.scan(candidate.root.key, candidate.path).get(candidate.path)
        known = None if row is None or row[3] == "removed" else row[0]
        return evolve(reading, candidate=evolve(candidate, known=known))

    def _moved_from(self, reading: _Reading) -> Asset | None:
        if reading.size == 0:
            return None  # all empty files are alike
        free = [
            asset
            for asset in self._stores.catalog.candidates(reading.size, reading.partial)
            if asset.key not in self.verdict.claimed
            and self._is_gone(asset)
            and (not asset.digest or not reading.digest or asset.digest == reading.digest)
        ]
        same_name = [
            asset for asset in free if asset.name == reading.candidate.path.rpartition("/")[2]
        ]
        if len(same_name) == 1:
            return same_name[0]
        return free[0] if len(free) == 1 else None

    def _is_gone(self, asset: Asset) -> bool:
        return asset.state == "missing" or asset.key in self._gone or not os.path.exists(asset.file)

    def _learn(self, known: Iterable[tuple[Asset, Sequence[str] | None]]) -> None:
        from audobon.services.files.links import learn

        learn(self._stores, known)

    def _write_moves(self, moves: Sequence[tuple[_Reading, Asset]]) -> None:
        if moves:
            rows = [
                (asset.key, item.candidate.root.key, item.candidate.path, item.mtime_ns)
                for item, asset in moves
            ]
            moved = self._stores.catalog.move(
                rows, author=self._stores.author, now=self._stores.now()
            )
            self.verdict.moved.extend(moved)
            self._learn(zip(moved, (item.links for item, _ in moves), strict=True))

    def _write_changed(self, changed: Sequence[_Reading]) -> None:
        """Tell files that were only touched from files with new bytes."""
        catalog = self._stores.catalog
        keys = [item.candidate.known for item in changed if item.candidate.known is not None]
        rows = {asset.key: asset for asset in catalog.by_key(keys)}
        updates: list[FileUpdate] = []
        links: list[tuple[str, ...] | None] = []
        touched: list[tuple[int, int, bytes]] = []
        for item, key in zip(changed, keys, strict=True):
            before = rows[key]
            if before.state == "present" and item.digest and before.digest == item.digest:
                touched.append((key, item.mtime_ns, item.partial))
            else:
                bytes_ = (item.size, item.mtime_ns, item.partial, item.digest)
                updates.append(FileUpdate(key, *bytes_, item.facts, item.header_error))
                links.append(item.links)
        if touched:
            catalog.touch(touched)
            self.verdict.untouched.extend(key for key, *_ in touched)
        if updates:
            updated = catalog.update_files(
                updates, author=self._stores.author, now=self._stores.now()
            )
            self.verdict.updated.extend(updated)
            self._learn(zip(updated, links, strict=True))

    def _write_new(self, new: Sequence[_Reading]) -> None:
        # One of which nothing is known and nothing can be read is no asset.
        read = [(item, item.facts) for item in new if item.facts is not None]
        if read and self._take_new:
            files = [
                NewFile(
                    root=item.candidate.root.key,
                    path=item.candidate.path,
                    size=item.size,
                    mtime_ns=item.mtime_ns,
                    partial=item.partial,
                    digest=item.digest,
                    facts=facts,
                )
                for item, facts in read
            ]
            added = self._stores.catalog.insert(
                files,
                tags=self._tags,
                catalog=self._catalog,
                author=self._stores.author,
                now=self._stores.now(),
            )
            self.verdict.added.extend(added)
            self._learn(zip(added, (item.links for item, _ in read), strict=True))
