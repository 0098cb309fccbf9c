"""Damaged and hostile files: only the promised errors, in bounded memory."""

from __future__ import annotations

import os
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from format_samples import KRA, SAMPLES, SVG, archive, blend, chunk, kra, ora, png
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon.errors import BadFile, LimitExceeded
from audobon.formats import embedded_preview, probe, references

QUESTIONS = (probe, embedded_preview, references)


def write(folder: Path, name: str, data: bytes) -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def ask(name: str, data: bytes) -> None:
    """Every question to the file; anything but an answer or a promised error fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        Path(path).write_bytes(data)
        for question in QUESTIONS:
            try:
                question(path)
            except (BadFile, LimitExceeded):
                continue


@pytest.mark.parametrize("name", sorted(SAMPLES))
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_mutations_give_only_promised_errors(name: str, data: st.DataObject) -> None:
    raw = bytearray(SAMPLES[name][2])
    for _ in range(data.draw(st.integers(0, 6), "changes")):
        at = data.draw(st.integers(0, min(len(raw), 4000) - 1), "where")
        raw[at] = data.draw(st.sampled_from((0, 1, 0x7F, 0x80, 0xFE, 0xFF)), "byte")
    cut = data.draw(st.integers(0, len(raw)), "length")
    keep = data.draw(st.booleans(), "whole")
    ask(name, bytes(raw) if keep else bytes(raw[:cut]))


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=300), name=st.sampled_from(sorted(SAMPLES)))
def test_junk_behind_the_mark_gives_only_promised_errors(data: bytes, name: str) -> None:
    ask(name, SAMPLES[name][2][:12] + data)


SOFT = (
    "a.txt",
    "a.md",
    "a.mtl",
    "a.obj",
    "a.xcf",
    "a.mp3",
    "a.json",
    "a.dds",
    "a.abc",
    "a.exr",
    "a.hdr",
)
"""Text has no end mark, and these are told by their header alone."""


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - set(SOFT)))
def test_a_file_cut_in_half_is_damaged(tmp_path: Path, name: str) -> None:
    data = SAMPLES[name][2]
    with pytest.raises(BadFile):
        probe(write(tmp_path, name, data[: len(data) // 2]))


@pytest.mark.parametrize("version", [279, 405, 500])
def test_a_blend_cut_at_any_block_border_is_damaged(tmp_path: Path, version: int) -> None:
    borders: list[int] = []
    data = blend(version=version, borders=borders)
    assert borders[-1] == len(data)
    assert len(borders) > 15
    for border in borders[:-1]:
        for cut in (border - 1, border, border + 5):
            with pytest.raises(BadFile):
                probe(write(tmp_path, "x.blend", data[:cut]))
    probe(write(tmp_path, "x.blend", data))


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_compressed_blend_cut_anywhere_is_damaged(tmp_path: Path, compression: str) -> None:
    data = blend(version=500, compression=compression)
    for cut in range(0, len(data) - 16, 37):
        with pytest.raises(BadFile):
            probe(write(tmp_path, "x.blend", data[:cut]))


def test_a_png_cut_anywhere_is_damaged(tmp_path: Path) -> None:
    data = png(extra=chunk(b"gAMA", b"\0\0\xb1\x8f"))
    for cut in range(len(data)):
        with pytest.raises(BadFile):
            probe(write(tmp_path, "x.png", data[:cut]))
    assert probe(write(tmp_path, "x.png", data + b"junk of a camera")).width == 4


def peak_of(question: object, path: str) -> int:
    tracemalloc.start()
    try:
        with pytest.raises((BadFile, LimitExceeded)):
            question(path)  # type: ignore[operator]
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_zip_bomb_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "bomb.kra"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(zipfile.ZipInfo("mimetype"), b"application/x-krita")
        with opened.open("maindoc.xml", "w") as stream:
            stream.write(b"<DOC>")
            for _ in range(64):
                stream.write(b" " * (1 << 20))
    assert path.stat().st_size < 1 << 20
    assert peak_of(probe, str(path)) < 64 << 20


def test_a_picture_bomb_in_a_painting_is_stopped(tmp_path: Path) -> None:
    bomb = archive(
        ("mimetype", b"application/x-krita"),
        ("maindoc.xml", KRA.encode()),
        ("mergedimage.png", png() + b"\0" * (97 << 20)),
    )
    assert embedded_preview(write(tmp_path, "x.kra", bomb)) is None


def test_a_list_of_contents_that_is_too_long_is_refused(tmp_path: Path) -> None:
    data = bytearray(kra())
    at = data.rfind(b"PK\5\6")
    data[at + 12 : at + 16] = (200 << 20).to_bytes(4, "little")
    assert peak_of(probe, write(tmp_path, "x.kra", bytes(data))) < 8 << 20


LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">]>"""
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("prologue", [LAUGHS, OUTSIDE])
def test_entities_are_refused(tmp_path: Path, prologue: str) -> None:
    entity = "&e;" if prologue is LAUGHS else "&x;"
    layers = f'<image w="4" h="4"><stack><layer name="{entity}"/></stack></image>'
    with pytest.raises(BadFile):
        probe(write(tmp_path, "x.ora", ora(prologue + layers)))
    document = KRA[KRA.index("<DOC") :].replace("Ink", entity)
    with pytest.raises(BadFile):
        probe(write(tmp_path, "x.kra", kra(prologue + document)))
    drawing = f'<svg xmlns="s" width="4" height="4"><title>{entity}</title></svg>'
    with pytest.raises(BadFile):
        probe(write(tmp_path, "x.svg", (prologue + drawing).encode()))


