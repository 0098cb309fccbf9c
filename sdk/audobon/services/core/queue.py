"""The library's jobs: ask for them, look at them, wait for them."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve

from audobon.codec.vectors import unpack_values
from audobon.errors import Busy, Cancelled, NotFound, Purged, error_from_code
from audobon.model.asset import Asset
from audobon.model.job import PRIORITIES, JobRow
from audobon.model.version import Pointer
from audobon.services.core.stores import Stores

__all__ = [
    "Job",
    "job",
    "jobs",
    "last_preview_job",
    "last_stored_job",
    "live_note",
    "preview_key",
    "queue_facts",
    "queue_packing",
    "queue_preview",
    "queue_previews",
    "queue_stored",
]

_PREVIEWS_PER_JOB = 64
# One job lasts about a second: a click waits no longer for its turn, and ten
# thousand pictures are some hundred and fifty rows.
_WITHOUT_PICTURE = frozenset({"text", "file"})
_FOLLOW_S = 0.05
_START_S = 2.0  # a library's process that was killed is started again
_POLL_S = 0.01
# Between two questions whether anything has changed, 5 µs each; the job's row is read only then.
_AGAIN_S = 1.0
# Between two looks whether a worker is still there; that of another program may have left.
_MANY_LOOSE = 2000
# Some two hundred small versions: gathering them takes half a second, and a
# folder of objects stays small enough for every file system.
_MANY_PACKS = 128
# Each version looks at all packs of the chunk store, 0.01 ms for each.
DEFAULT_SIZE = 256
_GONE = "what the job was for is removed for good"


class Job:
    """A handle on a job of this library, whoever asked for it and wherever it runs.

    ``state`` and ``progress`` are read from the queue each time.
    """

    def __init__(self, stores: Stores, row: JobRow) -> None:
        self._stores = stores
        self._row = row

    def __repr__(self) -> str:
        return f"<Job {self.id} {self._row.kind} {self._row.state}>"

    @property
    def id(self) -> int:
        return self._row.id

    @property
    def kind(self) -> str:
        return self._row.kind

    @property
    def row(self) -> JobRow:
        """The job as the queue holds it now; cancelled, with why, when it went with a purge."""
        if self._row.state in ("queued", "running"):
            try:
                self._row = self._stores.jobs.get(self._row.id)
            except NotFound:  # nothing else removes a job that has not ended
                self._row = _gone(self._row)
        return self._row

    @property
    def state(self) -> str:
        """queued, running, done, failed or cancelled."""
        return self.row.state

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        return self.row.progress

    @property
    def live(self) -> dict[str, Any]:
        """What a lesson under way has found so far (``held_out``, ``of``, ``f1``, ``loss``); else
        empty."""
        told = self._stores.catalog.meta(live_note(self.id))
        return {} if told is None else dict(json.loads(told))

    @property
    def reason(self) -> str:
        """Why it failed, empty otherwise."""
        error = self.row.error
        return "" if error is None else error[1]

    def start(self) -> None:
        """See that a worker is there to run it; returns at once."""
        self._stores.start_worker()

    def cancel(self) -> None:
        """Ask that it stop; one that is not begun never begins. Returns at once."""
        with contextlib.suppress(NotFound):  # it went with a purge
            self._stores.jobs.cancel(self.id)

    def again(self) -> None:
        """Do it anew when it failed or was cancelled; returns at once.

        Where the same was asked for meanwhile, this becomes that job.
        """
        self._row = self._stores.jobs.again(self.id)
        if self._row.state == "queued":
            self._stores.start_worker()

    def follow(
        self,
        progress: Callable[[float], object] = lambda _fraction: None,
        cancel: Callable[[], bool] = lambda: False,
    ) -> Any:
        """As :meth:`result`, with ``progress`` told from 0 to 1, some 20 times a second.

        Once ``cancel`` is true the job is asked to stop and Cancelled raised, without waiting.
        """
        started = 0.0
        while self.state in ("queued", "running"):
            if cancel():
                self.cancel()
                raise Cancelled(f"job {self.id} is cancelled")
            if time.monotonic() - started > _START_S:
                self._stores.start_worker()
                started = time.monotonic()
            progress(self._row.progress)
            time.sleep(_FOLLOW_S)
        return self.result()

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the end and return what it gave; raises its error, Cancelled, or Busy.

        Purged, a Cancelled, where what it was for is removed for good meanwhile.
        ``timeout`` is in seconds, None waits without end. A worker is started
        whenever none is at work.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        looked = 0.0
        seen = version = self._stores.catalog.data_version()
        while (row := self.row).state in ("queued", "running"):
            while version == seen:
                now = time.monotonic()
                if now - looked >= _AGAIN_S:
                    looked = now
                    self._stores.start_worker()
                if deadline is not None and now >= deadline:
                    raise Busy(
                        f"job {row.id} is still {row.state}", hint="wait longer or cancel it"
                    )
                time.sleep(_POLL_S)
                version = self._stores.catalog.data_version()
            seen = version
        if row.state == "cancelled":
            if _purged(self._stores, row):
                raise Purged(_GONE, subject=str(row.id))
            raise Cancelled(f"job {row.id} was cancelled")
        if row.error is not None:
            raise error_from_code(row.error[0], row.error[1], hint=row.hint)
        return _public(row.result)


def live_note(ident: int) -> str:
    """Under which name a job leaves a note of how it goes, for as long as it runs."""
    return f"live {ident}"


def _gone(row: JobRow) -> JobRow:
    return evolve(row, state="cancelled", error=(Purged.code, _GONE))


def _purged(stores: Stores, row: JobRow) -> bool:
    """Whether a job went with a purge, or was stopped by one that is under way."""
    if row.error is not None and row.error[0] == Purged.code:
        return True
    from audobon.services.core.purges import read_journal

    purging = read_journal(stores.place)
    if purging is None:
        return False
    payload = dict(row.payload)
    said = f"{json.dumps(payload)} {json.dumps(payload, ensure_ascii=False)} {row.key}"
    return any(text in said for text in purging.named)


def _public(result: Any) -> Any:
    """A job's result as callers get it: its vectors, which are kept packed, as numbers."""
    if isinstance(result, dict):
        listed = result.get("results")
        for each in (result, *(listed if isinstance(listed, list) else ())):
            if isinstance(each, dict) and "values" in each:
                each["values"] = unpack_values(each["values"])
    return result


