"""Files that other programs made: Krita's templates, Pillow's and OpenImageIO's pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from audobon.formats import embedded_preview, probe, references

TEMPLATES = sorted(Path("/usr/share/krita/templates").glob("*/.source/*.kra"))


@pytest.mark.skipif(not TEMPLATES, reason="Krita's templates are not installed")
def test_templates_of_krita() -> None:
    for path in TEMPLATES:
        found = probe(str(path))
        assert (found.kind, found.format) == ("document", "kra")
        assert found.width
        assert found.attributes["layers"]
        assert found.attributes["creator"] == "Krita"
        assert found.attributes["color_space"] in ("rgb", "gray")
        assert references(str(path)) == ()


@pytest.mark.skipif(not TEMPLATES, reason="Krita's templates are not installed")
def test_pictures_in_templates_of_krita() -> None:
    for path in TEMPLATES[:6]:
        facts, found = probe(str(path)), embedded_preview(str(path))
        assert found is not None
        assert found.media_type == "image/png"
        assert (found.width, found.height) == (facts.width, facts.height)


PILLOW = [
    ("x.png", "RGBA", {}), ("p.png", "P", {}), ("i.png", "I;16", {}), ("x.jpg", "RGB", {}),
    ("p.jpg", "RGB", {"progressive": True}), ("l.jpg", "L", {}), ("c.jpg", "CMYK", {}),
    ("x.gif", "P", {}), ("x.bmp", "RGB", {}), ("x.webp", "RGBA", {}),
    ("l.webp", "RGBA", {"lossless": True}), ("x.tif", "RGB", {}), ("z.tif", "RGBA", {}),
    ("l.tif", "L", {"compression": "tiff_lzw"}), ("x.tga", "RGBA", {}), ("r.tga", "RGB", {}),
    ("x.dds", "RGBA", {}),
]  # fmt: skip

CHANNELS = {"RGBA": 4, "RGB": 3, "L": 1, "I;16": 1, "CMYK": 4, "P": 3}


@pytest.mark.parametrize(("name", "mode", "options"), PILLOW)
def test_pictures_of_pillow(
    tmp_path: Path, name: str, mode: str, options: dict[str, object]
) -> None:
    image = pytest.importorskip("PIL.Image").new(mode, (37, 21))
    path = tmp_path / name
    image.save(path, **options)
    found = probe(str(path))
    assert (found.width, found.height) == (37, 21)
    assert found.attributes["channels"] == CHANNELS[mode]
    if mode != "P":  # Pillow stores a palette of one colour in one bit
        assert found.attributes["bit_depth"] == (16 if mode == "I;16" else 8)


@pytest.mark.parametrize("form", ["half", "float"])
def test_pictures_of_openimageio(tmp_path: Path, form: str) -> None:
    oiio = pytest.importorskip("OpenImageIO")
    pixels = oiio.ImageBuf(oiio.ImageSpec(33, 17, 4, form))
    path = tmp_path / "x.exr"
    assert pixels.write(str(path), form)
    found = probe(str(path))
    assert (found.width, found.height) == (33, 17)
    assert found.attributes["bit_depth"] == (16 if form == "half" else 32)
    assert found.attributes["float_pixels"] is True
    assert found.attributes["alpha"] is True
    color = oiio.ImageBuf(oiio.ImageSpec(33, 17, 3, form))
    for name in ("x.hdr", "x.tif"):
        assert color.write(str(tmp_path / name)), color.geterror()
        other = probe(str(tmp_path / name))
        assert (other.width, other.height) == (33, 17)
