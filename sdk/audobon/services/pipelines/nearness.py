"""What pictures look like, as vectors: known ones, asked ones, and which are nearest.

Whoever embeds a picture keeps its vector by the content of the file; a worker
process looks through all of them. A *space* is the vectors of one recipe: after
an update of a model there is another one, and nothing of the old is mixed in.
"""

from __future__ import annotations

import base64
import hashlib
import os
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from audobon.codec.plain import to_plain
from audobon.codec.regions import parted
from audobon.codec.vectors import halved
from audobon.errors import NotFound, Unsupported
from audobon.model.asset import Asset
from audobon.model.job import Limits
from audobon.model.region import Region
from audobon.models.assemble import assemble
from audobon.models.registry import Models
from audobon.services.core import lookup
from audobon.services.core.stores import Stores
from audobon.services.pipelines.recipes import recipe_of
from audobon.storage.vectors import VectorStore
from audobon.system.files import translate_os_error
from audobon.system.folders import cache_folder

__all__ = [
    "NOTHING",
    "PICTURES",
    "Nearest",
    "keep_vectors",
    "looked_for",
    "nearest_contents",
    "picture_space",
    "picture_vector",
    "result_key",
    "space_name",
]

PICTURES = "embed"
"""The pipeline whose vectors say how alike pictures look."""

_CUT = Limits(memory=6 << 30, cpu_s=600.0, wall_s=600.0, file=4 << 30)
_REGIONS = 16
_RECIPE_S = 5.0  # how long a recipe is believed: models are rarely exchanged while one types

Cancel = Callable[[], bool]
_CONTENT = 32
_LIMITS = Limits(memory=16 << 30, cpu_s=3600.0, wall_s=3600.0, file=64 << 30)
"""A million vectors of 1,280 numbers are mapped as 2.7 GB, and the first question writes them."""


@frozen(slots=True)
class Nearest:
    """Contents with their products, best first, and the plan by which they were looked for:
    its way, how many vectors there are, and how many of them were compared in full."""

    found: tuple[tuple[bytes, float], ...]
    plan: tuple[str, int, int]


NOTHING = Nearest((), ("all", 0, 0))
"""What is found where there is no vector."""


def space_name(recipe: str) -> str:
    """What the vectors by this recipe are kept under."""
    return hashlib.sha256(recipe.encode()).hexdigest()[:16]


def current_recipe(stores: Stores, pipeline: str) -> str:
    """The recipe of a pipeline as it is installed now. Unavailable when it is not."""
    key = f"recipe {pipeline}"
    known = stores.remembered.get(key)
    now = time.monotonic()
    if isinstance(known, tuple) and now - known[0] < _RECIPE_S:
        return str(known[1])
    recipe = recipe_of(assemble(Models(interpreter=stores.interpreter), pipeline, {}))
    stores.remembered[key] = (now, recipe)
    return recipe


def picture_space(stores: Stores) -> VectorStore:
    """The vectors of pictures, with those of results that no process has put there yet."""
    recipe = current_recipe(stores, PICTURES)
    store = stores.vectors(space_name(recipe))
    gathered = f"gathered {store.path.name}"
    if gathered not in stores.remembered and not stores.read_only:
        stores.remembered[gathered] = True
        digests = [digest for _, digest in stores.catalog.contents("image") if digest]
        unknown = store.unknown([bytes.fromhex(digest) for digest in digests])
        if unknown and stores.place.results.is_dir():
            keys = [[result_key(each.hex(), recipe), each.hex()] for each in unknown]
            payload = {
                "store": str(store.path),
                "base": str(stores.place.state),
                "notes": str(stores.place.results),
                "keys": keys,
            }
            stores.looking.run("vectors.gather", payload)
    return store


def result_key(digest: str, recipe: str) -> str:
    """As ``results.wanted`` names what is kept of these bytes."""
    return hashlib.sha256(f"{digest}\n{recipe}".encode()).hexdigest()


def keep_vectors(stores: Stores, recipe: str, halves: Mapping[str, bytes]) -> None:
    """Keep vectors by the sha256 of what they are of, in hex."""
    named = {bytes.fromhex(digest): half for digest, half in halves.items()}
    stores.vectors(space_name(recipe)).put(named)


def nearest_contents(
    stores: Stores,
    store: VectorStore,
    half: bytes,
    count: int,
    *,
    among: Sequence[bytes] | None = None,
    cancel: Cancel | None = None,
) -> Nearest:
    """The contents nearest to a vector."""
    if not store.last():
        return NOTHING
    return looked_for(stores, store, half, count, among=among, cancel=cancel)


