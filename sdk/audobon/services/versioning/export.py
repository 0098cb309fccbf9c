"""Write the files of a version below a folder: a copy to hand on or to look at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from attrs import frozen

from audobon.codec.manifest import Manifest, parse_manifest
from audobon.errors import AudobonError, Cancelled, Conflict, NotFound
from audobon.services.core.audit import record
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import Progress
from audobon.services.files.placing import Wanted, put_contents, with_parents
from audobon.services.versioning.way import holds, need_outside, shown
from audobon.system.files import free_name, sweep_leftovers, translate_os_error
from audobon.system.names import fold, os_path

__all__ = ["Exported", "export"]

_ASSETS = b".audobon/assets"


@frozen(slots=True)
class Exported:
    """What lies below ``folder`` now, as paths in it.

    ``written`` are those of this call, ``present`` those that were there with
    the right bytes already. ``notes`` are of files that have the same payload
    in other bytes, as in ``Restored``. After a cancel the rest is in none of them.
    """

    folder: Path
    revision: str
    written: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    failed: tuple[tuple[str, AudobonError], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    cancelled: bool = False


def export(
    stores: Stores,
    to: Path,
    *,
    revision: str,
    refs: Sequence[str],
    progress: Progress | None,
    cancel: Callable[[], bool],
    durable: bool,
) -> Exported:
    """See ``Library.export``. ``refs`` are ids, paths and folders as the version has them."""
    commit = stores.history.resolve(revision)
    present_then = sorted(_present(stores, commit), key=shown)
    several = len({one.root for one in present_then}) > 1
    manifests = _chosen(present_then, refs)
    need_outside(stores, to)
    with_parents(to)
    places = [_place(one, several) for one in manifests]
    present, failed = [], list(_colliding(places, to))
    hindered = {place for place, _ in failed}
    wanted: list[Wanted] = []
    for manifest, place in zip(manifests, places, strict=True):
        target = to / os_path(place)
        if place in hindered:
            continue
        if not os.path.lexists(target):
            wanted.append(Wanted(manifest.digest, manifest.size, target))
        elif holds(target, manifest):
            present.append(place)
        else:
            failed.append((place, _taken(target)))
    names = {str(to / os_path(place)): place for place in places}
    written, notes, cancelled = [], [], False
    putting = put_contents(stores, wanted, cancel=cancel, durable=durable)
    for number, placed in enumerate(putting, 1):
        place = names[str(placed.wanted.target)]
        if isinstance(placed.error, Cancelled):
            cancelled = True
        elif placed.error is not None:
            failed.append((place, placed.error))
        else:
            written.append(place)
        if placed.note:
            notes.append((place, placed.note))
        if progress is not None:
            progress(number, len(wanted), place)
    for folder in {one.target.parent for one in wanted}:
        sweep_leftovers(folder)
    ids = [one.id for one in manifests] if refs else []
    record(stores, "export", f"{len(written)} files", assets=ids, to=to, version=commit)
    return Exported(
        folder=to,
        revision=commit,
        written=tuple(sorted(written)),
        present=tuple(sorted(present)),
        failed=tuple(sorted(failed, key=lambda one: one[0])),
        notes=tuple(sorted(notes)),
        cancelled=cancelled,
    )


def _present(stores: Stores, commit: str) -> Iterator[Manifest]:
    history = stores.history
    for _, blob in history.walk(commit, prefix=_ASSETS):
        manifest = parse_manifest(history.blob(blob))
        if manifest.state == "present":
            yield manifest


def _chosen(manifests: Iterable[Manifest], refs: Sequence[str]) -> list[Manifest]:
    """Those that a ref names, or all without one. NotFound for a ref that names none."""
    if not refs:
        return list(manifests)
    wanted = {ref.strip("/") for ref in refs}
    found: set[str] = set()
    chosen = []
    for manifest in manifests:
        names = wanted & {manifest.id, *_names(manifest.path), *_names(shown(manifest))}
        if names:
            found |= names
            chosen.append(manifest)
    if missing := wanted - found:
        raise NotFound(
            f"{min(missing)} is not in this version",
            subject=min(missing),
            hint="name assets by id, files and folders by their path in the library",
        )
    return chosen


def _names(path: str) -> Iterator[str]:
    """A path and the folders that it is in."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _place(manifest: Manifest, several: bool) -> str:
    return shown(manifest) if several else manifest.path


def _colliding(places: Iterable[str], to: Path) -> Iterator[tuple[str, AudobonError]]:
    """Later ones of names that are the same to the disk of ``to``, as on Windows and macOS."""
    seen: dict[str, str] = {}
    alike = [
        (place, first)
        for place in places
        if (first := seen.setdefault(fold(place), place)) != place
    ]
    if not alike or _keeps_apart(to):
        return
    for place, first in alike:
        how = "case" if first.casefold() == place.casefold() else "how its letters are encoded"
        yield (
            place,
            Conflict(
                f"{place} differs from {first} by {how} alone, which this disk does not keep apart",
                subject=place,
                hint="export it by itself, to another folder",
            ),
        )


def _taken(target: Path) -> Conflict:
    return Conflict(
        f"{target} is there already with other bytes; nothing is written over",
        subject=str(target),
        hint="name another place, or take it away first",
    )


def _keeps_apart(folder: Path) -> bool:
    """Whether the disk of ``folder`` takes names for different that are equal when folded."""
    probe = free_name(folder)
    composed = probe.with_name(f"{probe.stem}\u00e4{probe.suffix}")
    others = (probe.with_name(f"{probe.stem}{one}{probe.suffix}") for one in ("a\u0308", "\u00c4"))
    try:
        composed.touch(exist_ok=False)
        try:
            return not any(os.path.lexists(other) for other in others)
        finally:
            composed.unlink()
    except OSError as error:
        raise translate_os_error(error, folder) from error
