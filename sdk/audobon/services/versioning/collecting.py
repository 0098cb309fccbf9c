"""Free the space of what no version needs: old versions pruned, objects and chunks collected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from attrs import frozen

from audobon.errors import Invalid
from audobon.services.core.audit import record
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import Progress
from audobon.services.versioning.tidying import tidy

__all__ = ["GRACE", "Collected", "collect"]

GRACE = timedelta(days=14)
"""As long as git's own: a laptop may sleep over a weekend in the middle of a push."""


@frozen(slots=True)
class Collected:
    """What a collection did, or in a dry run would do. Sizes are bytes.

    ``pruned`` versions were cut off from the log. ``files`` are contents that
    went for good, ``objects`` those of git; ``waiting`` contents are needed by
    no version, and their grace period is not over. ``packs`` were removed or
    written anew. ``derived`` counts contents of no asset whose colours and vectors
    went. ``chunks_after`` is an estimate in a dry run, and the history
    is then counted as it is.
    """

    dry_run: bool
    versions: int
    pruned: int
    files: int
    waiting: int
    objects: int
    packs: int
    chunks_before: int
    chunks_after: int
    history_before: int
    history_after: int
    derived: int = 0

    @property
    def freed(self) -> int:
        """Bytes that are free again."""
        before = self.chunks_before + self.history_before
        return before - self.chunks_after - self.history_after


def collect(
    stores: Stores,
    *,
    dry_run: bool = False,
    grace: timedelta = GRACE,
    keep_last: int | None = None,
    keep_for: timedelta | None = None,
    progress: Progress | None = None,
    cancel: Callable[[], bool] = lambda: False,
) -> Collected:
    """See ``Library.collect``.

    Nobody makes a version, puts a file back or imports meanwhile: they hold
    the same lock. So what the history reaches, once seen, stays true until
    the end. References go first, then objects of git, then chunks.
    """
    if grace < timedelta(0) or (keep_for is not None and keep_for < timedelta(0)):
        raise Invalid("a grace period and an age cannot be negative")
    if not dry_run:
        stores.need_writable("collect")
    with stores.commit_lock():
        history, now = stores.history, stores.now()
        before = history.stats()
        cut = history.prune(
            last=keep_last, since=None if keep_for is None else now - keep_for, dry_run=dry_run
        )
        reached = history.reach(shallow=cut.shallow if cut.pruned else None, cancel=cancel)
        swept = history.sweep(
            reached.objects, now=now.timestamp(), grace_s=grace.total_seconds(), dry_run=dry_run
        )
        chunks = stores.chunks.collect(
            reached.digests,
            now=now.timestamp(),
            grace_s=grace.total_seconds(),
            dry_run=dry_run,
            progress=None if progress is None else lambda done, all_: progress(done, all_, ""),
            cancel=cancel,
            timeout_s=60.0,
        )
        if not dry_run:
            history.pack()
        after = history.stats()
    derived = 0 if dry_run else tidy(stores)
    if not dry_run:
        record(stores, "collect", versions=reached.commits, pruned=len(cut.pruned))
    return Collected(
        dry_run=dry_run,
        versions=reached.commits,
        pruned=len(cut.pruned),
        files=chunks.files,
        waiting=chunks.waiting,
        objects=swept.removed,
        packs=chunks.packs,
        chunks_before=chunks.bytes_before,
        chunks_after=chunks.bytes_after,
        history_before=before.loose_size + before.packs_size,
        history_after=after.loose_size + after.packs_size,
        derived=derived,
    )
