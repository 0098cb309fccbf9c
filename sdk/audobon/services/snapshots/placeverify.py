"""Every byte of a place read and proved by its name, and all that is named looked for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import define, field

from audobon.errors import AudobonError, Cancelled, Corrupt, Invalid, NotFound
from audobon.services.core.stores import Stores
from audobon.services.depot.contents import Spot
from audobon.services.depot.depot import Depot
from audobon.services.files.ingest import Progress
from audobon.services.places import snapshotplaces
from audobon.services.places.snapshotplaces import Where
from audobon.services.snapshots.snapshotdepot import opened_at, opened_depot, tips_of
from audobon.services.versioning.verify import Verified
from audobon.storage.chunks.layout import KIND_CHUNKS
from audobon.storage.chunks.verify import in_part
from audobon.storage.history import History

__all__ = ["Findings", "look", "verify_place"]


@define
class Findings:
    """What is wrong with a depot, by what it concerns; sentences are in ``problems``."""

    problems: list[str] = field(factory=list)
    packs: dict[str, set[int]] = field(factory=dict)
    """Damaged packs of chunks, and the numbers of their groups that are."""
    gits: set[str] = field(factory=set)
    """Damaged packs of git."""
    lost: bool = False
    """Whether a version or an object of it is nowhere in the place."""
    lacking: set[str] = field(factory=set)
    """The sha256 of files that are named and cannot be made, but for what is damaged."""
    versions: int = 0
    files: int = 0
    chunks: int = 0
    bytes: int = 0


def verify_place(
    stores: Stores,
    where: Where,
    *,
    part: tuple[int, int] | None,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> Verified:
    """See ``Snapshots.verify``."""
    with opened_at(stores, where) as place, opened_depot(place, stores.place) as keeping:
        found = look(keeping.depot, part=part, progress=progress, cancel=cancel)
    return Verified(found.versions, found.files, found.chunks, found.bytes, tuple(found.problems))


def look(
    depot: Depot,
    *,
    part: tuple[int, int] | None = None,
    progress: Progress | None = None,
    cancel: Callable[[], bool] = lambda: False,
) -> Findings:
    """Read every pack, or those of part k of n; that nothing is lacking is asked with the first."""
    if part is not None and not 1 <= part[0] <= part[1]:
        raise Invalid(f"part {part[0]} of {part[1]} does not exist; parts count from 1")
    found = Findings()
    if depot.header() is None:
        raise NotFound(f"{depot.url} is no place of snapshots and no remote", subject=depot.url)
    depot.contents.refresh(cancel=cancel)
    found.problems += [f"pack {name} is lost or cut off" for name in sorted(depot.contents.broken)]
    found.packs.update((name, set()) for name in depot.contents.broken)
    packs = {name: n for name, n in depot.contents.packs().items() if in_part(name, part)}
    done = 0
    for name, size in sorted(packs.items()):
        if cancel():
            raise Cancelled("verifying a place was cancelled")
        _pack(depot, name, found)
        done += size
        if progress is not None:
            progress(done, sum(packs.values()), "")
    for name in depot.gits():
        if in_part(name, part):
            try:
                found.bytes += len(depot.git(name))
            except Corrupt as error:
                found.gits.add(name)
                found.problems.append(error.message)
    if part is None or part[0] == 1:
        _named(depot, found, cancel)
    return found


def _pack(depot: Depot, name: str, found: Findings) -> None:
    contents = depot.contents
    for group in contents.groups(name):
        found.bytes += group.stored
        if group.kind == KIND_CHUNKS:
            found.chunks += len(group.lengths)
    spots = [Spot(name, group) for group in contents.groups(name)]
    numbers = {group.offset: number for number, group in enumerate(contents.groups(name))}
    for span in contents.spans(spots):
        try:
            contents.read(span)
        except Corrupt:
            # Which of them: each by itself.
            for group in span.groups:
                for one in contents.spans([Spot(name, group)]):
                    try:
                        contents.read(one)
                    except Corrupt as error:
                        found.packs.setdefault(name, set()).add(numbers[group.offset])
                        found.problems.append(error.message)


def _named(depot: Depot, found: Findings, cancel: Callable[[], bool]) -> None:
    """Whether all that snapshots and refs name is there."""
    listed = snapshotplaces.listed(depot.store)
    found.problems += listed.problems
    wanted: list[tuple[str, set[str], tuple[str, ...], set[str]]] = [
        (f"snapshot {one.id}", tips_of(one), one.shallow, set(one.lacking))
        for one in listed.snapshots
    ]
    try:
        wanted += [
            (f"the ref {ref}", {placed.record.id}, placed.record.ends, set())
            for ref, placed in depot.refs().items()
        ]
    except AudobonError as error:
        found.problems.append(f"a ref is damaged: {error}")
    found.files = len(listed.snapshots)
    with _history(depot) as history:
        known: set[str] = set()
        told: set[str] = set()
        for name, tips, ends, excused in wanted:
            try:
                for tip in tips:
                    if not history.has_version(tip):
                        raise NotFound(f"the version {tip} is nowhere")
                history.cut_at(ends)
                fresh = history.fresh(tips, known, cancel=cancel)
            except Cancelled:
                raise
            except AudobonError as error:
                found.lost = True
                found.problems.append(f"{name}: {error}")
                continue
            known |= tips
            found.versions += len(fresh.commits)
            needed = fresh.digests - fresh.gone
            lacking = needed - depot.contents.whole(needed) - excused - told
            told |= lacking
            found.lacking |= lacking
            if lacking:
                found.problems.append(f"{name}: {len(lacking)} files cannot be rebuilt")


@contextlib.contextmanager
def _history(depot: Depot) -> Iterator[History]:
    """All versions of a place in a repository, for the length of a block."""
    with TemporaryDirectory(prefix="looking-", dir=depot.workplace) as name:
        made = History.create(Path(name, "history.git"))
        try:
            for pack in depot.gits():
                with contextlib.suppress(Corrupt):  # told by the look at its bytes
                    made.take_pack(depot.git(pack))
            yield made
        finally:
            made.close()
