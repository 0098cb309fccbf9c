"""Documents for the index's tests, and the moment they are searched at."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from audobon.codec.colors import pack_swatches
from audobon.model.color import Swatch
from audobon.storage.index import Document

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
MICRO = 1_000_000
DAY = 86_400 * MICRO
NOW_MICRO = round(NOW.timestamp() * MICRO)

NAMES = (
    "rust_metal_04_4k.png",
    "RustMetal.blend",
    "old wood 02.kra",
    "OldWoodFloor.png",
    "HDRIMap.hdr",
    "été_mousse.jpg",
    "Ржавый металл 04.png",
    "木目テクスチャ_02.exr",
    "wood.png",
    "brick.obj",
)
TAGS = ("wood", "metal", "old wood", "Sci-Fi", "été")
SWATCHES: tuple[bytes | None, ...] = (
    None,
    b"",
    pack_swatches((Swatch((0, 128, 0), 0.9), Swatch((250, 250, 250), 0.1))),
    pack_swatches((Swatch((200, 20, 20), 0.5), Swatch((10, 120, 10), 0.03))),
    pack_swatches((Swatch((119, 170, 68), 1.0),)),
)
CATALOGS = ((), ("Materials",), ("Materials", "Materials/Wood"), ("Props",))


def document(key: int, name: str, **fields: object) -> Document:
    """A document with what the name tells; ``fields`` override."""
    given: dict[str, object] = {
        "key": key,
        "seq": 0,
        "name": name,
        "path": f"folder/{name}",
        "root": "art",
        "ext": name.rpartition(".")[2],
        "kind": "image",
        "format": name.rpartition(".")[2],
        "added": NOW_MICRO - DAY,
        "updated": NOW_MICRO - DAY,
    }
    if "tags" in fields and "words" not in fields:
        given["words"] = fields["tags"]
    return Document(**(given | fields))  # type: ignore[arg-type]  # checked by attrs' init


def random_document(key: int, rng: random.Random) -> Document:
    tags = tuple(rng.sample(TAGS, rng.randrange(3)))
    catalogs = rng.choice(CATALOGS)
    return document(
        key,
        rng.choice(NAMES),
        path=f"{rng.choice(('old/wood', 'metal', 'a'))}/x",
        kind=rng.choice(("image", "blend", "model")),
        tags=tags,
        catalogs=catalogs,
        catalog=catalogs[-1] if catalogs else None,
        rating=rng.randrange(6),
        width=rng.choice((None, 512, 2048)),
        height=rng.choice((None, 512, 4096)),
        size=rng.choice((0, 10, 10**7, 10**9)),
        added=NOW_MICRO - rng.choice((0, 1, 7, 30)) * DAY,
        updated=NOW_MICRO - rng.choice((0, 7)) * DAY - rng.randrange(3),
        used=rng.choice((0, 0, 1, 9)),
        last_used=rng.choice((0, NOW_MICRO - DAY, NOW_MICRO - 100 * DAY)),
        note=rng.choice(("", "", "for the client: old wood")),
        text=rng.choice(("", "Cube.001 Metal")),
        attributes=rng.choice(("", "camera Wood")),
        state=rng.choice(("present",) * 8 + ("missing",)),
        swatches=rng.choice(SWATCHES),
    )
