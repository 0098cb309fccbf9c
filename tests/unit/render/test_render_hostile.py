"""Files made to harm: refused with the right error, bounded, and nothing outside is read."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from render_samples import close, drawn, png_claiming, sphere, stl, write_exr

from audobon.errors import AudobonError, BadFile, LimitExceeded, Unsupported
from audobon.formats.render import render

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {}</svg>'


def samples(folder: Path) -> list[Path]:
    image = Image.effect_noise((64, 48), 60).convert("RGB")
    paths = [folder / f"a.{ext}" for ext in ("png", "jpg", "webp", "tif", "tga", "gif", "bmp")]
    for path in paths:
        image.save(path)
    paths.append(write_exr(folder / "a.exr", np.asarray(image) / np.float32(255)))
    (folder / "a.stl").write_bytes(stl(sphere(12)))
    (folder / "a.svg").write_text(SVG.format('viewBox="0 0 9 9"><circle r="5" fill="red"/>'))
    (folder / "a.wav").write_bytes(wav(np.zeros(500, "<i2")))
    return [*paths, folder / "a.stl", folder / "a.svg", folder / "a.wav"]


def wav(values: np.ndarray[tuple[int], np.dtype[np.int16]], rate: int = 44100) -> bytes:
    form = struct.pack("<HHIIHH", 1, 1, rate, rate * 2, 2, 16)
    body = b"fmt " + struct.pack("<I", 16) + form
    body += b"data" + struct.pack("<I", values.nbytes) + values.tobytes()
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def test_damage_is_an_error_of_ours_or_a_picture(tmp_path: Path) -> None:
    """Cut and flipped copies of every type: never a foreign error."""
    rng = random.Random(5)
    outcomes = {"drawn": 0, "refused": 0}
    for path in samples(tmp_path):
        data = path.read_bytes()
        for number in range(25):
            out = bytearray(data)
            if number % 5 == 0:
                del out[rng.randrange(len(out)) :]
            else:
                for _ in range(1 + number % 4):
                    out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
            damaged = path.with_name(f"damaged{path.suffix}")
            damaged.write_bytes(out)
            try:
                render(str(damaged), size=64)
                outcomes["drawn"] += 1
            except AudobonError:
                outcomes["refused"] += 1
    assert outcomes["refused"] > 50
    assert outcomes["drawn"] > 30


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_half_a_file_is_damaged(tmp_path: Path, name: str) -> None:
    Image.effect_noise((600, 400), 60).save(tmp_path / name)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(BadFile):
        render(str(tmp_path / name))


def test_an_empty_file_and_another_type(tmp_path: Path) -> None:
    (tmp_path / "a.exr").write_bytes(b"")
    (tmp_path / "b.exr").write_bytes(b"not an EXR at all")
    with pytest.raises(AudobonError):
        render(str(tmp_path / "a.exr"))
    with pytest.raises(BadFile):
        render(str(tmp_path / "b.exr"))


def test_claimed_pixels_are_refused_without_memory(tmp_path: Path) -> None:
    """A child with 1 GiB of address space gives the error of the limit, not of the memory."""
    (tmp_path / "a.png").write_bytes(png_claiming(100_000, 100_000))
    head = b"\0\0\2" + bytes(9) + struct.pack("<HH", 65535, 65535) + b"\x18\0"
    (tmp_path / "a.tga").write_bytes(head + bytes(64))
    psd = b"8BPS\0\1" + bytes(6) + b"\0\3" + struct.pack(">II", 30000, 30000) + b"\0\x08\0\3"
    (tmp_path / "a.psd").write_bytes(psd + bytes(64))
    script = (
        "import sys, resource\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "from audobon.errors import LimitExceeded\n"
        "from audobon.formats.render import render\n"
        "for path in sys.argv[1:]:\n"
        "    try: render(path)\n"
        "    except LimitExceeded as exc: print('pixels' in str(exc))\n"
    )
    if sys.platform == "win32":
        script = script.replace("import sys, resource\n", "import sys\n")
        script = "\n".join(x for x in script.splitlines() if "setrlimit" not in x)
    paths = [str(tmp_path / f"a.{ext}") for ext in ("png", "tga", "psd")]
    done = subprocess.run(
        [sys.executable, "-c", script, *paths], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["True"] * 3, done.stderr


def test_a_bomb_inside_a_painting(tmp_path: Path) -> None:
    """A merged picture of 20 GB that packs into 20 MB is not unpacked; a claim is not believed."""
    path = tmp_path / "a.kra"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/x-krita", zipfile.ZIP_STORED)
        archive.writestr(
            "maindoc.xml",
            '<DOC><IMAGE width="9" height="9" name="x" colorspacename="RGBA"/></DOC>',
        )
        archive.writestr("mergedimage.png", png_claiming(60_000, 60_000))
    with pytest.raises(LimitExceeded):
        render(str(path))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("preview.png", bytes(200 << 20))
    with pytest.raises(AudobonError):
        render(str(path))


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_entities_are_refused(tmp_path: Path, head: str) -> None:
    body = SVG.format('viewBox="0 0 9 9"><text y="5">x</text>')
    (tmp_path / "a.svg").write_text(head + body)
    with pytest.raises(BadFile):
        render(str(tmp_path / "a.svg"))


def test_a_drawing_that_multiplies_itself(tmp_path: Path) -> None:
    """Twelve levels of ten uses each would be a trillion shapes."""
    levels = ['<g id="l0"><rect width="1" height="1"/></g>']
    for level in range(12):
        uses = f'<use href="#l{level}"/>' * 10
        levels.append(f'<g id="l{level + 1}">{uses}</g>')
    text = SVG.format(f'viewBox="0 0 9 9"><defs>{"".join(levels)}</defs><use href="#l12"/>')
    (tmp_path / "a.svg").write_text(text)
    with pytest.raises(LimitExceeded, match="shapes"):
        render(str(tmp_path / "a.svg"))


@pytest.mark.parametrize("form", ["{}", "file://{}", "a.png", "./a.png"])
@pytest.mark.parametrize("attribute", ["href", "xlink:href"])
def test_a_drawing_reads_no_other_file(tmp_path: Path, form: str, attribute: str) -> None:
    Image.new("RGB", (32, 32), (255, 0, 0)).save(tmp_path / "a.png")
    target = form.format(tmp_path / "a.png")
    picture = f'<image {attribute}="{target}" width="32" height="32"/>'
    (tmp_path / "a.svg").write_text(SVG.format(f'viewBox="0 0 32 32">{picture}'))
    assert drawn(tmp_path / "a.svg").convert("RGBA").getextrema()[3] == (0, 0)


def test_an_embedded_picture_of_a_drawing_is_kept(tmp_path: Path) -> None:
    import base64

    Image.new("RGB", (32, 32), (255, 0, 0)).save(tmp_path / "a.png")
    data = base64.b64encode((tmp_path / "a.png").read_bytes()).decode()
    picture = f'<image href="data:image/png;base64,{data}" width="32" height="32"/>'
    (tmp_path / "a.svg").write_text(SVG.format(f'viewBox="0 0 32 32">{picture}'))
    assert close(drawn(tmp_path / "a.svg").convert("RGB").getpixel((99, 99)), (255, 0, 0))


def test_a_drawing_is_drawn_at_the_size_asked_for(tmp_path: Path) -> None:
    body = 'width="20" height="10"><rect width="10" height="10" fill="#00ff00"/>'
    (tmp_path / "a.svg").write_text(SVG.format(body))
    shown = drawn(tmp_path / "a.svg", 200)
    assert shown.size == (200, 100)
    assert shown.getpixel((50, 50)) == (0, 255, 0, 255)
    assert shown.getpixel((150, 50))[3] == 0


def test_loud_and_silent(tmp_path: Path) -> None:
    """The first half is silent, the second loud."""
    tone = (np.sin(np.arange(44100) * 0.2) * 32000).astype("<i2")
    tone[:22050] = 0
    (tmp_path / "a.wav").write_bytes(wav(tone))
    alpha = np.asarray(drawn(tmp_path / "a.wav"))[..., 3]
    assert alpha.shape == (128, 256)
    assert (alpha[:, 40] > 0).sum() < 6
    assert (alpha[:, 200] > 0).sum() > 110


@pytest.mark.parametrize("name", ["a.flac", "a.mp3"])
def test_covers_of_sound(tmp_path: Path, name: str) -> None:
    Image.new("RGB", (300, 300), (200, 30, 40)).save(tmp_path / "c.png")
    data = (tmp_path / "c.png").read_bytes()
    if name == "a.flac":
        text = struct.pack(">I", 3) + struct.pack(">I", 9) + b"image/png" + struct.pack(">I", 0)
        block = text + bytes(16) + struct.pack(">I", len(data)) + data
        whole = b"fLaC" + b"\x86" + len(block).to_bytes(3, "big") + block
        none = b"fLaC\x80\0\0\x22" + bytes(34)
    else:
        frame = b"\0image/png\0\3\0" + data
        frame = b"APIC" + struct.pack(">I", len(frame)) + b"\0\0" + frame
        size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
        whole = b"ID3\3\0\0" + size + frame
        none = b"ID3\3\0\0\0\0\0\0" + bytes(64)
    (tmp_path / name).write_bytes(whole)
    assert close(drawn(tmp_path / name).convert("RGB").getpixel((9, 9)), (200, 30, 40))
    (tmp_path / name).write_bytes(none)
    with pytest.raises(Unsupported):
        render(str(tmp_path / name))
