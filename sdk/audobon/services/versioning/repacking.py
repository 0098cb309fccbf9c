"""Store new contents by their structure, in the background, after a version was made.

A commit stores files as they are, so that nobody waits. Of scenes, paintings
and USD archives a job then makes a form that later versions share more of
(``storage.chunks.transforms``). The job gets the file out of the store, a
worker process transforms it and proves the way back, and the store takes the
new form for the old. Cut off anywhere, the old form stays what counts, and
the job begun again leaves out what is done.

What only the compressor that made it gives again bit for bit (zstd of a .blend,
zlib of pictures, FBX and zips) is taken apart when a later version has replaced
it: the present version of a file never depends on what a machine has installed,
and a file that is never saved again has nothing to share anyway. Parts that the
later version has unchanged wait with it (``sharing``).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon.errors import AudobonError, Busy, Cancelled, NotFound
from audobon.model.job import PRIORITIES, JobRow, Limits
from audobon.services.core.stores import Stores
from audobon.services.versioning.sharing import inside, leave, waiting
from audobon.system.files import translate_os_error

if TYPE_CHECKING:
    from audobon.storage.chunks.layout import Transform
    from audobon.work.executor import Executor

__all__ = ["outlived", "queue_repack", "repack", "repack_file", "worth_it"]

_SUFFIXES = (".blend", ".kra", ".krz", ".ora", ".usdz")
_COMPRESSED = (*_SUFFIXES, ".zip", ".3mf", ".png", ".apng", ".fbx")
# What programs compress in parts and artists save again and again.
_SMALLEST = 64 << 10
# A chunk has 64 KiB: smaller files share all or nothing.

_PER_JOB = 16
# A job is what is done again from its first unfinished file after a crash,
# and what waits its turn; a large scene takes some seconds.

_LOCK_S = 2.0  # between two looks whether the job is cancelled
_MEMORY = 1 << 30
_CPU_S, _WALL_S = 900.0, 3600.0
# 0.05 s for each MB of a compressed painting, twice for the proof: some GB
# fit. What takes longer stays as it is.
_FREE_SHARE = 4  # the part of the free space that one temporary file may take, as a divisor


def worth_it(path: str, size: int) -> bool:
    """Whether a content is to be repacked once it is in a version."""
    return size >= _SMALLEST and path.lower().endswith(_SUFFIXES)


def outlived(path: str, size: int) -> bool:
    """Whether a content is to be taken wholly apart once a later version has replaced it."""
    return size >= _SMALLEST and path.lower().endswith(_COMPRESSED)


def queue_repack(
    stores: Stores, digests: Iterable[str], *, replaced: Mapping[str, str] | None = None
) -> None:
    """Ask that these contents be repacked when nothing else is to be done.

    ``replaced`` are no longer what a file holds, and are taken wholly apart; it
    says which content came after each.
    """
    earlier = replaced is not None
    wanted = sorted(set(digests))
    for start in range(0, len(wanted), _PER_JOB):
        batch = wanted[start : start + _PER_JOB]
        stores.jobs.submit(
            "repack",
            {
                "digests": batch,
                "earlier": earlier,
                "next": [(replaced or {}).get(digest, "") for digest in batch],
            },
            key=f"repack:{'earlier:' * earlier}{batch[0]}:{batch[-1]}:{len(batch)}",
            priority=PRIORITIES["background"],
        )


def repack(
    stores: Stores,
    job: JobRow,
    executor: Executor,
    report: Callable[[float], None],
    cancel: Callable[[], bool],
) -> dict[str, Any]:
    """The handler of the job: ``{repacked, kept, failed}``; one bad file fails alone."""
    digests = [str(digest) for digest in job.payload["digests"]]  # type: ignore[attr-defined]
    whole = bool(job.payload.get("earlier"))
    told: Sequence[str] = job.payload.get("next", ())  # type: ignore[assignment]
    after = dict(zip(digests, told, strict=False))
    folder = stores.place.chunks / "repack"
    try:
        folder.mkdir(exist_ok=True)
        _sweep(stores, folder)
    except OSError as error:
        raise translate_os_error(error, folder) from error
    repacked, kept, failed = 0, 0, []
    for number, digest in enumerate(digests):  # it may grow on the way
        if cancel():
            raise Cancelled("repacking is cancelled; what is done stays")
        try:
            with _room(stores, digest, folder) as room:
                base, successor = room / str(job.id), after.get(digest, "")
                done = _repack_one(stores, digest, base, executor, cancel, whole, successor)
        except Cancelled:
            raise
        except AudobonError as error:
            failed.append({"digest": digest, "error": [error.code, error.message]})
        else:
            repacked, kept = repacked + done, kept + (not done)
            digests += waiting(stores, digest) if whole else ()
        report((number + 1) / len(digests))
    return {"repacked": repacked, "kept": kept, "failed": failed}


@contextmanager
def _room(stores: Stores, digest: str, folder: Path) -> Iterator[Path]:
    """``folder``, or one in which copies in clear may lie where the store is encrypted."""
    files = stores.place.files
    if not files.sealed:
        yield folder
        return
    # As it is, apart, and what it takes to prove that it comes back.
    size = 4 * stores.chunks.size(digest) if stores.chunks.has(digest) else 0
    with tempfile.TemporaryDirectory(prefix="audobon-repack-", dir=files.working(size)) as room:
        yield Path(room)


def _repack_one(
    stores: Stores,
    digest: str,
    base: Path,
    executor: Executor,
    cancel: Callable[[], bool],
    whole: bool,
    successor: str,
) -> bool:
    """Whether the file has another form now; False when it has one already or none fits."""
    chunks = stores.chunks
    # A painting that was stored with its picture as it is may be taken further apart.
    before = chunks.chain(digest) if chunks.has(digest) else ()
    if not chunks.has(digest) or (before and not (whole and _goes_further(before))):
        return False
    raw, stream = base.with_suffix(".raw"), base.with_suffix(".stream")
    try:
        chunks.restore(digest, raw, durable=False, mode=0o600, exact=True, cancel=cancel)
        task = {"path": str(raw), "to": str(stream), "digest": digest, "whole": whole}
        if before and successor and chunks.has(successor):
            task["changed"] = chunks.own_bytes(digest, successor)
        answer = executor.run("repack", task, limits=_limits(base), cancel=cancel)
        if answer.get("waits"):
            leave(stores, digest, successor)
            return False
        chain = _chain(answer)
        if not chain or chain == before:
            return False
        raw.unlink()
        _replace(stores, digest, stream, chain, cancel)
        return True
    except NotFound:  # a collector was here in between: nobody needs it any more
        return False
    finally:
        raw.unlink(missing_ok=True)
        stream.unlink(missing_ok=True)


def _replace(
    stores: Stores,
    digest: str,
    stream: Path,
    chain: tuple[Transform, ...],
    cancel: Callable[[], bool],
) -> None:
    """Wait for whoever writes: a large commit may take minutes, and this has time."""
    while True:
        try:
            stores.chunks.replace(digest, stream, chain=chain, timeout_s=_LOCK_S)
            return
        except Busy:
            if cancel():
                raise Cancelled("repacking is cancelled; what is done stays") from None


def _limits(place: Path) -> Limits:
    free = shutil.disk_usage(place.parent).free
    return Limits(memory=_MEMORY, cpu_s=_CPU_S, wall_s=_WALL_S, file=max(free // _FREE_SHARE, 1))


def _chain(answer: Mapping[str, Any]) -> tuple[Transform, ...]:
    from audobon.storage.chunks.layout import Transform

    return tuple(Transform(name, bytes.fromhex(params)) for name, params in answer["chain"])


def _goes_further(chain: tuple[Transform, ...]) -> bool:
    from audobon.storage.chunks.transforms.chain import compressors

    return chain[-1].name == "unpack" and not compressors(chain)


def _sweep(stores: Stores, folder: Path) -> None:
    """Remove what jobs have left that were killed and do not run now."""
    running = {str(row.id) for row in stores.jobs.list(state="running", limit=1000)}
    with os.scandir(folder) as entries:
        left = [entry for entry in entries if entry.name.partition(".")[0] not in running]
    for entry in left:
        with suppress(PermissionError):  # Windows: a worker that runs has it open
            Path(entry.path).unlink(missing_ok=True)


def repack_file(
    path: str,
    to: str,
    digest: str,
    check: Callable[[], None],
    *,
    whole: bool = False,
    changed: int | None = None,
) -> dict[str, Any]:
    """The task of the worker: transform ``path`` into ``to``; ``{chain}``, empty when none fits.

    ``digest`` is the sha256 by which the store gave the file. Touches these
    two files and temporary ones beside ``to``. ``changed`` bytes of it are not
    those of the next version: too few for most of what is compressed inside
    to be among them, and the answer is ``{chain: [], waits: true}``.
    """
    from audobon.storage.chunks.transforms.chain import fold

    check()
    if changed is not None and 2 * changed < inside(path):
        return {"chain": [], "waits": True}
    with open(path, "rb") as file, open(to, "w+b") as out:
        size = os.fstat(file.fileno()).st_size
        known = bytes.fromhex(digest)
        chain = fold(*(file, size, out), folder=Path(to).parent, portable=not whole, digest=known)
    check()
    return {"chain": [[step.name, step.params.hex()] for step in chain]}
