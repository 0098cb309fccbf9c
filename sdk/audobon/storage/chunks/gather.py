"""Small packs into large ones, so that a version costs the same after many thousand.

Each version makes a pack, and whoever opens the store or writes to it looks
at all of them. Nothing is dropped here: every group is copied as it is stored,
and what is garbage stays until the collector has found it so for its grace
period. The order is the collector's: new packs, durable and named; then the
index, in one transaction; then the old packs go. The caller holds the writer
lock.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from contextlib import suppress
from pathlib import Path

from audobon.errors import Corrupt
from audobon.storage.chunks.garbage import Garbage
from audobon.storage.chunks.index import ChunkIndex, pack_names
from audobon.storage.chunks.layout import PACK_SUFFIX
from audobon.storage.chunks.packfiles import PackFiles
from audobon.storage.chunks.packs import read_trailer
from audobon.storage.chunks.reader import Reader
from audobon.storage.chunks.rewriting import SMALL, Rewriting, proved
from audobon.system.files import sync_folder, translate_os_error

__all__ = ["gather", "small_packs"]


def small_packs(index: ChunkIndex) -> list[str]:
    """The sound packs of a size that is gathered, by name."""
    return sorted(
        name for name, (size, refused) in index.packs().items() if size < SMALL and not refused
    )


def gather(folder: Path, index: ChunkIndex, reader: Reader) -> int:
    """Copy small packs of the store in ``folder`` into new ones; how many went.

    One that is much larger than all smaller ones together rests until they have grown, so
    that a chunk is copied some ten times on its way, not each time.

    A damaged pack stays where it is, for ``verify`` to name. So does one
    with garbage whose grace period is running: the collector counts the time by its name.
    """
    packs = folder / "packs"
    waiting = Garbage.load(folder, reader.small).packs
    rewriting = Rewriting(packs, reader.files)
    try:
        taken = [
            name
            for name in _alike(index, waiting)
            if _take(packs / (name + PACK_SUFFIX), name, rewriting, reader.files)
        ]
        rewriting.finish()
        new = rewriting.publish()
    finally:
        rewriting.discard()
    names = {pack.name for pack in new}
    old = [name for name in taken if name not in names]
    index.exchange([(pack.name, pack.size, pack.groups, "") for pack in new], old, ())
    reader.forget()  # Windows removes no file that is open
    _unlink(packs, old)
    index.pardon(index.condemned() - set(pack_names(packs)))
    return len(old)


def _alike(index: ChunkIndex, waiting: Container[str]) -> list[str]:
    """The small packs, from the smallest, up to one of more than twice what came before."""
    sizes = index.packs()
    taken: list[str] = []
    total = 0
    for size, name in sorted((sizes[name][0], name) for name in small_packs(index)):
        if name in waiting:
            continue
        if taken and size > 2 * total:
            break
        taken.append(name)
        total += size
    return taken if len(taken) > 1 else []


def _take(path: Path, name: str, rewriting: Rewriting, files: PackFiles) -> bool:
    """Whether the pack is sound from end to end and was copied."""
    try:
        groups, _ = read_trailer(path, files)
        with files.open(path) as file:
            stored = [proved(file, group, name) for group in groups]
    except Corrupt:
        return False
    except OSError as exc:
        raise translate_os_error(exc, path) from exc
    for group, data in zip(groups, stored, strict=True):
        rewriting.take(group, data, range(len(group.lengths)))
    return True


def _unlink(packs: Path, names: Iterable[str]) -> None:
    for name in names:
        # A file that somebody has open on Windows stays, condemned; the collector takes it.
        with suppress(OSError):
            (packs / (name + PACK_SUFFIX)).unlink(missing_ok=True)
    sync_folder(packs)
