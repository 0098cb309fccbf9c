"""What of a depot nobody needs and since when: one object, moved by compare-and-swap.

First phase: an object that nothing refers to is noted with the time. Second
phase, after a grace period: it is named as going, then removed, then the note
is. Whoever writes looks here last, before anything of theirs is named: what
they rely on is taken off the list, so that it stays; what is going already they
see removed and send again. So a collector and a writer on two machines need no
lock that one of them could keep while it sleeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from attrs import evolve, field, frozen

from audobon.errors import Busy, Conflict, Corrupt, ReadOnly
from audobon.services.depot import keys
from audobon.services.depot.depot import Depot
from audobon.services.depot.records import dump, load_as
from audobon.storage.chunks.lists import needed_ids
from audobon.storage.objects.base import ABSENT, Expected

__all__ = ["KEY", "Garbage", "clear", "hold", "load_garbage", "need_removal", "save_garbage"]

KEY = "garbage.json"
_NOTHING = f"{keys.PACKS}{'0' * 64}.pack"  # of no bytes: no pack has this name
_TRIES = 8
# A collector writes twice in a run; nobody else writes as often as that in between.
_LIMIT = 64 << 20


@frozen(slots=True)
class Garbage:
    """Since when objects, by key, have been needed by nothing, and those that are being removed."""

    since: Mapping[str, datetime] = field(factory=dict)
    going: tuple[str, ...] = ()


def load_garbage(depot: Depot) -> tuple[Garbage, Expected]:
    """The list as it is, and what a change of it expects. Corrupt, NewerFormat."""
    for _ in range(_TRIES):
        stat = depot.store.stat(KEY)
        if stat is None:
            return Garbage(), ABSENT
        data = depot.store.get(KEY, 0, _LIMIT)
        again = depot.store.stat(KEY)
        if again is not None and again.generation == stat.generation:
            return load_as(data, Garbage, depot.where(KEY)), stat.generation
    raise Busy(f"{depot.where(KEY)} changes while it is read", subject=KEY, hint="try again")


def save_garbage(depot: Depot, garbage: Garbage, expected: Expected) -> Expected:
    """Write the list; Conflict where somebody has since it was read."""
    return depot.store.put(KEY, dump(garbage), expected).generation


def clear(depot: Depot, garbage: Garbage, expected: Expected) -> tuple[Garbage, Expected]:
    """Finish what is going, whoever began it: the objects first, then the note."""
    if not garbage.going:
        return garbage, expected
    # Trailers first: a pack without one is told of to nobody.
    for key in sorted(garbage.going, key=lambda one: not one.startswith(keys.INDEX)):
        depot.store.delete(key)
    left = evolve(garbage, going=())
    return left, save_garbage(depot, left, expected)


def need_removal(depot: Depot) -> None:
    """ReadOnly where this account may not remove things; asked before anything is written.

    What is named as going must go, or each who writes would have to remove it first.
    """
    try:
        depot.store.delete(_NOTHING)
    except ReadOnly as error:
        raise ReadOnly(
            f"nothing may be removed from {depot.url} by this account",
            subject=depot.url,
            hint=error.hint,
        ) from error


def hold(
    depot: Depot,
    digests: Iterable[str],
    gits: Iterable[str],
    again: Callable[[], object],
) -> None:
    """Be sure that files and git packs that were sent stay, before a ref or snapshot names them.

    What a collector has noted is taken off its list. What it has removed, or is
    about to, is sent again by ``again``, after which the depot's contents are
    looked at anew. Busy where that does not come to rest.
    """
    wanted, packs = sorted(set(digests)), {f"{keys.GIT}{name}.pack" for name in gits}
    for _ in range(_TRIES):
        garbage, expected = load_garbage(depot)
        try:
            if garbage.going:
                _finish(depot, garbage, expected)
                depot.contents.refresh()
                again()
                continue
            depot.contents.refresh()
            there = depot.contents.whole(wanted)
            gone = packs - {stat.key for stat in depot.store.list(keys.GIT)}
            if len(there) < len(wanted) or gone:
                again()
                if _settled(depot, wanted, packs):
                    continue
                raise Corrupt(f"{depot.url} does not keep what is sent there", subject=depot.url)
            relied = packs | _places(depot, wanted)
            if relied & garbage.since.keys():
                since = {key: at for key, at in garbage.since.items() if key not in relied}
                save_garbage(depot, evolve(garbage, since=since), expected)
            return
        except Conflict:
            continue  # a collector, or another writer, was quicker
    raise Busy(
        f"{depot.url} is being collected, again and again", subject=depot.url, hint="try again"
    )


def _finish(depot: Depot, garbage: Garbage, expected: Expected) -> None:
    try:
        clear(depot, garbage, expected)
    except ReadOnly as error:
        raise ReadOnly(
            f"a collection of {depot.url} was broken off, and this account may not remove anything",
            subject=depot.url,
            hint="have somebody who may remove things there push or collect; then push again",
        ) from error


def _settled(depot: Depot, wanted: list[str], packs: set[str]) -> bool:
    depot.contents.refresh()
    gits = {stat.key for stat in depot.store.list(keys.GIT)}
    return len(depot.contents.whole(wanted)) == len(wanted) and packs <= gits


def _places(depot: Depot, digests: Iterable[str]) -> set[str]:
    """The keys of the packs, with their trailers, that hold files and what they are made of."""
    ids: dict[bytes, None] = {}
    names: set[str] = set()
    for digest in digests:
        recipe, home = depot.contents.recipe(digest), depot.contents.home(digest)
        if recipe is not None and home is not None:
            ids.update(dict.fromkeys(needed_ids(recipe)))
            names.add(home)
    names |= depot.contents.packs_with(list(ids)) if ids else set()
    return {key for name in names for key in keys.pack_keys(name)}
