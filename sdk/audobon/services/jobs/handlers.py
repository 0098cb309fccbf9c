"""How each kind of job is run, and where its results go.

A handler works in the process that drains the queue: it sends items to a
worker process and writes what comes back. One bad item fails alone.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import Any

from audobon.codec.plain import error_data, from_plain, to_plain
from audobon.errors import AudobonError, BadFile, LimitExceeded
from audobon.model.asset import Facts
from audobon.model.job import JobRow, Limits
from audobon.services.core.grouped import run_grouped
from audobon.services.core.stores import Stores
from audobon.services.files.links import learn, look_for_links
from audobon.services.pipelines.computing import run_job
from audobon.services.pipelines.meanings import look_for_meanings
from audobon.services.pipelines.onfile import run_file_job
from audobon.services.pipelines.rereading import gather_writing
from audobon.services.previews.coloring import look_for_colors
from audobon.services.previews.imprints import look_for_imprints
from audobon.services.previews.shelf import Shelf
from audobon.services.taught.lessons import apply_heads, run_lesson
from audobon.services.taught.likeness import learn_likeness
from audobon.services.taught.rating import learn_rating
from audobon.services.versioning.repacking import repack
from audobon.storage.catalog import FileUpdate
from audobon.work.executor import Executor

__all__ = ["HANDLERS", "Handler"]

Report = Callable[[float], None]
Cancel = Callable[[], bool]
Handler = Callable[[Stores, JobRow, Executor, Report, Cancel], Any]
"""Runs one job; ``report`` takes fractions from 0 to 1, ``cancel`` says whether to stop."""

_PREVIEW_LIMITS = Limits(memory=3 << 30, cpu_s=60.0, wall_s=120.0, file=64 << 20)
# An 8K float EXR needs 1.1 GB while it is decoded; the previews of a job take 16 MB at most.
_PROBE_LIMITS = Limits(memory=1 << 30, cpu_s=60.0, wall_s=120.0, file=1 << 20)
# Headers take 64 MB at most; a compressed .blend of some GB takes half a minute.


def one_preview(
    stores: Stores, job: JobRow, executor: Executor, report: Report, cancel: Cancel
) -> Any:
    """A preview that somebody waits for: its failure is the job's failure."""
    with Shelf(stores) as shelf:
        items = _preview_items(stores, job, shelf.path)
        outcomes = _outcomes(items, executor, "preview", _PREVIEW_LIMITS, report, cancel)
        with closing(outcomes):
            for item, outcome in outcomes:
                if isinstance(outcome, AudobonError):
                    raise outcome
                shelf.take(item, outcome)
        return {"made": shelf.settle()}


def stored_preview(
    stores: Stores, job: JobRow, executor: Executor, report: Report, cancel: Cancel
) -> Any:
    """A preview of bytes that lie in the chunk store only: put beside the previews to be read."""
    with Shelf(stores) as shelf:
        for item in _items(job):
            suffix = PurePosixPath(str(item["path"])).suffix
            with tempfile.TemporaryDirectory(
                prefix="stored-", dir=_stored_in(stores, item)
            ) as folder:
                file = Path(folder) / f"content{suffix}"
                stores.chunks.restore(
                    item["digest"], file, durable=False, mode=0o600, cancel=cancel
                )
                found = file.stat()
                payload = {
                    "path": str(file),
                    "digest": item["digest"],
                    "stat": [found.st_size, found.st_mtime_ns],
                    "size": item["size"],
                    "known": False,
                    "to": shelf.path,
                }
                [(_, outcome)] = run_grouped(
                    *(executor, "preview", [payload]),
                    weights=[found.st_size],
                    limits=_PREVIEW_LIMITS,
                )
                if isinstance(outcome, AudobonError):
                    raise outcome
                shelf.take(item, outcome)
        report(1.0)
        return {"made": shelf.settle(asset=False)}


def many_previews(
    stores: Stores, job: JobRow, executor: Executor, report: Report, cancel: Cancel
) -> Any:
    """Previews ahead of need: failures are counted, and told when one is asked for."""
    failed = []
    with Shelf(stores) as shelf:
        items = _preview_items(stores, job, shelf.path)
        outcomes = _outcomes(items, executor, "preview", _PREVIEW_LIMITS, report, cancel)
        with closing(outcomes):
            for item, outcome in outcomes:
                if isinstance(outcome, AudobonError):
                    stores.meter.error("job previews", outcome)
                    failed.append({"path": item["path"], "error": error_data(outcome)})
                else:
                    shelf.take(item, outcome)
        return {"made": shelf.settle(), "failed": failed}


