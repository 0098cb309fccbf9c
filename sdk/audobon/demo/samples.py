"""Files for the demo: real ones from installed packages, and some that are made here.

Nothing is downloaded here. Whoever calls gives folders where sample files
may lie; the usual places of Krita, Blender and scikit-image are looked at
too. What is not there is left out, and the page says where each file is from.
"""

from __future__ import annotations

import math
import random
import shutil
import struct
import wave
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from attrs import frozen

__all__ = [
    "Sample",
    "gather",
    "grainy_study",
    "layer_study",
    "make_files",
    "paint_study",
    "small_study",
    "swatch",
]

_PLACES = (Path("/usr/share/krita"), Path("/usr/share/blender"))


@frozen(slots=True)
class Sample:
    """A file of a package: where it goes, its name there, and under which licence it is."""

    target: str
    name: str
    source: str


SAMPLES = (
    Sample("photos/astronaut.png", "astronaut.png", "scikit-image, NASA, public domain"),
    Sample("photos/chelsea_cat.png", "chelsea.png", "scikit-image, CC0"),
    Sample("photos/coffee_cup.png", "coffee.png", "scikit-image, CC0"),
    Sample("photos/RocketLaunch.jpg", "rocket.jpg", "scikit-image, SpaceX, CC0"),
    Sample("photos/moon.png", "moon.png", "scikit-image, NASA, public domain"),
    Sample("photos/hubble_deep_field.jpg", "hubble_deep_field.jpg", "scikit-image, NASA"),
    Sample("textures/brick_wall_01_512.png", "brick.png", "scikit-image, CC0"),
    Sample("textures/grass_meadow_512.png", "grass.png", "scikit-image, CC0"),
    Sample("textures/gravel_02_512.png", "gravel.png", "scikit-image, CC0"),
    Sample("patterns/rock_rough.png", "14_texture-rock.png", "Krita pattern"),
    Sample("patterns/rock_cracked.png", "15_texture-rockB.png", "Krita pattern"),
    Sample("patterns/oak_bark.png", "18_texture-bark.png", "Krita pattern"),
    Sample("patterns/wood_planks.png", "16_texture-woody.png", "Krita pattern"),
    Sample("patterns/linen_canvas.png", "01_canvas.png", "Krita pattern"),
    Sample("patterns/crackle.png", "19_texture-crackle.png", "Krita pattern"),
    Sample("patterns/paper.png", "05_paper-torchon.png", "Krita pattern"),
    Sample("hdri/forest.exr", "world/forest.exr", "Blender studio lights, CC0"),
    Sample("hdri/city.exr", "world/city.exr", "Blender studio lights, CC0"),
    Sample("hdri/sunset.exr", "world/sunset.exr", "Blender studio lights, CC0"),
    Sample("hdri/night.exr", "world/night.exr", "Blender studio lights, CC0"),
    Sample("matcaps/metal_carpaint.exr", "metal_carpaint.exr", "Blender studio lights, CC0"),
    Sample("scenes/sculpting.blend", "Sculpting/startup.blend", "Blender, GPL template"),
    Sample("paintings/comic_page.kra", "Comics-USTemplate.kra", "Krita template"),
    Sample("paintings/manga_page.kra", "Manga-JpTemplate.kra", "Krita template"),
    Sample("paintings/animation.kra", "Anim-Jp-EN.kra", "Krita template"),
)


def gather(folder: Path, places: Sequence[Path]) -> list[tuple[str, str]]:
    """Copy what is found below ``places`` into ``folder``; ``(path, source)`` of each file."""
    found = []
    for sample in SAMPLES:
        path = next(_look(sample.name, [*places, *_PLACES]), None)
        if path is not None:
            target = folder / sample.target
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            found.append((sample.target, sample.source))
    return found


