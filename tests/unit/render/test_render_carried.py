"""Paintings and .blend files are shown by the picture they carry."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from render_samples import close, drawn

from audobon.errors import Unsupported
from audobon.formats.embedded import Embedded
from audobon.formats.render import render
from audobon.formats.render.carried import draw_embedded

TEMPLATES = sorted(Path("/usr/share/krita/templates").glob("*/.source/*.kra"))


@pytest.mark.skipif(not TEMPLATES, reason="Krita's templates are not installed")
def test_templates_of_krita() -> None:
    """The blank pages and comic grids are mostly white or a flat colour, and in proportion."""
    for path in TEMPLATES[:8]:
        with zipfile.ZipFile(path) as archive:
            header = archive.read("mergedimage.png")[16:24]
        width, height = struct.unpack(">II", header)
        shown = drawn(path)
        assert max(shown.size) == 256
        assert shown.width / shown.height == pytest.approx(width / height, rel=0.02), path


def test_a_painting(tmp_path: Path) -> None:
    Image.new("RGBA", (600, 300), (200, 30, 40, 255)).save(tmp_path / "merged.png")
    with zipfile.ZipFile(tmp_path / "a.ora", "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", '<image w="600" h="300"><stack/></image>')
        archive.write(tmp_path / "merged.png", "mergedimage.png")
    shown = drawn(tmp_path / "a.ora")
    assert shown.size == (256, 128)
    assert close(shown.convert("RGB").getpixel((9, 9)), (200, 30, 40))


def test_raw_pixels_keep_color_and_alpha() -> None:
    data = bytes((200, 30, 40, 128)) * (128 * 64)
    found = draw_embedded("a.blend", Embedded(data, "raw/rgba8", 128, 64), 256)
    assert (found.media_type, found.width, found.height) == ("image/png", 128, 64)


def test_a_blend_without_a_picture_says_how_to_get_one(tmp_path: Path) -> None:
    (tmp_path / "a.blend").write_bytes(b"BLENDER-v304" + b"ENDB" + bytes(4 + 16))
    with pytest.raises(Unsupported) as caught:
        render(str(tmp_path / "a.blend"))
    assert "File Preview" in caught.value.hint
