"""Synthetic assets for measurements, the same for the same seed: names, tags, text and colours.

Names, folders and tags are drawn as :mod:`bench.names` says. Every second scene, model and
painting has text inside it (3 to 20 words of the same law, as names of objects and layers), and
every picture has three to six colours. The library is filled through the catalog's own bulk call,
as no file is needed to be searched for.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from attrs import frozen

from bench.names import TAGS, WORDS, Zipf, names

__all__ = ["SEED", "Entry", "entries", "fill_library"]

SEED = 20261123
_BATCH = 2_000
_EDITED = 5_000  # assets in one change
_KINDS = {"blend": "blend", "kra": "document", "psd": "document", "wav": "audio"}
_KINDS |= dict.fromkeys(("glb", "obj", "fbx"), "model")
_TEXTED = frozenset({"blend", "document", "model"})


@frozen(slots=True)
class Entry:
    """One synthetic asset."""

    number: int
    path: str
    kind: str
    ext: str
    width: int
    rating: int
    tags: tuple[str, ...]
    text: str

    @property
    def size(self) -> int:
        return 1000 + self.number

    @property
    def digest(self) -> str:
        return f"{self.number:064x}"

    @property
    def colors(self) -> bytes:
        """The colours of a picture as the catalog keeps them: red, green, blue, share of 255."""
        rng = random.Random(self.number)
        count = rng.randrange(3, 7)
        return b"".join(bytes((*rng.randbytes(3), 255 // count)) for _ in range(count))


def entries(count: int) -> Iterator[Entry]:
    """The first ``count`` assets; those of a smaller count come first in a larger one."""
    rng, words = random.Random(SEED), random.Random(SEED + 2)
    tags, texts = Zipf(TAGS, rng), Zipf(WORDS, words)
    for number, (folder, name) in enumerate(names(count, seed=SEED)):
        stem, _, ext = name.rpartition(".")
        kind = _KINDS.get(ext, "image")
        texted = kind in _TEXTED and words.random() < 0.5
        yield Entry(
            number,
            f"{folder}/{stem} {number % 100:02d}.{ext}",
            kind,
            ext,
            rng.choice((512, 1024, 2048, 4096)),
            rng.choice((0, 0, 0, 1, 2, 3, 4, 5)),
            tuple(dict.fromkeys(tags.draw(rng.choice((1, 2, 3))))),
            " ".join(texts.draw(words.randrange(3, 21))) if texted else "",
        )


def fill_library(folder: Path, count: int, *, files: bool = False) -> dict[str, Any]:
    """A library at ``folder`` with ``count`` assets, their tags and ratings, and its index.

    One that is there already is taken as it is. With ``files`` each has its file, so that a scan
    finds all as it is known: as large as it is said to be and of that time, and empty.
    """
    from audobon import Library

    if not (folder / ".audobon").is_dir():
        Library.create(folder, "bench", author="Bench <bench@localhost>").close()
        _fill(folder, count)
    if files:
        _write_files(folder, entries(count))
    start_s = time.process_time()
    with Library.open(folder) as library:
        total = library.search("").total
    if total != count:
        raise SystemExit(f"{total} of {count} assets are found")
    return {"index_cpu_s": time.process_time() - start_s}


def _fill(folder: Path, count: int) -> None:
    from audobon.model.asset import Facts
    from audobon.model.change import Edit
    from audobon.services.core.place import open_place
    from audobon.storage.catalog import Catalog, NewFile

    catalog = Catalog.open(open_place(folder).catalog)
    now = datetime.now(UTC)
    root = catalog.roots()[0].key
    by_tag: dict[str, list[str]] = {}
    by_rating: dict[int, list[str]] = {}
    every = entries(count)
    while batch := list(islice(every, _BATCH)):
        files = [
            NewFile(
                root=root,
                path=entry.path,
                size=entry.size,
                mtime_ns=entry.number,
                partial=entry.number.to_bytes(16, "little"),
                digest=entry.digest,
                facts=Facts(
                    kind=entry.kind,
                    format=entry.ext,
                    width=entry.width if entry.kind == "image" else None,
                    height=entry.width if entry.kind == "image" else None,
                    text=entry.text,
                ),
            )
            for entry in batch
        ]
        made = catalog.insert(files, author="bench", now=now)
        catalog.set_colors({each.digest: each.colors for each in batch if each.kind == "image"})
        for asset, entry in zip(made, batch, strict=True):
            by_rating.setdefault(entry.rating, []).append(asset.id)
            for tag in entry.tags:
                by_tag.setdefault(tag, []).append(asset.id)
    for tag, ids in by_tag.items():
        for part in _parts(ids):
            catalog.edit(part, Edit(add_tags=(tag,)), author="bench", now=now)
    for rating, ids in by_rating.items():
        for part in _parts(ids) if rating else ():
            catalog.edit(part, Edit(rating=rating), author="bench", now=now)
    catalog.close()


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[at : at + _EDITED] for at in range(0, len(ids), _EDITED))


def _write_files(folder: Path, every: Iterator[Entry]) -> None:
    for entry in every:
        path = folder / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            stream.truncate(entry.size)  # a hole: no disk is taken
        os.utime(path, ns=(entry.number, entry.number))
