"""Layers of paintings as parts: made files, real templates of Krita, and hostile ones."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

from audobon.errors import BadFile, LimitExceeded
from audobon.formats import kra_content, layer_digest
from audobon.formats.compare_parts import compare_parts
from audobon.formats.parts import parts
from audobon.model.parts import Part

TEMPLATES = sorted(Path("/usr/share/krita/templates").rglob("*.kra"))
Tiles = dict[tuple[int, int], bytes]


def packed(path: Path, members: dict[str, bytes], level: int = 6) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def tiles(found: Tiles) -> bytes:
    """A layer's file as Krita writes it."""
    head = f"VERSION 2\nTILEWIDTH 64\nTILEHEIGHT 64\nPIXELSIZE 4\nDATA {len(found)}\n"
    body = (f"{x},{y},LZF,{len(data)}\n".encode() + data for (x, y), data in found.items())
    return head.encode() + b"".join(body)


def kra(path: Path, xml: str, layers: dict[str, bytes], image: str = "page") -> Path:
    document = (
        f'<DOC editor="Krita"><IMAGE name="{image}" width="256" height="256">{xml}</IMAGE></DOC>'
    )
    members = {f"{image}/layers/{name}": data for name, data in layers.items()}
    return packed(
        path, {"mimetype": b"application/x-krita", "maindoc.xml": document.encode()} | members
    )


INK = (
    '<layer nodetype="paintlayer" name="Ink" filename="layer1" opacity="{0}" compositeop="{1}" '
    'visible="{2}" x="{3}" y="0" uuid="{{1}}"/>'
)
GROUP = """
<layers>
 <layer nodetype="grouplayer" name="Hero" filename="layer3" opacity="255" uuid="{3}">
  <layers>%s
   <layer nodetype="paintlayer" name="Skin" filename="layer2" opacity="255" uuid="{2}">
    <masks><mask nodetype="transparencymask" name="Fade" filename="mask1" uuid="{4}"/></masks>
   </layer>
  </layers>
 </layer>
</layers>"""
A: Tiles = {(0, 0): b"\1one", (64, 0): b"\1two"}


def named(found: tuple[Part, ...] | None) -> dict[str, Part]:
    assert found is not None
    return {part.name: part for part in found}


def test_layers_are_paths_through_groups_with_their_masks(tmp_path: Path) -> None:
    xml = GROUP % INK.format(128, "multiply", 0, 10)
    found = named(parts(str(kra(tmp_path / "a.kra", xml, {"layer1": tiles(A)}))))
    assert list(found) == ["Hero", "Hero/Ink", "Hero/Skin", "Hero/Skin/Fade"]
    assert found["Hero/Ink"].facts == {
        "type": "paint",
        "opacity": "50.2 %",
        "blend_mode": "multiply",
        "visible": False,
        "locked": False,
        "bounds": "128 x 64 at 10, 0",
    }
    assert found["Hero/Skin/Fade"].facts["type"] == "transparency mask"
    assert found["Hero"].ident == "{3}"


def test_the_digest_is_that_of_the_pixels_not_of_the_session(tmp_path: Path) -> None:
    """Other order of tiles, other number of the file, other name of the image: the same."""
    xml = GROUP % INK.format(255, "normal", 1, 0)
    turned = dict(reversed(A.items()))
    a = kra(tmp_path / "a.kra", xml, {"layer1": tiles(A), "layer1.defaultpixel": b"\0\0\0\0"})
    other = xml.replace('"layer1"', '"layer77"')
    members = {"layer77": tiles(turned), "layer77.defaultpixel": b"\0\0\0\0"}
    b = kra(tmp_path / "b.kra", other, members, image="layers")
    assert compare_parts(parts(str(a)) or (), parts(str(b)) or ()) == ()
    for change in (
        {"layer1": tiles(A | {(64, 0): b"\1TWO"})},
        {"layer1": tiles(A | {(128, 0): b"\1new"})},
        {"layer1": tiles({(0, 0): A[64, 0], (64, 0): A[0, 0]})},
        {"layer1": tiles(A), "layer1.defaultpixel": b"\xff\0\0\0"},
        {"layer1": tiles(A), "layer1.shapelayer/content.svg": b"<svg/>"},
    ):
        c = kra(tmp_path / "c.kra", xml, {"layer1.defaultpixel": b"\0\0\0\0"} | change)
        (found,) = compare_parts(parts(str(a)) or (), parts(str(c)) or ())
        assert (found.name, found.content) == ("Hero/Ink", True)


