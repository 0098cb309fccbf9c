"""Previews: answered from the cache, else made by a job."""

from __future__ import annotations

import contextlib
from datetime import timedelta

from audobon.errors import Conflict, Invalid, NotFound, ReadOnly, Unavailable, error_from_code
from audobon.model.asset import Asset
from audobon.services.previewfile import is_whole, preview_path
from audobon.services.queue import last_preview_job, queue_preview
from audobon.services.stores import Stores

__all__ = ["preview"]

SIZES = (16, 2048)
"""The smallest and the largest longest side in pixels that can be asked for."""

_PASSING = (Unavailable, NotFound, Conflict)
"""Reasons that may be gone by now: a full disk, a file that was away, one being saved."""
_AGAIN = timedelta(seconds=10)
# Until then the reason is told, so that whoever asks again and again hears it.


def preview(stores: Stores, asset: Asset, *, size: int) -> bytes | None:
    """See ``Library.preview``. The file's name is the content's digest: it cannot be stale."""
    if not SIZES[0] <= size <= SIZES[1]:
        raise Invalid(f"a preview of {size} pixels is not made; {SIZES[0]} to {SIZES[1]} are")
    if asset.digest:
        data = _cached(stores, asset.digest, size)
        if data is not None:
            return data
    job = last_preview_job(stores, asset, size)
    if job is not None and job.state == "failed" and job.error is not None:
        error = error_from_code(job.error[0], job.error[1], subject=asset.path)
        recent = job.ended is not None and stores.now() - job.ended < _AGAIN
        if recent or stores.read_only or not isinstance(error, _PASSING):
            raise error
    if stores.read_only:
        raise ReadOnly(
            f"the preview of {asset.path} is not made yet, and this library is read-only",
            subject=asset.path,
        )
    if job is None or job.state not in ("queued", "running"):
        queue_preview(stores, asset, size)
    stores.start_worker()
    return None


def _cached(stores: Stores, digest: str, size: int) -> bytes | None:
    path = preview_path(stores.place.previews, digest, size)
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if is_whole(data):
        return data
    if not stores.read_only:
        with contextlib.suppress(OSError):
            path.unlink()
    return None
