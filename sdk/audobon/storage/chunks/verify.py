"""Every byte of the packs read again and compared with what the trailers say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import evolve, frozen

from audobon.errors import Cancelled, Corrupt, Invalid
from audobon.storage.chunks.index import ChunkIndex, GroupPlace, pack_names
from audobon.storage.chunks.layout import KIND_CHUNKS, PACK_SUFFIX, Group, decode_recipe
from audobon.storage.chunks.model import Cancel, Problem, Progress, VerifyReport
from audobon.storage.chunks.packfiles import PLAIN, PackFiles, Source
from audobon.storage.chunks.packs import decode_group, hash_id, read_trailer
from audobon.storage.chunks.reader import Reader
from audobon.system.files import translate_os_error

__all__ = ["Checked", "check_pack", "groups_from_index", "in_part", "verify"]


@frozen(slots=True)
class Checked:
    """One group of a pack after reading it.

    ``reason`` is empty when every byte is sound. Otherwise ``bad`` are the
    ids of the items that cannot be had, and ``data`` is the decompressed
    group for the sake of the others, empty where there are none.
    """

    number: int
    group: Group
    reason: str = ""
    bad: tuple[bytes, ...] = ()
    data: bytes = b""


def in_part(name: str, part: tuple[int, int] | None) -> bool:
    """Whether a pack belongs to part k of n. Every pack belongs to exactly one."""
    if part is None:
        return True
    digits = name[:8]
    # A name that is no digest is damage, which must not escape every part.
    number = int(digits, 16) if all(c in "0123456789abcdef" for c in digits) and digits else 0
    return number % part[1] == part[0] - 1


def check_pack(path: Path, groups: Sequence[Group], files: PackFiles = PLAIN) -> Iterator[Checked]:
    """Read each of ``groups`` from the pack at ``path`` and prove all its items."""
    try:
        with files.open(path) as file:
            for number, group in enumerate(groups):
                yield _check_group(number, group, file)
    except OSError as exc:
        raise translate_os_error(exc, path) from exc


def _check_group(number: int, group: Group, file: Source) -> Checked:
    every = tuple(item for item, _, _ in group.items())
    try:
        file.seek(group.offset)
        stored = file.read(group.stored)
    except OSError as exc:  # a sector of the disk that cannot be read is damage like any other
        return Checked(number, group, f"the disk does not give it: {exc.strerror or exc}", every)
    if len(stored) != group.stored:
        return Checked(number, group, "the pack ends within the group", every)
    reason = ""
    if hash_id(stored) != group.checksum:
        reason = "the group's bytes are not what its checksum says"
        if group.kind != KIND_CHUNKS:  # only chunks prove themselves
            return Checked(number, group, reason, every)
    try:
        data = decode_group(group.codec, stored, group.raw)
    except Corrupt as exc:
        return Checked(number, group, reason or str(exc), every)
    bad = tuple(
        item for item, start, length in group.items() if _is_bad(group, data, item, start, length)
    )
    if bad and not reason:
        reason = f"item {bad[0].hex()} has other bytes than its id says"
    kept = data if reason and len(bad) < len(every) else b""
    return Checked(number, group, reason, bad, kept)


def _is_bad(group: Group, data: bytes, item: bytes, start: int, length: int) -> bool:
    if group.kind == KIND_CHUNKS:
        return hash_id(memoryview(data)[start : start + length]) != item
    try:
        decode_recipe(data[start : start + length])
    except Corrupt:
        return True
    return False


def verify(
    folder: Path,
    index: ChunkIndex,
    reader: Reader,
    *,
    part: tuple[int, int] | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> VerifyReport:
    """Prove every pack of ``part`` (k of n, from 1), and every recipe's chunks when part is None.

    Damage is reported, never raised; only Cancelled and Invalid end it early.
    """
    if part is not None and not 1 <= part[0] <= part[1]:
        raise Invalid(f"part {part[0]} of {part[1]} does not exist; parts count from 1")
    names = [name for name in pack_names(folder) if in_part(name, part)]
    sizes = [_size(folder / (name + PACK_SUFFIX)) for name in names]
    groups = chunks = done = 0
    problems: list[Problem] = []
    for name, size in zip(names, sizes, strict=True):
        found = _Findings(name)
        try:
            trailer, _ = read_trailer(folder / (name + PACK_SUFFIX), reader.files)
        except Corrupt as exc:
            found.problem(-1, str(exc))
            trailer = groups_from_index(index, name)
        for checked in check_pack(folder / (name + PACK_SUFFIX), trailer, reader.files):
            if cancel is not None and cancel():
                raise Cancelled("verifying the chunk store is cancelled")
            groups += 1
            chunks += len(checked.group.lengths) if checked.group.kind == KIND_CHUNKS else 0
            if checked.reason:
                found.problem(checked.number, checked.reason, checked)
            if progress is not None:
                progress(done + checked.group.offset + checked.group.stored, sum(sizes))
        done += size
        problems += found.problems
    if part is None:
        problems += _missing_packs(index, names)
    problems = _with_files(problems, index, reader, all_files=part is None)
    return VerifyReport(len(names), groups, chunks, done, tuple(problems))


class _Findings:
    """The problems of one pack."""

    def __init__(self, pack: str) -> None:
        self._pack = pack
        self.problems: list[Problem] = []

    def problem(self, number: int, reason: str, checked: Checked | None = None) -> None:
        names = tuple(item.hex() for item in checked.bad) if checked else ()
        of_chunks = checked is not None and checked.group.kind == KIND_CHUNKS
        ids, files = (names, ()) if of_chunks else ((), names)
        self.problems.append(Problem(self._pack, number, reason, ids, files))


def groups_from_index(index: ChunkIndex, pack: str) -> tuple[Group, ...]:
    """What the index remembers of a pack whose trailer cannot be read; may be nothing."""
    groups = []
    for place in index.groups_of(pack):
        group = _group_from_index(index, place)
        if group is not None:
            groups.append(group)
    return tuple(groups)


def _group_from_index(index: ChunkIndex, place: GroupPlace) -> Group | None:
    items = index.items_of(place)
    lengths = tuple(length for _, length, _, _ in items)
    if sum(lengths) != place.raw:
        return None  # some items are known from another pack: their places are not recorded
    extra = tuple((size, rank) for _, _, size, rank in items)
    return Group(
        place.kind,
        place.codec,
        place.offset,
        place.stored,
        place.raw,
        place.checksum,
        b"".join(item for item, _, _, _ in items),
        lengths,
        () if place.kind == KIND_CHUNKS else extra,
    )


def _missing_packs(index: ChunkIndex, names: Sequence[str]) -> list[Problem]:
    return [
        Problem(pack, -1, "the pack is missing")
        for pack in sorted(index.packs().keys() - set(names))
    ]


def _with_files(
    problems: list[Problem], index: ChunkIndex, reader: Reader, *, all_files: bool
) -> list[Problem]:
    """Name for each problem the files that cannot be rebuilt because of it.

    Reads every recipe, so it is done only when something is wrong.
    """
    lacking = {name.hex() for name in index.digests(incomplete=True)} if all_files else set()
    bad = {bytes.fromhex(name) for problem in problems for name in problem.chunks}
    users: dict[str, set[str]] = {}
    if bad:
        for digest in index.digests():
            for item in set(reader.needed_ids(digest) or ()) & bad:
                users.setdefault(item.hex(), set()).add(digest.hex())
    named = []
    for problem in problems:
        files = set(problem.files).union(*(users.get(name, ()) for name in problem.chunks))
        lacking -= files
        named.append(evolve(problem, files=tuple(sorted(files))))
    if lacking:
        reason = "chunks of these files are in no readable pack"
        named.append(Problem("", -1, reason, files=tuple(sorted(lacking))))
    return named


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