def _look(name: str, places: Sequence[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            yield from sorted(path for path in place.rglob(name) if path.is_file())


def make_files(folder: Path) -> list[tuple[str, str]]:
    """Make meshes, a sound, drawings, a note and a broken picture; ``(path, source)`` of each."""
    makers: dict[str, Callable[[Path], None]] = {
        "models/torus.obj": _torus,
        "models/crystal.stl": _crystal,
        "sounds/chime.wav": _chime,
        "icons/leaf_icon.svg": _leaf,
        "notes/about.md": _note,
        "paintings/sunset_study.png": paint_study,
        "paintings/noon_study.png": noon_study,
        "paintings/sunset_layers.ora": layer_study,
        "textures/glazed_tiles.png": _tiles,
        "textures/broken_download.png": _broken,
    }
    for name, make in makers.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        make(target)
    return [(name, "made here") for name in makers]


def paint_study(path: Path, *, sun: float = 0.34) -> None:
    """Paint a sun over hills as an 8-bit sRGB PNG; ``sun`` is its height from the top, 0 to 1."""
    _paint(path, 384, lambda u, v: _study_color(u, v, sun))


def noon_study(path: Path) -> None:
    """The same with the sun high above: what looks like it."""
    paint_study(path, sun=0.12)


def swatch(color: str) -> bytes:
    """A PNG of one colour, which is written ``#rrggbb``."""
    red, green, blue = bytes.fromhex(color[1:])
    return _png(8, lambda _u, _v: (red, green, blue))


def small_study(path: Path) -> None:
    """The same sun over hills in 64 pixels: a picture to be enlarged."""
    size, parts = 64, 4

    def color(u: float, v: float) -> tuple[int, int, int]:
        # The mean of many places: stairs would be enlarged like everything else.
        steps = [(place + 0.5) / parts / size for place in range(parts)]
        seen = [_study_color(u + x, v + y, 0.34) for x in steps for y in steps]
        red, green, blue = (round(sum(levels) / len(seen)) for levels in zip(*seen, strict=True))
        return red, green, blue

    _paint(path, size, color)


def grainy_study(path: Path) -> None:
    """The same in 160 pixels with the grain of a bad camera."""
    grain = random.Random(1)

    def color(u: float, v: float) -> tuple[int, int, int]:
        red, green, blue = (
            min(255, max(0, round(level + grain.gauss(0, 15))))
            for level in _study_color(u, v, 0.34)
        )
        return red, green, blue

    _paint(path, 160, color)


def layer_study(path: Path, *, sun: int = 96, opacity: float = 1.0, notes: bool = False) -> None:
    """Write a small OpenRaster painting: hills, a sun at ``sun`` pixels from the top.

    ``notes`` adds a hidden layer.
    """
    hills = _png(256, lambda u, v: _study_color(u, v, -1.0))
    disc = _png(48, _sun_color)
    hidden = '<layer name="Notes" src="data/sun.png" x="8" y="8" visibility="hidden"/>'
    stack = (
        f'<image w="256" h="256"><stack>{hidden if notes else ""}'
        f'<layer name="Sun" src="data/sun.png" x="104" y="{sun}" opacity="{opacity}"/>'
        '<layer name="Hills" src="data/hills.png" x="0" y="0"/></stack></image>'
    )
    merged = _png(256, lambda u, v: _layered_color(int(256 * u), int(256 * v), sun, opacity))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", stack)
        archive.writestr("data/hills.png", hills)
        archive.writestr("data/sun.png", disc)
        archive.writestr("mergedimage.png", merged)


def _layered_color(x: int, y: int, sun: int, opacity: float) -> tuple[int, int, int]:
    under = _study_color(x / 256, y / 256, -1.0)
    if not (104 <= x < 152 and sun <= y < sun + 48):
        return under
    *top, alpha = _sun_color((x - 104) / 48, (y - sun) / 48)
    share = opacity * alpha / 255
    red, green, blue = (
        round(over * share + low * (1 - share)) for over, low in zip(top, under, strict=True)
    )
    return red, green, blue


def _sun_color(u: float, v: float) -> tuple[int, int, int, int]:
    """A round sun with a soft edge, in RGBA."""
    edge = (0.5 - math.hypot(u - 0.5, v - 0.5)) * 24
    return 255, 226, 160, round(255 * min(max(edge, 0.0), 1.0))


def _tiles(path: Path) -> None:
    _paint(path, 256, _tile_color)


def _paint(path: Path, size: int, color: Callable[[float, float], tuple[int, int, int]]) -> None:
    path.write_bytes(_png(size, color))


def _png(size: int, color: Callable[[float, float], tuple[int, ...]]) -> bytes:
    """A square PNG, RGB or RGBA; ``color`` gets the place from the top left, 0 to 1 each way."""
    kind = {3: 2, 4: 6}[len(color(0, 0))]
    rows = []
    for y in range(size):
        row = bytearray(b"\0")
        for x in range(size):
            row += bytes(color(x / size, y / size))
        rows.append(bytes(row))

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, kind, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"".join(rows), 9))
        + chunk(b"IEND", b"")
    )


