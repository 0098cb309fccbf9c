"""Contents that both sides changed, given to whoever can merge their format.

An answer is kept in ``derived/merges`` under what it follows from, so that
looking at an open merge again costs nothing; deleted, it is worked out again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import frozen

from audobon.codec.manifest import Manifest
from audobon.codec.plain import from_plain, to_plain
from audobon.errors import AudobonError, Cancelled
from audobon.model.asset import Facts
from audobon.model.merge import SceneMerge
from audobon.services.core.fingerprint import content_digest
from audobon.services.core.grouped import run_grouped
from audobon.services.core.stores import Stores
from audobon.services.merge.mergers import ContentMerger
from audobon.system.files import write_atomic
from audobon.system.smallfiles import SmallFiles

__all__ = ["MergedContent", "forget_contents", "merge_contents"]

_ANSWER = "answer.json"


@frozen(slots=True)
class MergedContent:
    """An answer. Once merged, ``file`` holds the bytes, of which the other three tell.

    ``as_file`` of the library's small files gives them.
    """

    scene: SceneMerge
    file: Path | None = None
    digest: str = ""
    size: int = 0
    facts: Facts | None = None


def merge_contents(
    stores: Stores,
    merger: ContentMerger,
    base: Manifest,
    ours: Manifest,
    theirs: Manifest,
    *,
    takes: Mapping[tuple[str, str], str],
) -> MergedContent:
    """Merge one file. What goes wrong in it is a reason, not an error."""
    sides = (base, ours, theirs)
    files = stores.place.files
    folder = _folder(stores) / files.name(_key(ours.format, sides, takes))
    known = _known(folder, files)
    if known is not None:
        return known
    try:
        with _workplace(stores) as work:
            made = _merge(stores, merger, sides, work, takes)
            if not stores.read_only:
                _keep(work, folder, files)
    except Cancelled:
        raise
    except AudobonError as error:
        return MergedContent(SceneMerge(merged=False, reason=str(error)))
    return _known(folder, files) or made


@contextlib.contextmanager
def _workplace(stores: Stores) -> Iterator[Path]:
    """An empty folder beside the answers, or where a library is only read or encrypted, in the
    system's."""
    outside = stores.read_only or stores.place.files.sealed
    place = stores.place.files.working() if outside else _folder(stores)
    place.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="new-", dir=place))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _keep(work: Path, folder: Path, files: SmallFiles) -> None:
    """Put an answer where it is looked for; the file that tells of it comes last."""
    if not files.sealed:
        os.replace(work, folder)
        return
    folder.mkdir(parents=True, exist_ok=True)
    with files.workplace(folder) as made:
        for each in work.iterdir():
            if each.name != _ANSWER:
                os.replace(each, made / each.name)
    files.write(folder / _ANSWER, (work / _ANSWER).read_bytes(), durable=False)


def forget_contents(stores: Stores) -> None:
    """The merge is over. Never raises."""
    shutil.rmtree(_folder(stores), ignore_errors=True)


def _folder(stores: Stores) -> Path:
    return stores.place.state / "derived" / "merges"


def _key(name: str, sides: tuple[Manifest, ...], takes: Mapping[tuple[str, str], str]) -> str:
    text = json.dumps([name, [side.digest for side in sides], sorted(takes.items())])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _known(folder: Path, files: SmallFiles) -> MergedContent | None:
    try:
        data = json.loads(files.read(folder / _ANSWER))
        scene = from_plain(data["scene"], SceneMerge)
        if not scene.merged:
            return MergedContent(scene)
        facts = from_plain(data["facts"], Facts)
        file = folder / data["name"]
        if files.size(file) != data["size"]:
            return None
        return MergedContent(scene, file, data["digest"], data["size"], facts)
    except (OSError, ValueError, KeyError, TypeError, AudobonError):
        return None


def _merge(
    stores: Stores,
    merger: ContentMerger,
    sides: tuple[Manifest, Manifest, Manifest],
    work: Path,
    takes: Mapping[tuple[str, str], str],
) -> MergedContent:
    suffix = Path(sides[1].path).suffix
    files = [work / f"{name}{suffix}" for name in ("base", "ours", "theirs", "merged")]
    for side, file in zip(sides, files[:3], strict=True):
        stores.chunks.restore(side.digest, file, durable=False, mode=0o600)
    scene = merger(stores, files[0], files[1], files[2], files[3], takes=takes)
    answer: dict[str, object] = {"scene": to_plain(scene)}
    made = MergedContent(scene)
    if scene.merged:
        weight = files[3].stat().st_size
        payload = [{"path": str(files[3])}]
        probed = run_grouped(stores.executor, "probe", payload, weights=[weight])
        with contextlib.closing(probed):
            _, found = next(probed)
        if isinstance(found, AudobonError):
            raise found
        digest, size = content_digest(str(files[3]))[0], int(found["size"])
        answer.update(name=files[3].name, digest=digest, size=size, facts=found["facts"])
        made = MergedContent(scene, files[3], digest, size, from_plain(found["facts"], Facts))
    for file in files[:3]:
        file.unlink()
    write_atomic(work / _ANSWER, json.dumps(answer).encode(), durable=False)
    return made
