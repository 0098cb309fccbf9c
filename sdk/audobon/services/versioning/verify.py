"""Prove that what is stored is what was stored."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from audobon.codec.manifest import parse_manifest
from audobon.errors import AudobonError
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import Progress
from audobon.services.places.referred import lacking
from audobon.storage.chunks import Problem

__all__ = ["Verified", "verify"]


@frozen(slots=True)
class Verified:
    """What was read and what is wrong. ``problems`` are sentences that name the thing."""

    versions: int
    files: int
    chunks: int
    bytes: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def verify(
    stores: Stores,
    *,
    part: tuple[int, int] | None,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> Verified:
    """See ``Library.verify``."""
    problems = [f"catalog: {problem}" for problem in stores.catalog.check(full=True)]
    chunks = stores.chunks.verify(part=part, progress=_adapted(progress), cancel=cancel)
    problems.extend(_sentence(problem) for problem in chunks.problems)
    versions, files = 0, 0
    if stores.place.history.exists():
        problems.extend(
            f"history: {problem}" for problem in stores.history.check(full=part is None)
        )
        try:
            versions = len(stores.history.log(limit=1_000_000)) if stores.history.head() else 0
            files = _files(stores)
            # Not the work of one part: it is done once, by the first.
            if part is None or part[0] == 1:
                problems.extend(
                    f"history: the bytes of {manifest.path} ({digest[:12]}) are not in the store"
                    for digest, manifest in lacking(stores).items()
                )
        except AudobonError as error:
            problems.append(f"history: {error}")
    problems.extend(f"index: {problem}" for problem in stores.index.check())
    return Verified(versions, files, chunks.chunks, chunks.bytes, tuple(problems))


def _adapted(progress: Progress | None) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda done, total: progress(done, total, "")


def _sentence(problem: Problem) -> str:
    where = f"pack {problem.pack}" + (f", group {problem.group}" if problem.group >= 0 else "")
    hit = f"; {len(problem.files)} files cannot be rebuilt" if problem.files else ""
    return f"chunks: {where}: {problem.reason}{hit}"


def _files(stores: Stores) -> int:
    """How many files the newest version has."""
    history, head = stores.history, stores.history.head()
    if head is None:
        return 0
    manifests = history.walk(head, prefix=b".audobon/assets")
    return sum(parse_manifest(history.blob(blob)).state == "present" for _, blob in manifests)
