"""Which files name which: noted when they are read, and read again where that was missed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from audobon.errors import AudobonError
from audobon.formats import LINKING
from audobon.model.job import PRIORITIES, JobRow, Limits
from audobon.services.core.grouped import run_grouped
from audobon.services.files.linkplaces import meant, name_of
from audobon.storage.links import Named

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.services.core.stores import Stores
    from audobon.work.executor import Executor

__all__ = ["current", "learn", "look_for_links"]

_LIMITS = Limits(memory=1 << 30, cpu_s=60.0, wall_s=120.0, file=1 << 20)
# As for facts, of which this is a part.
_AT_ONCE = 8
# Files that are read while somebody waits: what a host has just saved, and what came along.
_BATCH = 64


def learn(stores: Stores, read: Iterable[tuple[Asset, Sequence[str] | None]]) -> None:
    """Keep what the files of these assets name, as they are in the catalog now.

    None for a file that names none ever. What cannot be kept is read again when it is asked for.
    """
    known = [(asset, paths) for asset, paths in read if paths is not None]
    if not known or stores.read_only:
        return
    files = [(asset.id, asset.size, asset.mtime_ns, "") for asset, _ in known]
    links = [each for asset, paths in known for each in _named(asset, paths)]
    with contextlib.suppress(AudobonError):
        stores.links.put(files, links)


def _named(asset: Asset, paths: Sequence[str]) -> Iterable[Named]:
    for number, path in enumerate(paths):
        file = meant(path, asset.format)
        if file is not None:
            yield Named(asset.id, number, path, name_of(file))


def current(stores: Stores, *, at_once: int = _AT_ONCE) -> int:
    """Bring what is known up to the catalog; how many files it is not known of yet.

    A few are read at once, by a worker. For more a job is asked for.
    """
    catalog, links = stores.catalog, stores.links
    made, clock = str(catalog.meta("made")), catalog.clock()
    mark = links.mark(made)
    if mark >= clock:
        return 0
    stale = _stale(stores, mark)
    if stores.read_only:
        return len(stale)
    with contextlib.suppress(AudobonError):
        if len(stale) > at_once:
            stores.jobs.submit("links", {}, key="links", priority=PRIORITIES["normal"])
            stores.start_worker()
            return len(stale)
        if stale:
            _read(stores, stores.executor, stale)
        links.set_mark(made, clock)
        return 0
    return len(stale)


def _stale(stores: Stores, mark: int) -> list[str]:
    rows = stores.catalog.changed_since(mark, sorted(LINKING))
    known = stores.links.stamps([row[0] for row in rows])
    return [ident for ident, *stamp in rows if known.get(ident) != tuple(stamp)]


def _read(
    stores: Stores,
    executor: Executor,
    ids: Sequence[str],
    cancel: Callable[[], bool] = lambda: False,
) -> None:
    assets = [one for one in stores.catalog.by_ids(ids) if one.state == "present"]
    payloads = [{"path": asset.file} for asset in assets]
    weights = [asset.size for asset in assets]
    answers = run_grouped(
        executor, "links", payloads, weights=weights, limits=_LIMITS, cancel=cancel
    )
    files: list[tuple[str, int, int, str]] = []
    links: list[Named] = []
    with closing(answers):
        for number, answer in answers:
            asset = assets[number]
            failed = isinstance(answer, AudobonError)
            # With the catalog's stamp: a file that was saved since has another one there soon.
            error = str(answer) if failed else ""
            files.append((asset.id, asset.size, asset.mtime_ns, error))
            links += [] if failed else _named(asset, answer["links"])
    stores.links.put(files, links)


def look_for_links(
    stores: Stores,
    job: JobRow,
    executor: Executor,
    report: Callable[[float], None],
    cancel: Callable[[], bool],
) -> Any:
    """The job that reads what was missed, in a library of an older version all of it."""
    del job
    made, clock = str(stores.catalog.meta("made")), stores.catalog.clock()
    stale = _stale(stores, stores.links.mark(made))
    for start in range(0, len(stale), _BATCH):
        _read(stores, executor, stale[start : start + _BATCH], cancel)
        report(min(1.0, (start + _BATCH) / len(stale)))
    stores.links.set_mark(made, clock)
    return {"read": len(stale)}
