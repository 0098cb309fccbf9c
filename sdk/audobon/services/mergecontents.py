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
from audobon.services.fingerprint import content_digest
from audobon.services.grouped import run_grouped
from audobon.services.mergers import ContentMerger
from audobon.services.stores import Stores
from audobon.system.files import write_atomic
from audobon.system.folders import work_folder

__all__ = ["MergedContent", "forget_contents", "merge_contents"]


@frozen(slots=True)
class MergedContent:
    """An answer. Once merged, ``file`` holds the bytes, of which the other three tell."""

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
    folder = _folder(stores) / _key(ours.format, sides, takes)
    known = _known(folder)
    if known is not None:
        return known
    try:
        with _workplace(stores) as work:
            made = _merge(stores, merger, sides, work, takes)
            if not stores.read_only:
                os.replace(work, folder)
    except Cancelled:
        raise
    except AudobonError as error:
        return MergedContent(SceneMerge(merged=False, reason=str(error)))
    return _known(folder) or made


@contextlib.contextmanager
def _workplace(stores: Stores) -> Iterator[Path]:
    """An empty folder beside the answers, or where a library is only read, in the system's."""
    place = work_folder() if stores.read_only else _folder(stores)
    place.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="new-", dir=place))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def forget_contents(stores: Stores) -> None:
    """The merge is over. Never raises."""
    shutil.rmtree(_folder(stores), ignore_errors=True)


def _folder(stores: Stores) -> Path:
    return stores.place.state / "derived" / "merges"


def _key(name: str, sides: tuple[Manifest, ...], takes: Mapping[tuple[str, str], str]) -> str:
    text = json.dumps([name, [side.digest for side in sides], sorted(takes.items())])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _known(folder: Path) -> MergedContent | None:
    try:
        data = json.loads((folder / "answer.json").read_bytes())
        scene = from_plain(data["scene"], SceneMerge)
        if not scene.merged:
            return MergedContent(scene)
        facts = from_plain(data["facts"], Facts)
        file = folder / data["name"]
        if file.stat().st_size != data["size"]:
            return None
        return MergedContent(scene, file, data["digest"], data["size"], facts)
    except (OSError, ValueError, KeyError, TypeError):
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
    write_atomic(work / "answer.json", json.dumps(answer).encode(), durable=False)
    return made
