"""Damage made good: a library's packs from a place that has them, a place from the library.

Each side gives what is sound to the other. What is damaged is only removed
when what was sound in it lies elsewhere.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, frozen

from audobon.errors import AudobonError, Corrupt
from audobon.services.core.stores import Stores
from audobon.services.depot import Depot, keys, send
from audobon.services.depot.contents import Spot
from audobon.services.files.ingest import Progress
from audobon.services.places import snapshotplaces
from audobon.services.places.referred import lacking
from audobon.services.places.snapshotplaces import Where
from audobon.services.snapshots.placeverify import Findings, look
from audobon.services.snapshots.snapshotdepot import SnapshotDepot, opened_at, opened_depot, tips_of
from audobon.storage.chunks.layout import KIND_CHUNKS, encode_recipe

if TYPE_CHECKING:
    from audobon.storage.chunks.parcels import Parcel, Parcels

__all__ = ["Repaired", "repair"]


@frozen(slots=True)
class Repaired:
    """What was made good. ``left`` are sentences about what was not.

    ``fetched`` files came from the place into the library, whose ``packs_here``
    damaged packs were set aside; ``sent`` files went the other way, where
    ``packs_there`` were replaced.
    """

    packs_here: int = 0
    fetched: int = 0
    packs_there: int = 0
    sent: int = 0
    left: tuple[str, ...] = ()


def repair(
    stores: Stores,
    where: Where,
    *,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> Repaired:
    """See ``Snapshots.repair``."""
    stores.need_writable("repair")
    left: list[str] = []
    with (
        stores.commit_lock(),
        opened_at(stores, where) as place,
        opened_depot(place, stores.place) as keeping,
    ):
        keeping.depot.contents.refresh(cancel=cancel)
        here, fetched = _here(stores, keeping, left, progress, cancel)
        found = look(keeping.depot, progress=progress, cancel=cancel)
        there, sent = _there(stores, keeping.depot, found, cancel)
        again = look(keeping.depot, cancel=cancel) if found.problems else found
        left += again.problems
    return Repaired(here, fetched, there, sent, tuple(left))


def _here(
    stores: Stores,
    keeping: SnapshotDepot,
    left: list[str],
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> tuple[int, int]:
    """Packs that were set aside, and files that came back."""
    report = stores.chunks.verify(cancel=cancel)
    damaged = {problem.pack for problem in report.problems if problem.pack}
    aside = 0
    for pack in sorted(damaged):
        try:
            stores.chunks.quarantine(pack, timeout_s=60.0)
            aside += 1
        except AudobonError as error:
            left.append(f"pack {pack}: {error}")
    wanted = set(lacking(stores))
    failed = keeping.files(stores.chunks, wanted, progress=progress, cancel=cancel)
    left += [f"the file {digest[:12]}: {error}" for digest, error in sorted(failed.items())]
    return aside, len(wanted) - len(failed)


def _there(
    stores: Stores, depot: Depot, found: Findings, cancel: Callable[[], bool]
) -> tuple[int, int]:
    """Packs that were replaced, and files that were sent."""
    if found.packs:
        _Salvage(depot, found.packs).run()
        depot.contents.refresh(cancel=cancel)
    gits = _gits(stores, depot, found)
    sent = send(depot, stores.chunks, _needed(stores, depot), cancel=cancel)
    return len(found.packs) + gits, sent.files


def _gits(stores: Stores, depot: Depot, found: Findings) -> int:
    """Versions that the place has lost, or has in damaged packs, from the history here."""
    if not (found.gits or found.lost):
        return 0
    history = stores.history
    tips = {tip for tip in _tips(depot) if history.has_version(tip)}
    fresh = history.fresh(tips, ())
    with tempfile.TemporaryDirectory(prefix="git-", dir=depot.workplace) as folder:
        for pack in history.packs_of(fresh, Path(folder)) if fresh.count else ():
            depot.put_git(pack)
    # Another version may lie in a damaged pack alone and be unknown here: it stays as it is then,
    # for somebody who knows more.
    if tips == _tips(depot):
        for name in found.gits:
            depot.store.delete(f"{keys.GIT}{name}.pack")
    return len(found.gits)


def _needed(stores: Stores, depot: Depot) -> set[str]:
    """The files of all versions that the place names and the history here has."""
    history = stores.history
    tips = {tip for tip in _tips(depot) if history.has_version(tip)}
    try:
        return history.fresh(tips, ()).digests if tips else set()
    except AudobonError:
        return set(history.reach().digests)


def _tips(depot: Depot) -> set[str]:
    tips = {placed.record.id for placed in depot.refs().values()}
    return tips.union(*map(tips_of, snapshotplaces.listed(depot.store).snapshots))


@define
class _Salvage:
    """Sound groups of damaged packs in new packs, and the damaged ones removed after."""

    depot: Depot
    packs: dict[str, set[int]]

    def run(self) -> None:
        from audobon.storage.chunks.parcels import Parcels

        contents = self.depot.contents
        folder = Path(tempfile.mkdtemp(prefix="mending-", dir=self.depot.workplace))

        def put(made: Iterable[Parcel]) -> None:
            for parcel in made:
                self.depot.put_pack(parcel)

        parcels = Parcels(folder)
        try:
            known = contents.packs()
            for name, bad in self.packs.items():
                if name not in known:
                    continue  # cut off: where its groups lie is not known for sure
                for number, group in enumerate(contents.groups(name)):
                    if number in bad:
                        continue
                    if group.kind != KIND_CHUNKS:
                        self._keep(parcels, name, number)
                        continue
                    for span in contents.spans([Spot(name, group)]):
                        for one, stored in contents.read(span):
                            parcels.take(one, stored, range(len(one.lengths)))
                    put(parcels.finished())
            put(parcels.last())
        finally:
            parcels.discard()
            shutil.rmtree(folder, ignore_errors=True)
        for name in self.packs:
            for key in reversed(keys.pack_keys(name)):
                self.depot.store.delete(key)

    def _keep(self, parcels: Parcels, name: str, number: int) -> None:
        group = self.depot.contents.groups(name)[number]
        for (item, _, _), (size, rank) in zip(group.items(), group.extra, strict=True):
            try:
                recipe = self.depot.contents.recipe(item.hex())
            except Corrupt:
                continue
            if recipe is not None:
                parcels.recipe(item, encode_recipe(recipe), size=size, rank=rank)
