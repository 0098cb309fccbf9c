"""What is to go, worked out before anything does."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from attrs import define, frozen

from audobon.errors import Conflict, Invalid
from audobon.model.asset import Asset
from audobon.model.purge import PurgeReport
from audobon.services.core.mergestate import read_merge
from audobon.services.core.purges import PurgeJournal
from audobon.services.core.stores import Stores
from audobon.services.finding.relating import users_of
from audobon.services.places.remotebook import read_book
from audobon.services.versioning.journal import read_journal as moving
from audobon.storage.history.erasing import Named, Survey, Unwanted
from audobon.system.names import os_path

__all__ = ["Plan", "make_plan", "need_quiet", "others_of", "unwanted_of"]

_SHORT = 5
"""Letters of a name that may be looked for: shorter ones stand by chance in anything."""
_NOTE = 12
_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # sha256 of no bytes


@define
class Plan:
    """The journal to be, and what people are told before."""

    journal: PurgeJournal
    report: PurgeReport
    others: Mapping[bytes, frozenset[str]]


def unwanted_of(journal: PurgeJournal) -> Unwanted:
    """What versions must not have any more."""
    words = (*journal.words, *journal.digests, *journal.ids)
    return Unwanted(
        frozenset(journal.ids),
        frozenset(bytes.fromhex(path) for path in journal.paths),
        frozenset(journal.digests),
        tuple(word.encode() for word in words),
    )


def others_of(survey: Survey, journal: PurgeJournal) -> dict[bytes, frozenset[str]]:
    """Paths of what is purged that other assets had too, and which."""
    paths = {bytes.fromhex(path) for path in journal.paths}
    found: dict[bytes, set[str]] = {}
    for one in survey.blobs.values():
        if one.path in paths and one.id not in journal.ids:
            found.setdefault(one.path, set()).add(one.id)
    return {path: frozenset(ids) for path, ids in found.items()}


@frozen(slots=True)
class _Past:
    """What versions say of the assets."""

    named: list[Named]
    survey: Survey

    @classmethod
    def of(cls, stores: Stores, ids: Sequence[str], cancel: Callable[[], bool]) -> _Past:
        if not stores.place.history.exists():
            return cls([], Survey())
        survey = stores.history.survey(cancel=cancel)
        return cls(survey.named(ids), survey)


def need_quiet(stores: Stores) -> None:
    """Conflict while the library is on its way to another version."""
    if read_merge(stores.place) is not None:
        raise Conflict(
            "a merge is open, and it names versions that a purge writes anew",
            subject=str(stores.place.folder),
            hint="decide it with 'audobon resolve', or end it with 'audobon merge --abort'",
        )
    if moving(stores.place) is not None:
        raise Conflict(
            "a switch or merge was cut off, so the library is between two versions",
            subject=str(stores.place.folder),
            hint="do it once more, or go back: 'audobon merge --abort', or a switch to this branch",
        )


def make_plan(
    stores: Stores,
    assets: Sequence[Asset],
    *,
    keep_files: bool,
    named: Collection[str] = (),
    cancel: Callable[[], bool],
) -> Plan:
    """Read what versions and the catalog say of the assets. Corrupt where a version is damaged.

    ``named`` are the remotes where it is purged as well.
    """
    if not assets:
        raise Invalid(
            "no asset is given, and no purge was cut off that could be finished",
            hint="name at least one asset",
        )
    catalog, ids = stores.catalog, [asset.id for asset in assets]
    past = _Past.of(stores, ids, cancel)
    paths = {one.path for one in past.named}
    paths |= {os.fsencode(os_path(f"{asset.root}/{asset.path}")) for asset in assets}
    words = _words(stores, ids, paths, past)
    digests = {one.digest for one in past.named if one.digest}
    digests |= {asset.digest for asset in assets if asset.digest}
    others = {one.digest for one in past.survey.blobs.values() if one.id not in set(ids)}
    own = digests - others - catalog.other_digests(ids) - {_EMPTY}
    owned = stores.chunks.owned(own)
    journal = PurgeJournal(
        ids=tuple(ids),
        keys=tuple(asset.key for asset in assets),
        shown=tuple(f"{asset.root}/{asset.path}" for asset in assets),
        paths=tuple(sorted(path.hex() for path in paths)),
        words=words,
        notes=tuple(sorted({asset.note[:64] for asset in assets if len(asset.note) >= _NOTE})),
        digests=tuple(sorted(own)),
        contents=tuple(sorted(own)),
        chunks=tuple(sorted(each.hex() for each in owned.chunks)),
        samples=tuple(each.hex() for each in owned.samples),
        files=() if keep_files else _files(assets),
        keep_files=keep_files,
        jobs=tuple(json.dumps(asset.file) for asset in assets),
    )
    return Plan(
        journal, _report(stores, assets, journal, past, named), others_of(past.survey, journal)
    )


def _files(assets: Iterable[Asset]) -> tuple[str, ...]:
    there = [asset for asset in assets if asset.state != "removed"]
    return tuple(asset.file for asset in there if os.path.lexists(asset.file))


def _words(stores: Stores, ids: Sequence[str], paths: set[bytes], past: _Past) -> tuple[str, ...]:
    """Names of the assets that no other asset's path holds: where one stands, they are meant."""
    wanted: set[str] = set()
    for path in paths:
        text = path.decode("utf-8", "surrogateescape")
        within = text.partition("/")[2]
        wanted |= {within, within.rpartition("/")[2]}
    kept = {f"{root}/{path}".casefold() for root, path in stores.catalog.other_paths(ids)}
    kept |= {
        one.path.decode("utf-8", "surrogateescape").casefold()
        for one in past.survey.blobs.values()
        if one.id not in set(ids)
    }
    folder = str(stores.place.folder).casefold()
    return tuple(
        sorted(
            (
                word
                for word in wanted
                if len(word) >= _SHORT
                and _is_text(word)
                and word.casefold() not in folder
                and not any(word.casefold() in path for path in kept)
            ),
            key=lambda word: (-len(word), word),
        )
    )


