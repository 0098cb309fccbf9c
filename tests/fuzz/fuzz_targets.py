"""Every reader of bytes that come from outside, each as one function of bytes.

A target returns for what it takes and for what it refuses in a way that it promises (an
``AudobonError``); any other exception is a finding, and so is a path that leads out of where it
belongs. ``python tools/dev.py fuzz`` mutates their seeds for as long as it is told to;
``test_fuzz`` does so for a moment on every run, and plays back what was found once.
"""

from __future__ import annotations

import io
import json
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import zstandard
from attrs import frozen
from fuzz_support import file_of, promised
from fuzz_vaults import header, header_seeds, sealed, sealed_seeds, smallfile, smallfile_seeds

from audobon.codec import query_text
from audobon.codec.manifest import parse_library, parse_manifest
from audobon.formats import embedded_preview, probe, references
from audobon.formats.asset_catalogs import CatalogFile
from audobon.formats.parts import parts
from audobon.formats.sniff import sniff
from audobon.model.reference import Reference
from audobon.services.depot.records import RefRecord, load_as
from audobon.services.vocabulary.exchange import FORMAT, read_words
from audobon.storage.chunks.layout import (
    CODEC_ZSTD,
    FOOTER,
    HEADER,
    KIND_CHUNKS,
    Group,
    Outline,
    Recipe,
    Transform,
    decode_recipe,
    decode_trailer,
    encode_recipe,
    encode_trailer,
    pack_footer,
)
from audobon.storage.chunks.packs import decode_group, hash_id, read_trailer
from audobon.storage.chunks.transforms.chain import fold, unfold
from audobon.storage.history.pointer import parse_pointer, pointer

HERE = Path(__file__).parent
for _folder in ("formats", "chunks"):
    sys.path.insert(0, str(HERE.parent / "unit" / _folder))

from format_samples import SAMPLES  # noqa: E402  # small sound files of the neighbours' tests
from transform_data import blend, fbx, painting, pixels, png, vertices  # noqa: E402

__all__ = ["CORPUS", "TARGETS", "Target", "seeds_of"]

CORPUS = HERE / "corpus"
"""One folder for each target: what once broke it."""

_NAMES = sorted(SAMPLES)
_SCENE = blend(["OBCube", "OBLamp"], session=1)
_MOST = 64 << 20
"""Bytes that one small input may become."""


