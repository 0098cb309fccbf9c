from __future__ import annotations

import io
import random
import sys
import zlib
from collections.abc import Callable

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

from audobon.storage.chunks.layout import Transform
from audobon.storage.chunks.transforms.chain import fold, unfold
from audobon.storage.chunks.transforms.encoders import zstd_encoders

MODEST = settings(max_examples=60, deadline=None)


def folded(data: bytes) -> tuple[tuple[Transform, ...], bytes]:
    out = io.BytesIO()
    chain = fold(io.BytesIO(data), len(data), out, folder=None)
    return chain, out.getvalue() if chain else b""


def unfolded(chain: tuple[Transform, ...], stream: bytes, size: int) -> bytes:
    found = unfold(io.BytesIO(stream), chain, size=size, folder=None)
    assert found.note == ""
    with found.file as file:
        return file.read()


def comes_back(data: bytes, *transforms: str) -> bytes:
    """The stream, after proving that the named transforms apply and give ``data`` again."""
    chain, stream = folded(data)
    assert tuple(step.name for step in chain) == transforms
    assert unfolded(chain, stream, len(data)) == data
    return stream


@given(
    names=st.lists(st.sampled_from(["Cube", "Lamp", "Tree", "Rock"]), min_size=1, max_size=12),
    items=st.integers(1, 6),
    session=st.integers(0, 1000),
    new=st.booleans(),
    tail=st.binary(max_size=40),
)
@MODEST
def test_scenes_come_back(
    names: list[str], items: int, session: int, new: bool, tail: bytes
) -> None:
    data = blend(names, session=session, items=items, new=new) + tail
    comes_back(data, "pointers")


@pytest.mark.parametrize("new", [False, True])
def test_sessions_of_one_scene_are_the_same_when_normalised(new: bool) -> None:
    names = [f"Tree{number}" for number in range(50)]
    one, two = (blend(names, session=session, new=new) for session in (1, 2))
    assert one != two
    size = len(one)
    assert comes_back(one, "pointers")[:size] == comes_back(two, "pointers")[:size]


def test_an_object_added_in_front_changes_little() -> None:
    names = [f"Tree{number}" for number in range(400)]
    one = comes_back(blend(names, session=1), "pointers")
    two = comes_back(blend(["Added", *names], session=2), "pointers")
    pieces = {one[at : at + 64] for at in range(0, len(one) - 64)}
    plain = len(blend(["Added", *names], session=2))
    same = sum(two[at : at + 64] in pieces for at in range(0, plain, 64))
    assert same > 0.95 * plain / 64


def test_compressed_scenes_are_the_same_inside() -> None:
    data = blend([f"Rock{number}" for number in range(300)], session=5)
    plain = comes_back(data, "pointers")[: len(data)]
    for packed in (zstd_blend(data), gzip_blend(data)):
        assert comes_back(packed, "unpack", "pointers")[: len(data)] == plain


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="pyzstd 0.16.2 has no wheel for it")
@given(names=st.integers(500, 900), session=st.integers(0, 9), turns=st.lists(st.booleans()))
@settings(max_examples=15, deadline=None)
def test_scenes_of_both_generations_of_zstd_come_back(
    names: int, session: int, turns: list[bool]
) -> None:
    data = blend([f"Tree{number}" for number in range(names)], session=session)
    parts = [data[at : at + (1 << 17)] for at in range(0, len(data), 1 << 17)]
    old, new = (zstd_encoders()[f"zstd {version}"] for version in ("1.5.6", "1.5.7"))
    assert [old(part, 3) for part in parts] != [new(part, 3) for part in parts]
    for encoders in ([old], [new], [old if turn else new for turn in turns] or [new, old]):
        frames = [encoders[at % len(encoders)](part, 3) for at, part in enumerate(parts)]
        comes_back(b"".join(frames), "unpack", "pointers")


@given(
    level=st.integers(1, 9),
    memory=st.sampled_from([8, 9]),
    strategy=st.sampled_from([0, 1]),
    seed=st.integers(0, 9),
)
@MODEST
def test_deflated_members_come_back(level: int, memory: int, strategy: int, seed: int) -> None:
    content = pixels(150, 120, seed=seed)
    data = archive({"a.bin": (content, deflated(content, level, memory, strategy))})
    assert content in comes_back(data, "unpack")


@given(
    sizes=st.lists(st.integers(0, 20_000), max_size=5),
    block=st.sampled_from([100, 4096, 65531, 65535]),
    raw=st.booleans(),
)
@MODEST
def test_stored_members_come_back(sizes: list[int], block: int, raw: bool) -> None:
    contents = [random.Random(size).randbytes(size) for size in sizes]
    members = {
        str(number): (content, None if raw else stored(content, block))
        for number, content in enumerate(contents)
    }
    data = archive(members)
    chain, stream = folded(data)
    large = any(len(stored(content, block)) >= 4096 for content in contents)
    assert bool(chain) == (not raw and large)
    if chain:
        assert unfolded(chain, stream, len(data)) == data