def test_frames_do_not_depend_on_the_number_of_their_file(tmp_path: Path) -> None:
    keys = b'<keyframes><channel><keyframe frame="%s.f1" time="0"/></channel></keyframes>'
    found = []
    for stem in ("layer1", "layer22"):
        xml = GROUP % INK.format(255, "normal", 1, 0).replace("layer1", stem)
        files = {f"{stem}.keyframes.xml": keys % stem.encode(), f"{stem}.f1": tiles(A)}
        found.append(named(parts(str(kra(tmp_path / f"{stem}.kra", xml, files)))))
    assert found[0]["Hero/Ink"].digest == found[1]["Hero/Ink"].digest


def test_equal_names_are_told_apart(tmp_path: Path) -> None:
    two = '<layers><layer nodetype="paintlayer" name="Ink" filename="a"/>' * 2
    xml = two.replace("<layers>", "", 1).replace("<layers>", "") + ""
    found = named(parts(str(kra(tmp_path / "a.kra", f"<layers>{xml}</layers>", {}))))
    assert list(found) == ["Ink", "Ink (2)"]


def png(
    color: tuple[int, int, int, int], size: tuple[int, int] = (20, 10), **settings: int
) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", size, color).save(out, "PNG", **settings)
    return out.getvalue()


ORA = """<image w="64" h="64"><stack><stack name="Hero" opacity="0.5">
<layer name="Ink" src="data/a.png" x="3" y="4" composite-op="svg:multiply" visibility="hidden"/>
</stack>
<layer name="Paper" src="data/b.png" edit-locked="true"/></stack></image>"""


def ora(path: Path, xml: str = ORA, **layers: bytes) -> Path:
    members = {f"data/{name}.png": data for name, data in layers.items()}
    return packed(path, {"mimetype": b"image/openraster", "stack.xml": xml.encode()} | members)


def test_layers_of_openraster(tmp_path: Path) -> None:
    red, white = png((200, 0, 0, 255)), png((255, 255, 255, 255))
    path = ora(tmp_path / "a.ora", a=red, b=white)
    found = named(parts(str(path)))
    assert list(found) == ["Hero", "Hero/Ink", "Paper"]
    assert found["Hero"].facts["opacity"] == "50 %"
    assert found["Hero/Ink"].facts == {
        "type": "paint",
        "opacity": "100 %",
        "blend_mode": "multiply",
        "visible": False,
        "locked": False,
        "bounds": "20 x 10 at 3, 4",
    }
    assert found["Paper"].facts["locked"] is True
    again = ora(tmp_path / "b.ora", a=png((200, 0, 0, 255), compress_level=0), b=white)
    assert compare_parts(parts(str(path)) or (), parts(str(again)) or ()) == ()
    blue = ora(tmp_path / "c.ora", ORA.replace("Paper", "Ground"), a=png((0, 0, 200, 255)), b=white)
    changes = compare_parts(parts(str(path)) or (), parts(str(blue)) or ())
    assert [(change.name, change.content) for change in changes] == [
        ("Hero/Ink", True),
        ("Ground", False),
    ]


def test_a_layer_without_its_file_is_no_error(tmp_path: Path) -> None:
    assert named(parts(str(ora(tmp_path / "a.ora", b=png((1, 2, 3, 255))))))["Hero/Ink"].digest


def test_other_formats_have_no_parts(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png((1, 2, 3, 255)))
    assert parts(str(tmp_path / "a.png")) is None