@frozen
class Target:
    """A reader and what it reads; ``modules`` are those whose branches lead the mutations."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]
    modules: tuple[str, ...]


def seeds_of(name: str) -> list[bytes]:
    """Sound inputs of a target, and those that once broke it."""
    found = list(TARGETS[name].seeds())
    folder = CORPUS / name
    if folder.is_dir():
        found += [path.read_bytes() for path in sorted(folder.iterdir())]
    return found


def _facts(data: bytes) -> None:
    name = _NAMES[data[0] % len(_NAMES)] if data else _NAMES[0]
    with file_of(name, data[1:]) as path:
        for question in (probe, embedded_preview, references):
            promised(lambda ask=question: ask(str(path)))  # type: ignore[misc]


def _facts_seeds() -> Iterator[bytes]:
    for number, name in enumerate(_NAMES):
        yield bytes([number]) + SAMPLES[name][2]


def _parts(data: bytes) -> None:
    names = ("a.blend", "a.kra", "a.ora")
    name = names[data[0] % 3] if data else names[0]
    with file_of(name, data[1:]) as path:
        promised(lambda: parts(str(path)))


def _parts_seeds() -> Iterator[bytes]:
    for number, end in enumerate((".blend", ".kra", ".ora")):
        for name in _NAMES:
            if name.endswith(end):
                yield bytes([number]) + SAMPLES[name][2]
    yield b"\0" + _SCENE
    yield b"\1" + painting()


def _sniff(data: bytes) -> None:
    for end in ("", "blend", "kra", "json", "png"):
        sniff(data[:4096], end)


_MANIFEST = {
    "added": "2026-01-01T00:00:00.000000Z",
    "attributes": {"layers": ["a", "b"], "fps": 24, "lens": 35.5, "baked": True},
    "decisions": [],
    "digest": "0" * 64,
    "format": "png",
    "format_version": 1,
    "height": 4,
    "id": "0123456789abcdef0123456789abcdef",
    "kind": "image",
    "note": "a note",
    "path": "wood/oak.png",
    "rating": 3,
    "relationships": [["uses", "0123456789abcdef0123456789abcdee"]],
    "root": "Assets",
    "size": 1,
    "state": "present",
    "tags": ["wood"],
    "width": 4,
}


def _manifest(data: bytes) -> None:
    def call() -> None:
        found = parse_manifest(data)
        place = PurePosixPath("/root", found.root, found.path)
        assert ".." not in place.parts, place
        assert place.is_relative_to(PurePosixPath("/root", found.root)), place
        assert len(place.parts) >= 4, place

    promised(call)
    promised(lambda: parse_library(data))


def _manifest_seeds() -> Iterator[bytes]:
    yield json.dumps(_MANIFEST).encode()
    yield json.dumps({"format_version": 1, "roots": ["Assets"], "tags": {"wood": {}}}).encode()


def _pointer(data: bytes) -> None:
    found = parse_pointer(data)
    assert found is None or pointer(found.digest, found.size) == data


def _pack(data: bytes) -> None:
    """A pack whose digests are right, whatever its trailer says."""
    head, _, trailer = data.partition(b"|")
    promised(lambda: decode_trailer(trailer, end=len(HEADER) + len(head)))
    digest = hash_id(trailer)
    whole = HEADER + head + trailer + pack_footer(trailer, digest)
    with file_of(f"{digest.hex()}.pack", whole) as path:
        promised(lambda: read_trailer(path))
    with file_of(f"{digest.hex()}.pack", data[: FOOTER.size * 4]) as path:
        promised(lambda: read_trailer(path))


def _pack_seeds() -> Iterator[bytes]:
    stored = zstandard.compress(b"chunk one, chunk two")
    group = Group(
        KIND_CHUNKS, CODEC_ZSTD, len(HEADER), len(stored), 20, b"\1" * 32, b"\2" * 64, (10, 10)
    )
    yield stored + b"|" + encode_trailer([group])
    yield b"|" + encode_trailer([])


def _group(data: bytes) -> None:
    if len(data) < 4:
        return
    (raw,) = struct.unpack_from("<I", data)
    raw %= 8 << 20
    promised(lambda: decode_group(CODEC_ZSTD, data[4:], raw))


def _group_seeds() -> Iterator[bytes]:
    raw = bytes(range(256)) * 8
    yield struct.pack("<I", len(raw)) + zstandard.compress(raw)


def _recipe(data: bytes) -> None:
    def call() -> None:
        found = decode_recipe(data)
        if isinstance(found, Outline):
            found = found.filled([data[at : at + 72] for at in range(0, len(data), 72)])
        assert encode_recipe(found)[:1] == data[:1]

    promised(call)


def _recipe_seeds() -> Iterator[bytes]:
    yield encode_recipe(Recipe(20, b"\1" * 64, (10, 10)))
    yield encode_recipe(Recipe(20, b"\1" * 32, (20,), (Transform("unpack", b"\2" * 40),)))
    yield encode_recipe(Recipe(20, b"\1" * 64, (10, 10), parts=b"\3" * 32))


class _Bounded(io.BytesIO):
    """Fails where what comes out of a small input has no bound."""

    def write(self, data: object) -> int:
        count = super().write(data)  # type: ignore[arg-type]
        assert self.tell() <= _MOST, "a small input became a large file"
        return count


def _undone(data: bytes) -> None:
    """Transforms undone: ``name, length of the parameters, parameters, stream``."""
    if len(data) < 3:
        return
    name = ("unpack", "pointers")[data[0] % 2]
    (count,) = struct.unpack_from("<H", data, 1)
    params, stream = data[3 : 3 + count], data[3 + count :]

    def call() -> None:
        with _Bounded() as out:
            done = unfold(
                io.BytesIO(stream), (Transform(name, params),), size=1 << 20, folder=None, into=out
            )
            if done.file is not out:
                done.file.close()

    promised(call)


def _undone_seeds() -> Iterator[bytes]:
    for made in (_SCENE, painting(), png(pixels(8, 8), 8), fbx([vertices(4)])):
        out = io.BytesIO()
        folded = fold(io.BytesIO(made), len(made), out, folder=None)
        for step in folded or ():
            yield _as_undone(step, out.getvalue())


def _as_undone(step: Transform, stream: bytes) -> bytes:
    number = ("unpack", "pointers").index(step.name)
    return bytes([number]) + struct.pack("<H", len(step.params)) + step.params + stream


def _query(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    promised(lambda: query_text.parse(text))
    promised(lambda: query_text.parse(text[:200], typing=True))
    promised(lambda: Reference.parse(text))


def _query_seeds() -> Iterator[bytes]:
    yield b'rusty metal "old wood" tag:wood rating:>=4 width:2048..4096'
    yield b'(kind:image OR -in:"Props/Chairs") AND NOT added:<7d color:#7a4 like:"a b.png"'
    yield b'meaning:"mossy stone" unused:>90d size:>10mb'
    yield b"audobon://0123456789abcdef0123456789abcdef/wood/oak.png?v=main"


def _catalogs(data: bytes) -> None:
    def call() -> None:
        assert CatalogFile.read(data).entries is not None

    promised(call)


def _catalogs_seeds() -> Iterator[bytes]:
    yield (
        b"# comment\n\nVERSION 1\n\n"
        b"0b6a3a3c-0000-4000-8000-000000000001:Props/Chairs:Props-Chairs\n"
    )


def _words(data: bytes) -> None:
    with file_of("words.json", data) as path:
        promised(lambda: read_words(path))


def _words_seeds() -> Iterator[bytes]:
    yield json.dumps(
        {"format": FORMAT, "version": 1, "tags": [], "sets": [], "assets": []}
    ).encode()


def _record(data: bytes) -> None:
    promised(lambda: load_as(data, RefRecord, "a ref").check("heads/main", "a place"))


def _record_seeds() -> Iterator[bytes]:
    yield json.dumps(
        {"format": 1, "ref": "heads/main", "id": "0" * 40, "serial": 3, "ends": ["1" * 40]}
    ).encode()


TARGETS: dict[str, Target] = {
    "facts": Target(_facts, _facts_seeds, ("audobon.formats",)),
    "parts": Target(_parts, _parts_seeds, ("audobon.formats",)),
    "sniff": Target(_sniff, _facts_seeds, ("audobon.formats.sniff",)),
    "manifest": Target(_manifest, _manifest_seeds, ("audobon.codec",)),
    "pointer": Target(
        _pointer, lambda: iter([pointer("1" * 64, 12)]), ("audobon.storage.history.pointer",)
    ),
    "pack": Target(_pack, _pack_seeds, ("audobon.storage.chunks",)),
    "group": Target(_group, _group_seeds, ("audobon.storage.chunks",)),
    "recipe": Target(_recipe, _recipe_seeds, ("audobon.storage.chunks",)),
    "undone": Target(_undone, _undone_seeds, ("audobon.storage.chunks.transforms",)),
    "query": Target(_query, _query_seeds, ("audobon.codec", "audobon.model.reference")),
    "catalogs": Target(_catalogs, _catalogs_seeds, ("audobon.formats.asset_catalogs",)),
    "words": Target(
        _words, _words_seeds, ("audobon.services.vocabulary.exchange", "audobon.codec")
    ),
    "record": Target(_record, _record_seeds, ("audobon.services.depot.records",)),
    "header": Target(header, header_seeds, ("audobon.storage.vault.header",)),
    "sealed": Target(sealed, sealed_seeds, ("audobon.storage.vault",)),
    "smallfile": Target(smallfile, smallfile_seeds, ("audobon.storage.vault",)),
}
