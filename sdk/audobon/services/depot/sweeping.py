"""Mark and sweep of a depot: what no ref and no snapshot needs leaves it, after a grace period.

Mark: from all versions that are named, through the objects of git, to files,
to chunks. Of things that are there twice one is needed. Sweep: what is not
needed is noted, and goes in a later run; a pack of which little is needed is
written anew first. Nothing is removed when anything on the way is missing or
damaged, because then nobody knows what is needed.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from attrs import define, field, frozen

from audobon.errors import Busy, Conflict
from audobon.services.depot import keys
from audobon.services.depot.contents import Spot
from audobon.services.depot.depot import Depot
from audobon.services.depot.garbage import (
    Garbage,
    clear,
    load_garbage,
    need_removal,
    save_garbage,
)
from audobon.services.depot.tasks import in_turn, never
from audobon.storage.chunks.layout import KIND_CHUNKS, Group, encode_recipe
from audobon.storage.chunks.lists import needed_ids
from audobon.storage.history import History

__all__ = ["Scoured", "Swept", "scour", "sweep"]

_WORTH = 0.5
# Below this part of a pack that is needed, it is written anew: what that sends is then less than
# what it frees.


@frozen(slots=True)
class Swept:
    """``removed`` objects went, or would; ``waiting`` are in their grace period. Sizes in bytes."""

    removed: int
    waiting: int
    freed: int


@frozen(slots=True)
class Scoured:
    """``removed`` objects went; ``files`` (sha256) are what is needed of what is left."""

    removed: int
    files: frozenset[str]


def scour(
    depot: Depot,
    tips: Collection[str],
    ends: Collection[str],
    gits: Collection[str],
    *,
    cancel: Callable[[], bool] = never,
) -> Scoured:
    """Remove at once, without a grace period, all that ``tips`` do not lead to.

    Every pack with anything else in it is written anew, and of git's only
    ``gits`` stay, which have all of it. Busy when another process collects.
    Corrupt, with nothing removed, where something that is needed is missing.
    """
    garbage, expected = load_garbage(depot)
    with _alone(depot):
        garbage, expected = clear(depot, garbage, expected)
        marked = _mark(depot, tips, ends, cancel)
        packs = _Packs(depot, marked, Garbage(), strict=True)
        if packs.poor:
            packs.rewrite(cancel)
            depot.contents.refresh(cancel=cancel)
            packs = _Packs(depot, marked, Garbage(), poor=packs.poor, strict=True)
        needed = {key for name in packs.needed for key in keys.pack_keys(name)}
        needed |= {f"{keys.GIT}{name}.pack" for name in gits}
        going = sorted(
            stat.key
            for prefix in (keys.PACKS, keys.INDEX, keys.GIT)
            for stat in depot.store.list(prefix)
            if stat.key not in needed
        )
        noted = Garbage({}, tuple(going))
        clear(depot, noted, save_garbage(depot, noted, expected))
    depot.contents.refresh(cancel=cancel)
    return Scoured(len(going), frozenset(marked.files))


@contextlib.contextmanager
def _alone(depot: Depot) -> Iterator[None]:
    """Busy instead of a Conflict over what is noted as garbage: somebody else is at work there."""
    try:
        yield
    except Conflict as error:
        raise Busy(
            f"{depot.url} is written or collected by somebody else just now",
            subject=depot.url,
            hint="try again later; nothing that is needed was removed",
        ) from error


@define
class _Marked:
    files: set[str]
    chunks: set[bytes]
    objects: set[bytes]
    gits: dict[str, set[bytes]]


def sweep(
    depot: Depot,
    tips: Callable[[], tuple[Collection[str], Collection[str]]],
    *,
    now: datetime,
    grace: timedelta,
    dry_run: bool = False,
    cancel: Callable[[], bool] = never,
) -> Swept:
    """Remove what ``tips`` do not lead to and have not for ``grace``.

    ``tips`` tells all versions that are named, and those whose parents were
    pruned; it is asked after the list of garbage was read. Busy when another
    process collects. Corrupt, with nothing removed. ReadOnly, with nothing
    written, where packs may not be removed.
    """
    if not dry_run:
        need_removal(depot)
    garbage, expected = load_garbage(depot)
    with _alone(depot):
        if not dry_run:
            garbage, expected = clear(depot, garbage, expected)
        marked = _mark(depot, *tips(), cancel)
        dead = _dead(depot, marked, garbage, rewrite=not dry_run, cancel=cancel)
        since = {key: min(garbage.since.get(key, now), now) for key in dead}
        going = {key for key, at in since.items() if now - at >= grace and key in garbage.since}
        left = {key: at for key, at in since.items() if key not in going}
        freed = sum(dead[key] for key in going)
        if not dry_run:
            noted = Garbage(left, tuple(sorted(going)))
            if going or noted != garbage:
                expected = save_garbage(depot, noted, expected)
                clear(depot, noted, expected)
    return Swept(len(going), len(left), freed)


def _mark(
    depot: Depot,
    tips: Collection[str],
    ends: Collection[str],
    cancel: Callable[[], bool],
) -> _Marked:
    from audobon.storage.history.unpacking import unpack

    with tempfile.TemporaryDirectory(prefix="marking-", dir=depot.workplace) as name:
        history = History.create(Path(name, "history.git"))
        try:
            gits: dict[str, set[bytes]] = {}
            for pack in depot.gits():
                data = depot.git(pack)
                gits[pack] = set(unpack(data)[1])
                history.take_pack(data)
            history.cut_at(ends)
            fresh = history.fresh(tips, (), cancel=cancel)
        finally:
            history.close()
    depot.contents.refresh(cancel=cancel)
    chunks: set[bytes] = set()
    for digest in fresh.digests:
        recipe = depot.contents.recipe(digest)
        if recipe is not None:
            chunks.update(needed_ids(recipe))
    objects = {*fresh.commits, *fresh.trees, *fresh.blobs}
    return _Marked(fresh.digests, chunks, objects, gits)


def _dead(
    depot: Depot,
    marked: _Marked,
    garbage: Garbage,
    *,
    rewrite: bool,
    cancel: Callable[[], bool],
) -> dict[str, int]:
    """Keys of objects that nothing needs, and their sizes."""
    packs = _Packs(depot, marked, garbage)
    if rewrite and packs.poor:
        packs.rewrite(cancel)
        depot.contents.refresh(cancel=cancel)
        packs = _Packs(depot, marked, garbage, poor=packs.poor)
    sizes = {
        stat.key: stat.size
        for prefix in (keys.PACKS, keys.INDEX, keys.GIT)
        for stat in depot.store.list(prefix)
    }
    needed = {key for name in packs.needed for key in keys.pack_keys(name)}
    left = set(marked.objects)
    noted = {key.removeprefix(keys.GIT).removesuffix(".pack") for key in garbage.since}
    for name in sorted(marked.gits, key=lambda one: (one in noted, one)):
        if marked.gits[name] & left:
            left -= marked.gits[name]
            needed.add(f"{keys.GIT}{name}.pack")
    return {key: size for key, size in sizes.items() if key not in needed}


@define
class _Packs:
    """Which packs are needed, and of which little is."""

    depot: Depot
    marked: _Marked
    garbage: Garbage
    poor: set[str] = field(factory=set)
    strict: bool = False
    """Whether a pack is poor as soon as anything in it is not needed."""
    needed: set[str] = field(factory=set)
    _live: dict[str, dict[int, list[int]]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        contents, files = self.depot.contents, set(self.marked.files)
        chunks = set(self.marked.chunks)
        known = contents.packs()
        given = self.poor
        ranks = {digest: contents.rank(digest) for digest in files}
        # What is noted already, or was written anew, comes last: what of it lies elsewhere too
        # is not needed here.
        order = sorted(known, key=lambda one: (one in given, self._noted(one), one))
        for name in order:
            live = self._live.setdefault(name, {})
            kept = total = spare = 0
            for number, group in enumerate(contents.groups(name)):
                total += group.stored
                here = []
                for at, (item, _, length) in enumerate(group.items()):
                    if group.kind == KIND_CHUNKS:
                        wanted = item in chunks
                        chunks.discard(item)
                    else:
                        digest = item.hex()
                        wanted = digest in files and group.extra[at][1] == ranks[digest]
                        files.discard(digest) if wanted else None
                    spare += not wanted
                    if wanted:
                        here.append(at)
                        kept += length * group.stored // max(group.raw, 1)
                if here:
                    live[number] = here
            if live:
                self.needed.add(name)
                little = kept < total * _WORTH
                if (little or (self.strict and spare)) and name not in given:
                    self.poor.add(name)

    def _noted(self, name: str) -> bool:
        return any(key in self.garbage.since for key in keys.pack_keys(name))

    def rewrite(self, cancel: Callable[[], bool]) -> None:
        """Put what is needed of poor packs into new ones; the old ones stay for now."""
        from audobon.storage.chunks.parcels import Parcel, Parcels

        contents = self.depot.contents
        folder = Path(tempfile.mkdtemp(prefix="sweeping-", dir=self.depot.workplace))

        def put(parcels: Iterable[Parcel]) -> None:
            for parcel in parcels:
                self.depot.put_pack(parcel)

        parcels = Parcels(folder)
        try:
            recipes: list[tuple[bytes, Group, int]] = []
            for name in sorted(self.poor):
                groups = contents.groups(name)
                live = self._live[name]
                spots = [
                    Spot(name, groups[number])
                    for number in live
                    if groups[number].kind == KIND_CHUNKS
                ]
                numbers = {groups[number].offset: here for number, here in live.items()}
                for read in in_turn(contents.read, contents.spans(spots), cancel=cancel):
                    for group, stored in read:
                        # A span may have read along what is not asked for.
                        if group.offset in numbers:
                            parcels.take(group, stored, numbers[group.offset])
                    put(parcels.finished())
                for number, here in live.items():
                    group = groups[number]
                    if group.kind != KIND_CHUNKS:
                        items = list(group.items())
                        recipes += [(items[at][0], group, at) for at in here]
            for digest, group, at in recipes:
                recipe = contents.recipe(digest.hex())
                if recipe is not None:
                    size, rank = group.extra[at]
                    parcels.recipe(digest, encode_recipe(recipe), size=size, rank=rank)
            put(parcels.last())
        finally:
            parcels.discard()
            shutil.rmtree(folder, ignore_errors=True)