def _tile_color(u: float, v: float) -> tuple[int, int, int]:
    """Glazed tiles with joints, each a little different from the next."""
    x, y = u * 6, v * 6
    if x % 1 < 0.06 or y % 1 < 0.06:
        return (196, 190, 178)
    shade = 0.85 + 0.15 * math.sin(12.9 * int(x) + 78.2 * int(y))
    gloss = 0.12 * (1 - x % 1) * (1 - y % 1)
    return (
        int(60 * shade + 200 * gloss),
        int(118 * shade + 200 * gloss),
        int(126 * shade + 190 * gloss),
    )


def _study_color(u: float, v: float, sun: float) -> tuple[int, int, int]:
    for base, height, speed, color in (
        (0.80, 0.05, 9.0, (38, 46, 58)),
        (0.70, 0.07, 5.0, (72, 66, 84)),
        (0.60, 0.06, 3.0, (122, 88, 98)),
    ):
        if v > base + height * math.sin(speed * u + base * 20):
            return color
    distance = math.hypot(u - 0.62, v - sun)
    if distance < 0.09:
        return (255, 226, 160)
    glow = math.exp(-5 * distance)
    warm = min(1.0, v + 0.25)
    return (
        int(90 + 150 * warm * (0.45 + 0.55 * glow)),
        int(84 + 70 * glow + 30 * warm),
        int(130 - 40 * warm + 20 * glow),
    )


def _torus(path: Path, *, rings: int = 48, sides: int = 24) -> None:
    lines = ["# a torus", "o Torus"]
    for ring in range(rings):
        u = 2 * math.pi * ring / rings
        for side in range(sides):
            v = 2 * math.pi * side / sides
            radius = 1.0 + 0.38 * math.cos(v)
            lines.append(
                f"v {radius * math.cos(u):.5f} {0.38 * math.sin(v):.5f} {radius * math.sin(u):.5f}"
            )
    for ring in range(rings):
        for side in range(sides):
            a, b = ring * sides, (ring + 1) % rings * sides
            n = (side + 1) % sides
            lines.append(f"f {a + side + 1} {a + n + 1} {b + n + 1} {b + side + 1}")
    path.write_text("\n".join(lines) + "\n", "ascii")


def _crystal(path: Path, *, sides: int = 6) -> None:
    """A hexagonal prism with two points, as binary STL."""
    ring = [
        (math.cos(2 * math.pi * i / sides), math.sin(2 * math.pi * i / sides)) for i in range(sides)
    ]
    faces = []
    for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
        low, high = -0.9, 0.9
        faces += [
            ((ax, ay, low), (bx, by, low), (bx, by, high)),
            ((ax, ay, low), (bx, by, high), (ax, ay, high)),
            ((ax, ay, high), (bx, by, high), (0.0, 0.0, 1.9)),
            ((bx, by, low), (ax, ay, low), (0.0, 0.0, -1.9)),
        ]
    data = b"crystal".ljust(80, b"\0") + struct.pack("<I", len(faces))
    for face in faces:
        data += struct.pack("<12fH", 0, 0, 0, *(value for point in face for value in point), 0)
    path.write_bytes(data)


def _chime(path: Path, *, seconds: float = 1.5, rate: int = 22050) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        frames = bytearray()
        for i in range(int(seconds * rate)):
            t = i / rate
            value = math.sin(2 * math.pi * 660 * t) * math.exp(-3 * t)
            value += 0.5 * math.sin(2 * math.pi * 990 * t) * math.exp(-5 * t)
            frames += struct.pack("<h", int(20000 * value / 1.5))
        sound.writeframes(bytes(frames))


def _leaf(path: Path) -> None:
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256" viewBox="0 0 64 64">'
        '<path d="M8 56C8 24 32 8 56 8c0 32-16 48-40 44" fill="#5a9e4b"/>'
        '<path d="M8 58C16 40 28 28 44 20" stroke="#2f5d2a" stroke-width="3" fill="none"/></svg>\n'
    )


def _note(path: Path) -> None:
    path.write_text("# About these assets\n\nPhotos, textures, a painting, a scene and a sound.\n")


def _broken(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n but the download stopped here")
