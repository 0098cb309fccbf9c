"""PNG files inflated beforehand: the same pixels, and the same errors, as when Pillow inflates."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from render_samples import png_chunk

from audobon.formats.render.inflated import inflated
from audobon.formats.render.raster import open_image

pytest.importorskip("isal", reason="without it Pillow inflates, and there is nothing to compare")

SIGNATURE, END = b"\x89PNG\r\n\x1a\n", png_chunk(b"IEND", b"")
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
KINDS = [
    *((depth, 0) for depth in (1, 2, 4, 8, 16)),
    *((depth, 3) for depth in (1, 2, 4, 8)),
    *((depth, color) for color in (2, 4, 6) for depth in (8, 16)),
]
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4))
PASSES += ((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def rows(width: int, height: int, bits: int, rng: random.Random, *, adam7: bool = False) -> bytes:
    """Any bytes after a filter's number are some picture: all five filters, any pixels."""
    out = b""
    for left, top, across, down in PASSES if adam7 else ((0, 0, 1, 1),):
        wide = len(range(left, width, across))
        for _ in range(len(range(top, height, down)) if wide else 0):
            out += bytes([rng.randrange(5)]) + rng.randbytes((wide * bits + 7) // 8)
    return out


def header(width: int, height: int, depth: int, color: int, adam7: bool = False) -> bytes:
    return png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, adam7))


def png(
    depth: int = 8,
    color: int = 2,
    size: tuple[int, int] = (131, 157),
    *,
    adam7: bool = False,
    clear: bool = False,
    pieces: int = 1,
    seed: int = 1,
    level: int = 6,
) -> bytes:
    rng = random.Random(seed)
    raw = rows(*size, depth * CHANNELS[color], rng, adam7=adam7)
    parts = [SIGNATURE, header(*size, depth, color, adam7)]
    if color == 3:
        parts.append(png_chunk(b"PLTE", rng.randbytes(3 << depth)))
    if clear:
        value = rng.randbytes(1 << depth) if color == 3 else bytes(2 * CHANNELS[color])
        parts.append(png_chunk(b"tRNS", value))
    return b"".join([*parts, *idats(zlib.compress(raw, level), pieces), END])


