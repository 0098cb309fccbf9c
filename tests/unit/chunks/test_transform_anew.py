"""Files that come back without the zlib that compressed them: the same content, sound headers."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transform_data import (
    archive,
    blend,
    deflated,
    far_zip,
    fbx,
    gzip_blend,
    layer,
    painting,
    pixels,
    png,
    stored,
    streamed,
    vertices,
    zstd_blend,
)

from audobon.errors import Corrupt, Unavailable, Unsupported
from audobon.storage.chunks.layout import Transform
from audobon.storage.chunks.transforms import takeapart
from audobon.storage.chunks.transforms.anew import other_deflate
from audobon.storage.chunks.transforms.chain import compressors, fold, unfold
from audobon.storage.chunks.transforms.proof import said

MODEST = settings(max_examples=25, deadline=None)
OTHER = {"level": 1, "memory": 9}  # what other_deflate makes of any level but 1


def folded(data: bytes, *, portable: bool = False) -> tuple[tuple[Transform, ...], bytes]:
    out = io.BytesIO()
    chain = fold(io.BytesIO(data), len(data), out, folder=None, portable=portable)
    return chain, out.getvalue() if chain else b""


def anew(data: bytes) -> bytes:
    """``data`` as it comes back where another zlib is; proves that it needs one."""
    chain, stream = folded(data)
    assert any("zlib" in name for name in compressors(chain))
    out = io.BytesIO()
    takeapart.substitute(io.BytesIO(stream), chain[0].params[32:], out, deflate=other_deflate)
    assert said(out, folder=None) == said(io.BytesIO(data), folder=None)
    return out.getvalue()


def chunks_of(picture: bytes) -> list[tuple[bytes, bytes]]:
    """(name, content) of every chunk of a PNG whose checksums are right."""
    found, at = [], 8
    while at < len(picture):
        length, kind = struct.unpack_from(">I4s", picture, at)
        body = picture[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", picture, at + 8 + length) == (zlib.crc32(kind + body),)
        found.append((kind, body))
        at += 12 + length
    return found


@given(
    width=st.sampled_from([90, 130, 300]),
    level=st.integers(2, 9),
    part=st.sampled_from([1000, 8192, 1 << 20]),
)
@MODEST
def test_a_picture_has_the_same_pixels(width: int, level: int, part: int) -> None:
    rows = pixels(width, 120)
    data = png(rows, width, level=level, part=part, text=b"about it")
    made = anew(data)
    assert made != data
    before, after = chunks_of(data), chunks_of(made)
    joined = b"".join(body for kind, body in after if kind == b"IDAT")
    assert zlib.decompress(joined) == rows
    others = [chunk for chunk in after if chunk[0] not in (b"IDAT", b"auPd")]
    assert others == [chunk for chunk in before if chunk[0] != b"IDAT"]
    assert (len(made) - len(data)) % 64 == 0


@given(
    sizes=st.lists(st.integers(0, 40_000), min_size=1, max_size=5),
    level=st.integers(2, 9),
    plain=st.booleans(),
)
@MODEST
def test_a_zip_is_that_which_the_other_zlib_would_have_made(
    sizes: list[int], level: int, plain: bool
) -> None:
    contents = {str(at): pixels(100, size // 1000 * 10 + 250) for at, size in enumerate(sizes)}
    extra = {"last": (b"not compressed" * 1000, None)} if plain else {}

    def made(level: int, memory: int) -> bytes:
        streams = {k: (v, deflated(v, level, memory)) for k, v in contents.items()}
        return archive({**streams, **extra})

    assert anew(made(level, 8)) == made(**OTHER)
    assert anew(far_zip(contents, level=level)) == far_zip(contents, **OTHER)


@given(wide=st.booleans(), count=st.integers(1, 4), level=st.integers(2, 9))
@MODEST
def test_sizes_after_the_data_are_put_right(wide: bool, count: int, level: int) -> None:
    contents = {f"{at}/layer": pixels(150, 90, seed=at) for at in range(count)}
    data = streamed(contents, level=level, wide=wide)
    made = anew(data)
    assert len(made) != len(data)
    with zipfile.ZipFile(io.BytesIO(made)) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == contents
        assert opened.comment == b"of a pipe"
    # A reader that goes from front to end finds the sizes where the data ends.
    at = made.index(b"PK\x07\x08")
    form = "<IQQ" if wide else "<III"
    check, packed, size = struct.unpack_from(form, made, at + 4)
    first = next(iter(contents.values()))
    assert (check, size) == (zlib.crc32(first), len(first))
    start = 30 + sum(struct.unpack_from("<HH", made, 26))
    assert start + packed == at


@given(
    count=st.integers(1, 6), version=st.sampled_from([7300, 7400, 7500]), level=st.integers(2, 9)
)
@MODEST
def test_an_fbx_is_that_which_the_other_zlib_would_have_made(
    count: int, version: int, level: int
) -> None:
    arrays = [vertices(4000 + 700 * at, seed=at) for at in range(count)]
    data = fbx(arrays, version=version, level=level)
    assert anew(data) == fbx(arrays, version=version, **OTHER)


def test_a_picture_within_a_painting_is_told_anew_in_every_header() -> None:
    data = painting()
    made = anew(data)
    with zipfile.ZipFile(io.BytesIO(data)) as one, zipfile.ZipFile(io.BytesIO(made)) as two:
        assert two.testzip() is None
        assert one.namelist() == two.namelist()
        differing = [name for name in one.namelist() if one.read(name) != two.read(name)]
    assert differing == ["mergedimage.png"]


def test_members_that_programs_map_into_memory_stay_aligned() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in (
            ("scene.usda", b"#usda 1.0\n" * 700),
            ("a.png", png(pixels(150, 150), 150)),
            ("b.png", png(pixels(200, 150, seed=2), 200)),
            ("mesh.usdc", random.Random(1).randbytes(9000)),
        ):
            about = zipfile.ZipInfo(name)
            room = -(out.tell() + 30 + len(name) + 4) % 64
            about.extra = struct.pack("<HH", 0x1986, room) + bytes(room)
            made.writestr(about, content)
    made_anew = anew(out.getvalue())
    assert made_anew != out.getvalue()
    with zipfile.ZipFile(io.BytesIO(made_anew)) as opened:
        assert opened.testzip() is None
        for member in opened.infolist():
            lengths = struct.unpack_from("<HH", made_anew, member.header_offset + 26)
            assert (member.header_offset + 30 + sum(lengths)) % 64 == 0


def test_what_cannot_be_corrected_is_only_taken_apart_where_no_zlib_is_needed() -> None:
    rows, content = pixels(200, 200), layer(60)
    sound = archive({"a": (rows, deflated(rows)), "layer": (content, stored(content))})
    assert any("zlib" in name for name in compressors(folded(sound)[0]))
    # The local header of "a" says another size than the directory: which would a reader believe?
    strange = bytearray(sound)
    strange[18] ^= 1
    chain, stream = folded(bytes(strange))
    assert [step.name for step in chain] == ["unpack"]
    assert compressors(chain) == ()
    assert content[-900:] not in stream  # the tiles are sorted all the same
    # With something before it no offset is right.
    assert compressors(folded(b"PK\x03\x04junk" + sound)[0]) == ()
    text = gzip_blend(b"words, not a scene" * 9000)
    assert folded(text) == ((), b"")
    moved = bytearray(fbx([vertices(4000)], level=6))
    moved[27:31] = struct.pack("<I", len(moved) - 1)
    assert folded(bytes(moved)) == ((), b"")


def test_portable_needs_no_compressor() -> None:
    for data in (painting(), archive({"a": (b"words" * 9000, stored(b"words" * 9000))})):
        chain, stream = folded(data, portable=True)
        assert [step.name for step in chain] == ["unpack"]
        assert compressors(chain) == ()
        with unfold(io.BytesIO(stream), chain, size=len(data), folder=None).file as file:
            assert file.read() == data
    rows = pixels(200, 200)
    scene = blend([f"N{n}" for n in range(60)], session=4)
    for data in (
        png(rows, 200),
        fbx([vertices(4000)]),
        archive({"a": (rows, deflated(rows))}),
        gzip_blend(scene),
        zstd_blend(scene),
    ):
        assert folded(data)[0]
        assert folded(data, portable=True) == ((), b"")
    assert folded(scene, portable=True)[0]


SAMPLES = {
    "painting": painting,
    "picture": lambda: png(pixels(200, 200), 200),
    "pipe": lambda: streamed({"a": pixels(150, 90), "b": pixels(90, 150)}, wide=True),
    "far": lambda: far_zip({"a": pixels(150, 90)}),
    "fbx": lambda: fbx([vertices(3000), vertices(2000)]),
    "scene": lambda: blend(["A", "B", "C", "A"], session=3),
    "gzip": lambda: gzip_blend(blend([f"N{n}" for n in range(60)], session=4)),
}


def third_deflate(level: int, window: int, memory: int, strategy: int) -> zlib._Compress:
    """Neither what is asked for nor what the proof was made with."""
    return zlib.compressobj(4, zlib.DEFLATED, window, 5, zlib.Z_HUFFMAN_ONLY)


@pytest.mark.parametrize("name", ["painting", "picture", "pipe", "far", "fbx"])
@given(data=st.data())
@MODEST
def test_what_was_proved_with_one_zlib_holds_with_another(name: str, data: st.DataObject) -> None:
    """Also for files that are not quite what they should be."""
    whole = bytearray(SAMPLES[name]())
    for _ in range(data.draw(st.integers(0, 2))):
        near = data.draw(st.sampled_from([0, len(whole) - 400]))
        at = near + data.draw(st.integers(0, 399))
        whole[at] = data.draw(st.integers(0, 255))
    chain, stream = folded(bytes(whole))
    if chain and compressors(chain):
        out = io.BytesIO()
        takeapart.substitute(io.BytesIO(stream), chain[0].params[32:], out, deflate=third_deflate)
        assert said(out, folder=None) == said(io.BytesIO(whole), folder=None)


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
@MODEST
def test_damaged_streams_and_tables_are_refused(name: str, data: st.DataObject) -> None:
    """Nothing but one of three errors comes of whatever a store may hold, or the exact file."""
    whole = SAMPLES[name]()
    chain, stream = folded(whole)
    steps, spoiled = list(chain), bytearray(stream)
    for _ in range(data.draw(st.integers(1, 3))):
        target = data.draw(st.sampled_from(["stream", "end", "params", "name"]))
        if target in ("stream", "end"):
            # The table is at the end of what unpack made.
            first = max(len(spoiled) - 300, 0) if target == "end" else 0
            at = data.draw(st.integers(first, len(spoiled) - 1))
            spoiled[at] = data.draw(st.integers(0, 255))
            continue
        at = data.draw(st.integers(0, len(steps) - 1))
        params = bytearray(steps[at].params)
        if target == "name":
            params = bytearray(params.replace(b"zlib 1", b"zlib 0"))
        else:
            params[data.draw(st.integers(0, len(params) - 1))] = data.draw(st.integers(0, 255))
        steps[at] = Transform(steps[at].name, bytes(params))
    try:
        found = unfold(io.BytesIO(spoiled), tuple(steps), size=len(whole), folder=None)
    except (Corrupt, Unavailable, Unsupported):
        return
    with found.file as file:
        assert found.note or file.read() == whole
