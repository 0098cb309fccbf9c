"""What becomes of a damaged pack: what is sound moves to a new one, the rest is let go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from audobon.errors import Corrupt, NotFound
from audobon.storage.chunks.index import ChunkIndex
from audobon.storage.chunks.layout import KIND_CHUNKS, PACK_SUFFIX, Group
from audobon.storage.chunks.packfiles import PackFiles
from audobon.storage.chunks.packs import PackWriter, read_trailer
from audobon.storage.chunks.verify import Checked, check_pack, groups_from_index
from audobon.system.files import sync_folder, translate_os_error

__all__ = ["salvage"]


def salvage(folder: Path, damaged: Path, index: ChunkIndex, pack: str, files: PackFiles) -> bool:
    """Replace pack ``pack`` by one that holds what is sound in it; False when it is sound.

    The damaged file moves to ``damaged``, where nothing reads it any more.
    The new pack is durable before that. The caller holds the writer lock and
    rebuilds the index after.
    """
    path = folder / (pack + PACK_SUFFIX)
    if not path.exists():
        raise NotFound(f"the chunk store has no pack {pack}", subject=pack)
    groups: Sequence[Group]
    try:
        groups, _ = read_trailer(path, files)
        readable = True
    except Corrupt:
        groups, readable = groups_from_index(index, pack), False
    if readable and not any(checked.reason for checked in check_pack(path, groups, files)):
        return False
    try:
        kept = _copy(path, groups, folder, files)
        if kept != pack:  # the same name means that only the frame was damaged: it is whole now
            damaged.mkdir(exist_ok=True)
            path.replace(damaged / path.name)
            sync_folder(damaged)
            sync_folder(folder)
    except OSError as exc:
        raise translate_os_error(exc, path) from exc
    return True


def _copy(path: Path, groups: Sequence[Group], folder: Path, files: PackFiles) -> str:
    """The name of a new pack with all that is sound in ``path``; empty when nothing is."""
    writer = PackWriter(folder, serial=0, files=files)
    try:
        with files.open(path) as file:
            for checked in check_pack(path, groups, files):
                if not checked.reason:
                    file.seek(checked.group.offset)
                    writer.copy(checked.group, file.read(checked.group.stored))
                elif checked.data:
                    _copy_items(writer, checked)
        if not writer.groups:
            return ""
        writer.seal()
        writer.publish()
    finally:
        writer.discard()
    sync_folder(folder)
    return writer.name


def _copy_items(writer: PackWriter, checked: Checked) -> None:
    """The sound chunks of a damaged group, as a group of their own."""
    bad = set(checked.bad)
    items = [item for item in checked.group.items() if item[0] not in bad]
    if checked.group.kind == KIND_CHUNKS:
        writer.add(
            KIND_CHUNKS,
            b"".join(checked.data[start : start + length] for _, start, length in items),
            ids=b"".join(item for item, _, _ in items),
            lengths=tuple(length for _, _, length in items),
        )