def idats(packed: bytes, pieces: int = 1) -> list[bytes]:
    step = -(-len(packed) // pieces)
    return [png_chunk(b"IDAT", packed[at : at + step]) for at in range(0, len(packed), step)]


def outcome(data: bytes) -> Any:
    """What Pillow makes of a file: its pixels and facts, or its error."""
    try:
        with open_image(io.BytesIO(data), "png") as image:
            image.load()
            palette = image.palette and image.palette.tobytes()
            return image.mode, image.size, image.tobytes(), palette, dict(image.info)
    except Image.UnidentifiedImageError:
        return "another file"  # its text has the address of the stream
    except Exception as exc:  # noqa: BLE001  whatever it is, it must be the same
        return type(exc), str(exc)


def check_same(data: bytes) -> bool:
    """Compare both ways; whether the file was inflated at all."""
    quick = inflated(data)
    assert quick is None or outcome(quick) == outcome(data)
    return quick is not None


@pytest.mark.parametrize("adam7", [False, True])
@pytest.mark.parametrize(("depth", "color"), KINDS)
def test_every_kind_has_the_same_pixels(depth: int, color: int, adam7: bool) -> None:
    size = (367, 401)  # over the least size at one bit, and never whole bytes
    for clear in {False, color in (0, 2, 3)}:
        data = png(depth, color, size, adam7=adam7, clear=clear, pieces=3)
        seen = outcome(data)
        assert seen[1] == size, seen
        assert check_same(data)


@pytest.mark.parametrize("size", [(1, 9000), (2, 5000), (3, 4001), (9000, 1), (6000, 3)])
def test_passes_without_pixels(size: tuple[int, int]) -> None:
    assert check_same(png(8, 6, size, adam7=True))


@pytest.mark.parametrize("level", range(10))
def test_every_level_of_compression(level: int) -> None:
    assert check_same(png(level=level, pieces=2))


@pytest.mark.parametrize("bytes_each", [1, 2, 3, 4, 1000, 70_000])
def test_a_stream_in_any_pieces(bytes_each: int) -> None:
    assert check_same(replaced(PNG, idats(STREAM, -(-len(STREAM) // bytes_each))))


def replaced(data: bytes, packed: Iterable[bytes]) -> bytes:
    at = data.index(b"IDAT") - 4
    return data[:at] + b"".join(packed) + END


def packed(data: bytes) -> bytes:
    at = data.index(b"IDAT")
    return data[at + 4 : at + 4 + struct.unpack(">I", data[at - 4 : at])[0]]


def wrong_sum(chunk: bytes) -> bytes:
    return chunk[:-1] + bytes([chunk[-1] ^ 1])


PNG = png()
STREAM = packed(PNG)
EMPTY = png_chunk(b"IDAT", b"")
RAW = zlib.decompress(STREAM)
TOLERATED = {
    "checksum of the chunk": replaced(PNG, [wrong_sum(png_chunk(b"IDAT", STREAM))]),
    "empty chunks": replaced(PNG, [EMPTY, *idats(STREAM), EMPTY, EMPTY]),
    "bytes after the stream": replaced(PNG, idats(STREAM + b"more")),
    "bytes after the end": PNG + b"more",
    "text after the pixels": replaced(PNG, [*idats(STREAM), png_chunk(b"tEXt", b"a\0b")]),
    "pixels again": replaced(PNG, [*idats(STREAM), png_chunk(b"tEXt", b"a\0b"), *idats(STREAM)]),
}
LEFT_ALONE = {
    "checksum of the stream": replaced(PNG, idats(STREAM[:-1] + bytes([STREAM[-1] ^ 1]))),
    "stream that is cut": replaced(PNG, idats(STREAM[:-9])),
    "stream without its checksum": replaced(PNG, idats(STREAM[:-4])),
    "too few rows": replaced(PNG, idats(zlib.compress(RAW[:-1]))),
    "too many rows": replaced(PNG, idats(zlib.compress(RAW + b"\0"))),
    "head of the stream": replaced(PNG, idats(b"\x78\x9d" + STREAM[2:])),
    "no zlib stream": replaced(PNG, idats(STREAM[2:-4])),
    "no end": PNG[:-12],
    "end that is cut": PNG[:-3],
    "cut in the pixels": PNG[: len(PNG) // 2],
    "two headers": PNG[:33] + PNG[8:],
    "chunk before the header": PNG[:8] + png_chunk(b"tEXt", b"a\0b") + PNG[8:],
    "animation": PNG[:33] + png_chunk(b"acTL", struct.pack(">II", 2, 0)) + PNG[33:],
    "no pixels": SIGNATURE + header(131, 157, 8, 2) + END,
    "no width": SIGNATURE + header(0, 157, 8, 2) + PNG[33:],
    "colour type": SIGNATURE + header(131, 157, 8, 5) + PNG[33:],
    "claims too much": SIGNATURE + header(1 << 31, 1 << 31, 16, 6) + PNG[33:],
    "tiny": png(size=(20, 20)),
    "signature alone": SIGNATURE,
    "another file": b"GIF89a",
    "nothing": b"",
}


@pytest.mark.parametrize("name", TOLERATED)
def test_tolerated_damage(name: str) -> None:
    """Pillow shows the whole picture, and so does ours."""
    assert check_same(TOLERATED[name])
    assert outcome(TOLERATED[name])[2] == outcome(PNG)[2]


def test_an_error_after_the_pixels_stays_one() -> None:
    data = replaced(PNG, idats(STREAM))[:-12] + b"\0\0\0\x99tEXtabcdefg"
    assert check_same(data)
    assert outcome(data)[0] is OSError


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_what_is_unusual_is_left_to_pillow(name: str) -> None:
    assert inflated(LEFT_ALONE[name]) is None


SAMPLES = [
    png(pieces=4, level=1),
    png(8, 3, adam7=True, clear=True, pieces=2),
    png(16, 6, (50, 60), level=0),
    png(1, 0, (400, 400), level=9),
]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damaged_files_have_the_same_outcome(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from(SAMPLES)))
    # Half of the damage at both ends, where a file is more than a stream of numbers.
    near = st.integers(0, 80) | st.integers(len(whole) - 40, len(whole) - 1)
    places = near | st.integers(0, len(whole) - 1)
    for _ in range(data.draw(st.integers(1, 3))):
        at = min(data.draw(places), len(whole) - 1)
        match data.draw(st.sampled_from(["flip", "cut", "insert", "drop"])):
            case "flip":
                whole[at] ^= 1 << data.draw(st.integers(0, 7))
            case "cut":
                del whole[max(at, 1) :]
            case "insert":
                whole[at:at] = data.draw(st.binary(min_size=1, max_size=20))
            case "drop":
                del whole[at : at + data.draw(st.integers(1, 20))]
        if not whole:
            return
    check_same(bytes(whole))


def test_a_bomb_takes_no_more_than_its_header_says() -> None:
    bomb = zlib.compress(bytes(64 << 20), 9)
    data = SIGNATURE + header(100, 100, 8, 2) + b"".join(idats(bomb)) + END
    tracemalloc.start()
    try:
        assert inflated(data) is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * len(data) + 3 * 100 * 301


_SAID = """
import sys, zlib
if sys.argv[1] == "without":
    sys.modules["isal"] = None
from audobon.errors import AudobonError
from audobon.formats.render import render
from audobon.formats.render.inflated import inflated
for path in sys.argv[2:]:
    try:
        seen = render(path, size=64)
        print(seen.media_type, seen.width, seen.height, zlib.crc32(seen.data))
    except AudobonError as exc:
        print(type(exc).__name__, exc)
    with open(path, "rb") as stream:
        print(inflated(stream.read()) is not None, file=sys.stderr)
"""


def test_previews_are_the_same_bytes_without_the_library(tmp_path: Path) -> None:
    """A process in which ISA-L cannot be imported makes the same previews and errors."""
    files = [*(png(*kind) for kind in KINDS), *TOLERATED.values(), *LEFT_ALONE.values()]
    paths = [tmp_path / f"{number}.png" for number in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)

    def said(how: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-c", _SAID, how, *map(str, paths)]
        return subprocess.run(words, capture_output=True, text=True, check=True)

    ours, plain = said("with"), said("without")
    assert ours.stdout == plain.stdout
    assert ours.stdout.count("image/jpeg") > 5
    assert ours.stdout.count("BadFile") > 5
    assert ours.stderr.count("True") > 10
    assert "True" not in plain.stderr
