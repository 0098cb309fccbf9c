"""Previews: answered from the cache, else made by a job."""

from __future__ import annotations

from datetime import timedelta

from audobon.errors import Conflict, Invalid, NotFound, ReadOnly, Unavailable, error_from_code
from audobon.model.asset import Asset
from audobon.model.job import JobRow
from audobon.model.version import Pointer
from audobon.services.core.queue import (
    last_preview_job,
    last_stored_job,
    queue_preview,
    queue_stored,
)
from audobon.services.core.stores import Stores

__all__ = ["preview", "stored_preview"]

SIZES = (16, 2048)
"""The smallest and the largest longest side in pixels that can be asked for."""

_PASSING = (Unavailable, NotFound, Conflict)
"""Reasons that may be gone by now: a full disk, a file that was away, one being saved."""
_AGAIN = timedelta(seconds=10)
# Until then the reason is told, so that whoever asks again and again hears it.


def preview(stores: Stores, asset: Asset, *, size: int) -> bytes | None:
    """See ``Library.preview``. Pictures lie under the digest of the content: none can be stale."""
    _need_size(size)
    if asset.digest:
        data = stores.previews.get(asset.digest, size)
        _noted(stores, data)
        if data is not None:
            return data
    job = last_preview_job(stores, asset, size)
    if _is_wanted(stores, job, asset.path):
        queue_preview(stores, asset, size)
    stores.start_worker()
    return None


def stored_preview(stores: Stores, content: Pointer, path: str, *, size: int) -> bytes | None:
    """The preview of bytes in the chunk store, such as those of an old version.

    ``path`` gives the name of the format and stands in errors. As
    ``Library.preview``; one that an asset of the same content has is found.
    """
    _need_size(size)
    data = stores.previews.get(content.digest, size)
    _noted(stores, data)
    if data is not None:
        return data
    job = last_stored_job(stores, content, size)
    if _is_wanted(stores, job, path):
        queue_stored(stores, content, path, size)
    stores.start_worker()
    return None


def _noted(stores: Stores, data: bytes | None) -> None:
    stores.meter.count("cache", answer="miss" if data is None else "hit", cache="previews")


def _need_size(size: int) -> None:
    if not SIZES[0] <= size <= SIZES[1]:
        raise Invalid(f"a preview of {size} pixels is not made; {SIZES[0]} to {SIZES[1]} are")


def _is_wanted(stores: Stores, job: JobRow | None, path: str) -> bool:
    """Whether a job is to be queued; raises why none can be made."""
    if job is not None and job.state == "failed" and job.error is not None:
        error = error_from_code(job.error[0], job.error[1], subject=path, hint=job.hint)
        recent = job.ended is not None and stores.now() - job.ended < _AGAIN
        if recent or stores.read_only or not isinstance(error, _PASSING):
            raise error
    if stores.read_only:
        raise ReadOnly(
            f"the preview of {path} is not made yet, and this library is read-only", subject=path
        )
    return job is None or job.state not in ("queued", "running")