def jobs(stores: Stores, state: str | None, *, limit: int) -> tuple[Job, ...]:
    """See ``Library.jobs``."""
    return tuple(Job(stores, row) for row in stores.jobs.list(state=state, limit=limit))


def job(stores: Stores, ident: int) -> Job:
    """See ``Library.job``."""
    return Job(stores, stores.jobs.get(ident))


def preview_key(asset: Asset, size: int) -> str:
    """Equal requests for equal bytes are one job; changed bytes are another."""
    content = asset.digest or f"{asset.id}:{asset.size}:{asset.mtime_ns}"
    return f"preview:{content}:{size}"


def _preview_item(asset: Asset, size: int) -> dict[str, Any]:
    return {
        "key": asset.key,
        "path": asset.file,
        "digest": asset.digest,
        "stat": [asset.size, asset.mtime_ns],
        "size": size,
    }


def queue_preview(stores: Stores, asset: Asset, size: int) -> Job:
    """Ask for one preview at the priority of a click."""
    row = stores.jobs.submit(
        "preview",
        {"items": [_preview_item(asset, size)]},
        key=preview_key(asset, size),
        priority=PRIORITIES["click"],
    )
    return Job(stores, row)


def _stored_key(content: Pointer, size: int) -> str:
    return f"stored-preview:{content.digest}:{size}"


def queue_stored(stores: Stores, content: Pointer, path: str, size: int) -> Job:
    """Ask for the preview of bytes in the chunk store, at the priority of a click."""
    item = {"digest": content.digest, "bytes": content.size, "path": path, "size": size}
    row = stores.jobs.submit(
        "stored-preview",
        {"items": [item]},
        key=_stored_key(content, size),
        priority=PRIORITIES["click"],
    )
    return Job(stores, row)


def last_stored_job(stores: Stores, content: Pointer, size: int) -> JobRow | None:
    """The newest such job for these bytes, None if there never was one."""
    return stores.jobs.latest(_stored_key(content, size))


def queue_previews(stores: Stores, assets: Sequence[Asset], *, size: int = DEFAULT_SIZE) -> None:
    """Ask for many previews in the background, some dozens in a job."""
    assets = [asset for asset in assets if asset.kind not in _WITHOUT_PICTURE]
    for start in range(0, len(assets), _PREVIEWS_PER_JOB):
        batch = assets[start : start + _PREVIEWS_PER_JOB]
        stores.jobs.submit(
            "previews",
            {"items": [_preview_item(asset, size) for asset in batch]},
            key=f"previews:{batch[0].id}:{batch[0].seq}:{len(batch)}:{size}",
            priority=PRIORITIES["background"],
        )


def queue_facts(stores: Stores, key: int, path: str) -> None:
    """Ask that the headers of a large changed file be read again."""
    stores.jobs.submit(
        "facts",
        {"items": [{"key": key, "path": path, "stat": [0, 0]}]},
        key=f"facts:{key}",
        priority=PRIORITIES["normal"],
    )


def queue_packing(stores: Stores) -> None:
    """Ask that loose objects and small packs be gathered, once there are many of them."""
    if stores.history.loose() > _MANY_LOOSE or stores.chunks.small_packs() > _MANY_PACKS:
        stores.jobs.submit("pack", {}, key="pack", priority=PRIORITIES["background"])


def last_preview_job(stores: Stores, asset: Asset, size: int) -> JobRow | None:
    """The newest job for this very picture, None if there never was one."""
    return stores.jobs.latest(preview_key(asset, size))
