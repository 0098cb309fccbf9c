"""What assets mean: vectors of the texts that their names, tags, notes and contents make.

A text is one paragraph; assets with equal texts share a vector. Which asset has
which text is kept beside the vectors and follows the catalog's clock. Looking
at new texts is a job: some 5 ms each.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from audobon.codec.spoken import spoken
from audobon.codec.vectors import halved
from audobon.errors import AudobonError
from audobon.model.asset import Asset
from audobon.model.job import PRIORITIES, JobRow, Limits
from audobon.models.assemble import assemble
from audobon.models.registry import Models
from audobon.services.core.stores import Stores
from audobon.services.pipelines.nearness import current_recipe, space_name
from audobon.storage.vectors import VectorStore
from audobon.work.executor import Executor

__all__ = ["MEANINGS", "look_for_meanings", "meaning_space", "meaning_vector", "text_of", "waiting"]

MEANINGS = "embed-text"
"""The pipeline whose vectors say what texts mean."""

_INLINE = 300  # assets whose texts are looked up while somebody waits: some 10 ms
_BATCH = 5_000
_AT_ONCE = 64
_TEXT = 600  # characters of a text inside a file: the network takes some 200 words
_REMEMBERED = 32
_LIMITS = Limits(memory=3 << 30, cpu_s=600.0, wall_s=600.0, file=1 << 20)


def text_of(asset: Asset, seen: str = "") -> str:
    """What is known of an asset in words, the most telling first, ``seen`` in its picture last."""
    parts = [
        spoken(os.path.splitext(asset.name)[0]),
        ", ".join(asset.tags),
        asset.note,
        spoken((asset.catalog or "").replace("/", " ")),
        spoken(asset.path.rpartition("/")[0].replace("/", " ")),
        asset.text[:_TEXT],
        ", ".join(seen[:_TEXT].splitlines()),
    ]
    return ". ".join(part for part in parts if part)


def meaning_space(stores: Stores) -> VectorStore:
    """The vectors of texts, with the newest few changes of the catalog taken in."""
    store = stores.vectors(space_name(current_recipe(stores, MEANINGS)))
    if not stores.read_only:
        _follow(stores, store, _INLINE)
    return store


def meaning_vector(stores: Stores, text: str) -> bytes:
    """What a question means; the last few are remembered."""
    from audobon.services.pipelines.computing import text_vectors

    key = f"meaning {current_recipe(stores, MEANINGS)} {text}"
    known = stores.remembered.get(key)
    if isinstance(known, bytes):
        return known
    ((*vector,),) = text_vectors(stores, (text,), {})
    mine = [each for each in list(stores.remembered) if each.startswith("meaning ")]
    for old in mine[: max(0, len(mine) - _REMEMBERED + 1)]:
        stores.remembered.pop(old, None)
    half = stores.remembered[key] = halved(vector)
    return half


def waiting(stores: Stores, store: VectorStore) -> int:
    """How many assets' texts nobody has looked at yet; asks for a job that does."""
    behind = stores.catalog.count_since(store.mark())
    count = behind + store.waits()
    if count and not stores.read_only:
        stores.jobs.submit(
            "meanings", {}, key=f"meanings:{store.path.stem}", priority=PRIORITIES["background"]
        )
        stores.start_worker()
    return count


def look_for_meanings(
    stores: Stores,
    job: JobRow,
    executor: Executor,
    report: Callable[[float], None],
    cancel: Callable[[], bool],
) -> Any:
    """The job that looks at texts: all that are new since the last one."""
    del job
    store = stores.vectors(space_name(current_recipe(stores, MEANINGS)))
    while _follow(stores, store, _BATCH):
        if cancel():
            break
    models = Models(interpreter=stores.interpreter)
    task = {**assemble(models, MEANINGS, {}).task(), "avoid": list(models.avoided())}
    total, done = max(1, store.waits()), 0
    for rows in _parts(store):
        assets = stores.catalog.by_key([key for _, key in rows])
        seen = stores.writing.of({asset.digest for asset in assets})
        texts = {
            _content(text): text
            for asset in assets
            if (text := text_of(asset, seen.get(asset.digest, "")))
        }
        contents = [content for content, _ in rows if content in texts]
        if not contents:
            # Changed meanwhile: the clock tells which, and what is left is of nobody.
            if not _follow(stores, store, _BATCH):
                break
            continue
        payload = {**task, "texts": [texts[content] for content in contents]}
        vectors = executor.run("model.texts", payload, limits=_LIMITS, cancel=cancel)
        store.put({each: halved(vector) for each, vector in zip(contents, vectors, strict=True)})
        done += len(contents)
        report(min(1.0, done / total))
    return {"looked_at": done}


def _parts(store: VectorStore) -> Iterator[list[tuple[bytes, int]]]:
    """What waits, part after part until nothing does; who takes them puts the vectors in."""
    after = b""
    while rows := store.waiting(_AT_ONCE, after=after) or store.waiting(_AT_ONCE):
        yield rows
        after = rows[-1][0]


def _follow(stores: Stores, store: VectorStore, most: int) -> int:
    """Take in the next ``most`` changes of the catalog; how many there were."""
    rows = stores.catalog.feed(store.mark(), most)
    if rows:
        seen = stores.writing.of({row.asset.digest for row in rows if row.asset})
        holders = [(row.key, _content_of(row.asset, seen)) for row in rows]
        try:
            store.hold(holders, mark=rows[-1].seq)
        except AudobonError:  # a full disk: next time
            return 0
    return len(rows)


def _content_of(asset: Asset | None, seen: Mapping[str, str]) -> bytes | None:
    if asset is None or asset.state not in ("present", "remote"):
        return None
    text = text_of(asset, seen.get(asset.digest, ""))
    return _content(text) if text else None


def _content(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