def _is_text(word: str) -> bool:
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def _report(
    stores: Stores,
    assets: Sequence[Asset],
    journal: PurgeJournal,
    past: _Past,
    named: Collection[str],
) -> PurgeReport:
    catalog = stores.catalog
    ids = set(journal.ids)
    users = {
        user.path
        for of_one in users_of(stores, journal.ids).values()
        for user in of_one
        if user.id not in ids
    }
    made = set()
    for asset in assets:
        for edge in catalog.related(asset.id, kind="derived_from", reverse=True):
            if edge.src not in ids:
                found = catalog.get(edge.src)
                made |= {found.path} if found is not None else set()
    mentions = {
        f"{where} names {word}" for word in journal.words for where in catalog.mentions(ids, word)
    }
    return PurgeReport(
        dry_run=True,
        assets=journal.shown,
        files=tuple(Path(file).as_posix() for file in journal.files),
        kept_files=journal.keep_files,
        versions=_versions(stores, journal, past),
        contents=len(journal.contents),
        chunks=len(journal.chunks),
        used_by=tuple(sorted(users)),
        made_of_it=tuple(sorted(made)),
        mentions=tuple(sorted(mentions)),
        elsewhere=_elsewhere(stores, named),
    )


def _versions(stores: Stores, journal: PurgeJournal, past: _Past) -> int:
    if not past.survey.commits:
        return 0
    others = others_of(past.survey, journal)
    return len(stores.history.would_erase(unwanted_of(journal), others, {}).commits)


def _elsewhere(stores: Stores, named: Collection[str]) -> tuple[str, ...]:
    """What a purge of this library cannot reach, as far as the library knows."""
    found = [
        f"remote {entry.name} at {entry.url}, unless it is named"
        for entry in read_book(stores.place).remotes
        if entry.name not in named
    ]
    found.append("other clones, snapshots and copies of this folder that are not named here")
    found.append("backups, sync services and snapshots of the file system; swap and hibernation")
    found.append("flash storage, which may keep bytes that were overwritten")
    return tuple(found)