def looked_for(
    stores: Stores,
    store: VectorStore,
    half: bytes,
    count: int,
    *,
    among: Sequence[bytes] | None = None,
    cancel: Cancel | None = None,
) -> Nearest:
    """The same, and no database is opened here: a thread that lives for one question may ask."""
    folder: Path | None = store.path.with_suffix("")
    if stores.place.files.sealed:
        folder = None  # the worker holds it in memory: on no disk
    elif stores.read_only:  # the matrix is derived, and this library must stay as it is
        folder = cache_folder() / "vectors" / f"{stores.place.id}-{store.path.stem}"
    payload = {
        "store": str(store.path),
        "folder": None if folder is None else str(folder),
        "vector": base64.b64encode(half).decode("ascii"),
        "count": count,
        "among": None if among is None else base64.b64encode(b"".join(among)).decode("ascii"),
    }
    told = stores.looking.run("vectors.near", payload, limits=_LIMITS, cancel=cancel)
    names, scores = base64.b64decode(told["contents"]), base64.b64decode(told["scores"])
    found = struct.unpack(f"<{len(scores) // 4}f", scores)
    each = [names[at : at + _CONTENT] for at in range(0, len(names), _CONTENT)]
    return Nearest(tuple(zip(each, found, strict=True)), tuple(told["plan"]))


def picture_vector(
    stores: Stores,
    subject: Asset | str | os.PathLike[str],
    *,
    raw: Mapping[str, Any] | None = None,
    region: Region | None = None,
    cancel: Cancel,
) -> bytes:
    """How an asset, or the picture in a file, or a region of it looks: known, or computed now."""
    from audobon.services.pipelines.computing import run

    if region is not None:
        return _of_region(stores, subject, raw, region, cancel)
    if not isinstance(subject, Asset):
        return _of_file(stores, subject, raw, cancel)
    _need_picture(subject)
    known = picture_space(stores).get(bytes.fromhex(subject.digest)) if subject.digest else None
    if known is not None:
        return known
    if subject.state == "remote":
        raise NotFound(
            f"{subject.path} is only at a remote, and nobody has looked at it yet",
            subject=subject.path,
            hint="fetch it, or look at it where it is, push there and pull here",
        )
    if stores.read_only:
        return _of_file(stores, subject.file, None, cancel)
    told = run(stores, PICTURES, [subject], {}, to=None).follow(cancel=cancel)
    return halved(told["results"][0]["values"])


def _need_picture(subject: Asset) -> None:
    if subject.kind != "image":
        raise Unsupported(
            f"{subject.path} is no picture, so nothing can look like it",
            subject=subject.path,
            hint="choose a picture",
        )


def _of_region(
    stores: Stores,
    subject: Asset | str | os.PathLike[str],
    raw: Mapping[str, Any] | None,
    region: Region,
    cancel: Cancel,
) -> bytes:
    """How a part of a picture looks; the last few are remembered while one types."""
    import tempfile

    if isinstance(subject, Asset):
        _need_picture(subject)
    path = subject.file if isinstance(subject, Asset) else os.path.abspath(subject)
    try:
        found = os.stat(path)
    except OSError as error:
        raise translate_os_error(error, path) from error
    key = f"region {path} {found.st_size} {found.st_mtime_ns} {region} {raw}"
    known = stores.remembered.get(key)
    if isinstance(known, bytes):
        return known
    room = stores.place.files.working()
    with tempfile.TemporaryDirectory(dir=room, prefix="audobon-") as folder:
        task = {"path": path, "form": raw, "region": to_plain(region), "folder": folder}
        cut = stores.networks.run("cut", task, limits=_CUT, cancel=cancel)
        half = _of_file(stores, os.path.join(folder, cut), None, cancel)
    mine = [each for each in stores.remembered if each.startswith("region ")]
    for old in mine[: max(0, len(mine) - _REGIONS + 1)]:
        stores.remembered.pop(old, None)
    stores.remembered[key] = half
    return half


def _of_file(
    stores: Stores,
    path: str | os.PathLike[str],
    raw: Mapping[str, Any] | None,
    cancel: Cancel,
) -> bytes:
    import tempfile

    from audobon.services.pipelines.onfile import run_on_file

    room = stores.place.files.working()
    with tempfile.TemporaryDirectory(dir=room, prefix="audobon-") as folder:
        job = run_on_file(stores, PICTURES, path, {}, to=folder, raw=raw, shown=0)
        return halved(job.follow(cancel=cancel)["values"])


def subject_of(stores: Stores, value: str) -> tuple[Asset | str, Region | None]:
    """What ``like:`` names: an asset, else a file; and a region of it. NotFound for neither.

    A name that has itself what looks like a region is taken as it stands.
    """
    name, region = parted(value)
    for each, part in ((value, None), (name, region)) if region is not None else ((value, None),):
        try:
            return lookup.find(stores, each), part
        except NotFound:
            if os.path.isfile(each):
                return each, part
    raise NotFound(f"there is no asset or file {name!r}", subject=name)