def test_damaged_layers_are_bad_files(tmp_path: Path) -> None:
    xml = GROUP % INK.format(255, "normal", 1, 0)
    cut = tiles(A)[:-2]
    wrong = tiles(A).replace(b"64,0,LZF,4", b"64,0,LZF,9999999")
    lies = tiles(A).replace(b"DATA 2", b"DATA 9")
    for data in (cut, wrong, lies):
        with pytest.raises(BadFile):
            parts(str(kra(tmp_path / "a.kra", xml, {"layer1": data})))
    whole = png((1, 2, 3, 255))
    for bad in (b"no picture", whole[:40], whole.replace(b"IHDR", b"IHDR", 1)[:8] + b"\xff" * 30):
        with pytest.raises(BadFile):
            parts(str(ora(tmp_path / "a.ora", a=bad, b=whole)))
    with pytest.raises(BadFile):
        parts(str(kra(tmp_path / "a.kra", "<!-- no end", {})))


def test_bombs_end_in_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    xml = GROUP % INK.format(255, "normal", 1, 0)
    monkeypatch.setattr(kra_content.Budget.__init__, "__defaults__", (1 << 20,))
    with pytest.raises(LimitExceeded):
        parts(str(kra(tmp_path / "a.kra", xml, {"layer1": bytes(2 << 20)})))
    halves = {"layer1": bytes(700 << 10), "layer2": bytes(700 << 10)}
    with pytest.raises(LimitExceeded):
        parts(str(kra(tmp_path / "b.kra", xml, halves)))
    monkeypatch.setattr(layer_digest, "_MAX_ROWS", 1 << 20)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1 << 20, 1 << 20, 8, 6, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(4 << 20)))
    with pytest.raises(LimitExceeded):
        parts(str(ora(tmp_path / "a.ora", a=bomb + chunk(b"IEND", b""))))


def test_too_many_layers_are_refused(tmp_path: Path) -> None:
    many = '<layer nodetype="paintlayer" name="x"/>' * 10_001
    with pytest.raises(LimitExceeded, match="too many layers"):
        parts(str(kra(tmp_path / "a.kra", f"<layers>{many}</layers>", {})))


def test_deep_groups_are_bounded(tmp_path: Path) -> None:
    deep = '<layers><layer nodetype="grouplayer" name="g">' * 200
    with pytest.raises((LimitExceeded, BadFile)):
        parts(str(kra(tmp_path / "a.kra", deep + "</layer></layers>" * 200, {})))


def test_any_damage_is_an_error_of_ours_or_layers(tmp_path: Path) -> None:
    chance = random.Random(9)
    xml = GROUP % INK.format(255, "normal", 1, 0)
    sounds = (
        kra(tmp_path / "a.kra", xml, {"layer1": tiles(A)}),
        ora(tmp_path / "a.ora", a=png((1, 2, 3, 255)), b=png((4, 5, 6, 255))),
    )
    read = 0
    for sound in sounds:
        data = sound.read_bytes()
        for _ in range(200):
            broken = bytearray(data)
            for _ in range(chance.randrange(1, 6)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            torn = tmp_path / f"torn{sound.suffix}"
            torn.write_bytes(broken)
            with contextlib.suppress(BadFile, LimitExceeded):
                read += parts(str(torn)) is not None
    assert 0 < read < 400


@pytest.mark.skipif(not TEMPLATES, reason="krita-data is not installed")
def test_real_paintings_of_krita(tmp_path: Path) -> None:
    """Every template: read, equal to itself with its members in another order, and one change."""
    for template in TEMPLATES:
        found = parts(str(template))
        assert found, template
        assert all(part.facts["type"] for part in found)
    page = next(path for path in TEMPLATES if path.name == "BD-EuroTemplate.kra")
    with zipfile.ZipFile(page) as archive:
        members = {name: archive.read(name) for name in reversed(archive.namelist())}
    members["maindoc.xml"] = members["maindoc.xml"].replace(b'name="Sketch"', b'name="Pencils"')
    again = packed(tmp_path / "page.kra", members, level=1)
    (change,) = compare_parts(parts(str(page)) or (), parts(str(again)) or ())
    assert [(item.name, item.after) for item in change.fields] == [("name", "Page0/Pencils")]
    color = named(parts(str(page)))["Page0/Color"]
    assert color.facts["bounds"] == "832 x 320 at 256, 1536"