def test_the_namespaces_of_illustrator_pass(tmp_path: Path) -> None:
    drawing = SVG[SVG.index("<svg") :].replace("http://www.w3.org/2000/svg", "&ns_svg;")
    prologue = '<!DOCTYPE svg [<!ENTITY ns_svg "http://www.w3.org/2000/svg">]>'
    assert probe(write(tmp_path, "x.svg", (prologue + drawing).encode())).width == 76


def test_one_entity_used_a_million_times_is_stopped(tmp_path: Path) -> None:
    many = "&a;" * 400_000
    text = (
        f'<!DOCTYPE svg [<!ENTITY a "{"x" * 250}">]><svg width="4" height="4"><g>{many}</g></svg>'
    )
    assert peak_of(probe, write(tmp_path, "x.svg", text.encode())) < 64 << 20


def test_deep_nesting_is_stopped(tmp_path: Path) -> None:
    deep = '<svg width="4" height="4">' + "<g>" * 100_000
    assert peak_of(probe, write(tmp_path, "x.svg", deep.encode())) < 64 << 20
    ask("x.gltf", b'{"asset":' + b"[" * 100_000)


def test_a_zstd_bomb_is_stopped(tmp_path: Path) -> None:
    import zstandard

    head = blend(version=405)[:12]
    # One block that claims and holds 2 GB of zeros in about 64 KB of file.
    block = b"DATA" + (2_000_000_000).to_bytes(4, "little") + b"\0" * 16
    compressor = zstandard.ZstdCompressor(level=3).compressobj()
    path = tmp_path / "bomb.blend"
    with path.open("wb") as stream:
        stream.write(compressor.compress(head + block))
        for _ in range(1100):
            stream.write(compressor.compress(bytes(1 << 20)))
        stream.write(compressor.flush())
    assert path.stat().st_size < 1 << 20
    with pytest.raises(LimitExceeded):
        probe(str(path))


def test_a_big_sparse_file_is_not_read(tmp_path: Path) -> None:
    for name in ("a.png", "a.psd", "a.tif", "a.wav", "a.usdc", "a.fbx", "a.mov"):
        path = write(tmp_path, name, SAMPLES[name][2])
        os.truncate(path, 4 << 30)
        tracemalloc.start()
        try:
            for question in QUESTIONS:
                try:
                    question(path)
                except (BadFile, LimitExceeded):
                    continue
            assert tracemalloc.get_traced_memory()[1] < 32 << 20, name
        finally:
            tracemalloc.stop()


def test_a_gltf_with_much_embedded_data_keeps_its_facts(tmp_path: Path) -> None:
    data = SAMPLES["a.gltf"][2].replace(b"A" * 200, b"A" * (24 << 20))
    found = probe(write(tmp_path, "x.gltf", data))
    assert found.attributes["triangles"] == 12
    assert "partial" not in found.attributes
    assert references(str(tmp_path / "x.gltf")) == ("chair.bin", "oak wood.png")


def test_a_gltf_that_would_fill_the_memory_stays_partial(tmp_path: Path) -> None:
    data = b'{"asset":{"version":"2.0"},"nodes":[' + b"{}," * 600_000 + b"{}]}"
    tracemalloc.start()
    try:
        found = probe(write(tmp_path, "x.gltf", data))
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()
    assert found.attributes["partial"] is True


def test_a_long_list_of_contents_leaves_a_zip_partial(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as opened:
        for index in range(30_000):
            opened.writestr(zipfile.ZipInfo(f"folder/entry-{index:08d}.dat"), b"")
    found = probe(str(path))
    assert found.attributes["entries"] == 30_000
    assert found.attributes["partial"] is True


def test_a_zip_that_points_before_its_start_is_damaged(tmp_path: Path) -> None:
    data = bytearray(kra())
    at = data.rfind(b"PK\5\6")
    for offset in range(0, 1 << 32, 1 << 28):
        data[at + 16 : at + 20] = offset.to_bytes(4, "little")
        ask("x.kra", bytes(data))
    del data[:64]
    ask("x.kra", bytes(data))


def test_many_blank_lines_cost_no_time(tmp_path: Path) -> None:
    # Patterns that look back over lines would take minutes here.
    blank = b"\n" * (1 << 20)
    probe(write(tmp_path, "x.usda", b'#usda 1.0\n def Mesh "a" {' + blank + b"}"))
    probe(write(tmp_path, "x.md", b"# a" + blank))
    probe(write(tmp_path, "x.mtl", b"newmtl a\n" + blank))
    references(str(tmp_path / "x.mtl"))
    probe(write(tmp_path, "x.fbx", SAMPLES["t.fbx"][2] + blank))
    probe(write(tmp_path, "x.obj", SAMPLES["a.obj"][2] + blank))
    probe(write(tmp_path, "y.obj", SAMPLES["a.obj"][2] + b"f " + b" " * (1 << 20)))


@pytest.mark.parametrize("gap", range(9))
def test_embedded_data_is_left_out_wherever_a_piece_ends(tmp_path: Path, gap: int) -> None:
    start = b'{"asset":{"version":"2.0","generator":"' + b"x" * ((1 << 20) - 60 - gap)
    data = start + b'"},"buffers":[{"uri":"data:' + b"B" * (9 << 20) + b'"},{"uri":"a.bin"}]}'
    path = write(tmp_path, "x.gltf", data)
    assert references(path) == ("a.bin",)