def _stored_in(stores: Stores, item: Mapping[str, Any]) -> Path:
    """Where a content is put for a look: not in the state where that is encrypted."""
    files = stores.place.files
    if files.sealed:
        return files.working(2 * stores.chunks.size(item["digest"]))
    return stores.place.previews


def _preview_items(stores: Stores, job: JobRow, to: str) -> list[Mapping[str, Any]]:
    asked = [(item["digest"], int(item["size"])) for item in _items(job)]
    known = stores.previews.known(pair for pair in asked if pair[0])
    # A file that was given another name since it was asked for is where its asset is now.
    gone = [int(item["key"]) for item in _items(job) if not os.path.exists(item["path"])]
    places = {asset.key: asset.file for asset in stores.catalog.by_key(gone)} if gone else {}
    return [
        {
            **item,
            "path": places.get(int(item["key"]), item["path"]),
            "known": pair in known,
            "to": to,
        }
        for item, pair in zip(_items(job), asked, strict=True)
    ]


def facts(stores: Stores, job: JobRow, executor: Executor, report: Report, cancel: Cancel) -> Any:
    """Headers read again after a large file was saved."""
    updates = []
    outcomes = _outcomes(_items(job), executor, "probe", _PROBE_LIMITS, report, cancel)
    with closing(outcomes):
        for item, outcome in outcomes:
            if isinstance(outcome, BadFile | LimitExceeded):
                told = [(int(item["key"]), str(outcome))]
                stores.catalog.mark_unread(told, author=stores.author, now=stores.now())
            if isinstance(outcome, AudobonError):
                raise outcome
            updates.append((int(item["key"]), outcome))
    rows = {asset.key: asset for asset in stores.catalog.by_key([key for key, _ in updates])}
    current = [
        FileUpdate(
            key,
            answer["size"],
            answer["mtime_ns"],
            bytes.fromhex(answer["partial"]),
            rows[key].digest or answer["digest"],
            facts=from_plain(answer["facts"], Facts),
        )
        for key, answer in updates
        # A file that was saved once more meanwhile has a job of its own.
        if key in rows
        and (rows[key].size, rows[key].mtime_ns) == (answer["size"], answer["mtime_ns"])
    ]
    known = stores.catalog.update_files(current, author=stores.author, now=stores.now())
    named = {key: answer["links"] for key, answer in updates}
    learn(stores, ((asset, named[asset.key]) for asset in known))
    return {"read": len(updates)}


def pack(stores: Stores, job: JobRow, executor: Executor, report: Report, cancel: Cancel) -> Any:
    """Loose objects of the history into a pack, small packs of the chunk store into large ones.

    No file of a stranger is read, so it runs here.
    """
    del job, executor, cancel
    done = stores.history.pack()
    report(0.5)
    gathered = stores.chunks.gather(timeout_s=60.0)
    report(1.0)
    return {**to_plain(done), "gathered": gathered}


def _items(job: JobRow) -> Sequence[Mapping[str, Any]]:
    items: Sequence[Mapping[str, Any]] = job.payload["items"]  # type: ignore[assignment]
    return items


def _outcomes(
    items: Sequence[Mapping[str, Any]],
    executor: Executor,
    task: str,
    limits: Limits,
    report: Report,
    cancel: Cancel,
) -> Generator[tuple[Mapping[str, Any], Any], None, None]:
    weights = [int(item["stat"][0]) for item in items]
    batch = run_grouped(executor, task, items, weights=weights, limits=limits, cancel=cancel)
    with closing(batch):
        for count, (number, outcome) in enumerate(batch, start=1):
            report(count / len(items))
            yield items[number], outcome


HANDLERS: Mapping[str, Handler] = {
    "preview": one_preview,
    "previews": many_previews,
    "stored-preview": stored_preview,
    "facts": facts,
    "colors": look_for_colors,
    "links": look_for_links,
    "imprints": look_for_imprints,
    "meanings": look_for_meanings,
    "writing": gather_writing,
    "pack": pack,
    "repack": repack,
    "run": run_job,
    "run-file": run_file_job,
    "teach": run_lesson,
    "heads": apply_heads,
    "rate": learn_rating,
    "liken": learn_likeness,
}