@given(
    width=st.integers(60, 300),
    level=st.integers(1, 9),
    part=st.sampled_from([1000, 8192, 1 << 20]),
    text=st.binary(max_size=50),
)
@MODEST
def test_pngs_come_back(width: int, level: int, part: int, text: bytes) -> None:
    rows = pixels(width, 120)
    assert rows in comes_back(png(rows, width, level=level, part=part, text=text), "unpack")


@given(
    counts=st.lists(st.integers(0, 3000), min_size=1, max_size=4),
    version=st.sampled_from([7400, 7500]),
    level=st.integers(1, 9),
)
@MODEST
def test_arrays_of_an_fbx_come_back(counts: list[int], version: int, level: int) -> None:
    arrays = [vertices(5000), *(vertices(count, seed=count) for count in counts)]
    stream = comes_back(fbx(arrays, version=version, level=level), "unpack")
    assert arrays[0] in stream


@given(tiles=st.integers(15, 80), order=st.integers(0, 99))
@MODEST
def test_tiles_have_one_order(tiles: int, order: int) -> None:
    def stream(way: int) -> bytes:
        content = layer(tiles, order=way)
        data = archive({"layer": (content, stored(content))})
        return comes_back(data, "unpack")[: len(content) - 70]

    assert stream(order) == stream(order + 1)


def test_a_painting_saved_again_shares_its_tiles_and_pixels() -> None:
    one, two = (comes_back(painting(order=order), "unpack") for order in (1, 2))
    assert pixels(200, 200) in one
    assert one[:80_000] == two[:80_000]


def test_one_strange_member_stays_as_it_is() -> None:
    content, rows = pixels(150, 150), pixels(100, 100, seed=3)
    # The same bytes cut into two deflate blocks, as no setting of zlib does it.
    encoder = zlib.compressobj(6, zlib.DEFLATED, -15)
    strange = encoder.compress(content[:7000]) + encoder.flush(zlib.Z_FULL_FLUSH)
    strange += encoder.compress(content[7000:]) + encoder.flush()
    data = archive({"odd": (content, strange), "even": (rows, deflated(rows))})
    stream = comes_back(data, "unpack")
    assert strange in stream
    assert rows in stream


def test_other_files_are_left_alone() -> None:
    noise = random.Random(1).randbytes(50_000)
    for data in (b"", b"BLENDER", b"BLENDER-v304", noise, b"PK\x03\x04" + noise):
        assert folded(data) == ((), b"")
    cut = zstd_blend(blend(["A"] * 400, session=1))
    assert folded(cut[: len(cut) // 2]) == ((), b"")
    assert folded(zstd_blend(b"not a scene" * 10_000)) == ((), b"")
    assert folded(zstd_blend(blend(["A"] * 400, session=1), level=9))[0] == ()


SAMPLES: dict[str, Callable[[], bytes]] = {
    "scene": lambda: blend(["A", "B", "C", "A"], session=3),
    "new scene": lambda: blend(["A", "B", "C", "A"], session=3, new=True),
    "zstd": lambda: zstd_blend(blend([f"N{n}" for n in range(60)], session=4)),
    "gzip": lambda: gzip_blend(blend([f"N{n}" for n in range(60)], session=4)),
    "painting": painting,
    "png": lambda: png(pixels(200, 200), 200),
    "pipe": lambda: streamed({"a": pixels(150, 90), "b": pixels(90, 150)}, wide=True),
    "far": lambda: far_zip({"a": pixels(150, 90), "b": pixels(90, 150)}),
    "fbx": lambda: fbx([vertices(3000), vertices(2000)]),
    "new fbx": lambda: fbx([vertices(3000)], version=7500),
}


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_damaged_files_come_back_too(name: str, data: st.DataObject) -> None:
    """Whatever is done to a file, it is stored as it is or comes back exactly."""
    whole = bytearray(SAMPLES[name]())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        kind = data.draw(st.sampled_from(["byte", "cut", "repeat", "word"]))
        if kind == "byte":
            whole[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del whole[at : at + data.draw(st.integers(1, 300))]
        elif kind == "repeat":
            whole[at:at] = whole[at : at + 100]
        else:
            whole[at : at + 4] = data.draw(st.sampled_from([b"\xff" * 4, bytes(4), b"\0\0\0\x80"]))
        if not whole:
            whole = bytearray(b"x")
    chain, stream = folded(bytes(whole))
    if chain:
        assert unfolded(chain, stream, len(whole)) == whole
