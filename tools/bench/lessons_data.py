"""Real pictures for the case ``teach``, and the tags that their names and folders tell.

Textures come out of two games of Debian, UFO: Alien Invasion and OpenArena (GPL-2+,
some of CC-BY and CC-BY-SA, as their copyright files say), cut-out photographs and
drawings are the stamps of Tux Paint (GPL-2). Nothing of the packages is run, and no
picture of them is kept here. Nobody has looked at the answers one by one: a file that is
named ``wood012.jpg`` is wood.
"""

from __future__ import annotations

import random
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen

__all__ = ["PACKAGES", "TAGS", "Tag", "answers", "family_of", "fetched", "made", "members"]

PACKAGES = {
    "ufoai-textures": "usr/share/games/ufoai",
    "openarena-081-textures": "usr/share/games/openarena/baseoa",
    "tuxpaint-stamps-default": "usr/share/tuxpaint/stamps",
}
_SHORT = {
    "ufoai-textures": "ufo",
    "openarena-081-textures": "arena",
    "tuxpaint-stamps-default": "stamps",
}
_ENDINGS = (".jpg", ".png")
_MAPS = re.compile(r"_(nm|sm|gm|rm|mirror|flip)\.")  # not what a surface looks like; turned copies


@frozen
class Tag:
    """A tag, the packages that it is taught on, and what paths say of it in lower case.

    A path that fits neither ``yes`` nor ``no`` says nothing. ``named`` tells whether ImageNet
    has a class of that name, so that there is a zero-shot score.
    """

    name: str
    packages: tuple[str, ...]
    yes: str
    no: str
    named: bool = False


_GAMES = ("ufoai-textures", "openarena-081-textures")
_STAMPS = ("tuxpaint-stamps-default",)
_WOOD = r"/[^/]*(wood|plank)[^/]*$"
_STONE = r"/[^/]*(brick|stone)[^/]*$"
_METAL = r"/[^/]*(metal|mtl|steel|rust|copper)[^/]*$"
_CRATE = r"/[^/]*(crate\d|_crate|crate_|(?<!sky)box\d)[^/]*$"
_OTHER = (
    r"/[^/]*(conc|cement|grass|hedge|dirt|sand|mud|carpet|roof|tile|snow|paper|window|street"
    r"|water|lava|sign|art_|landsc|book|curtain|leaf|leaves)[^/]*$"
)
_PHOTO = r"^stamps/(animals|food|plants|household|vehicles|hobbies|medical|military|sports)/"
_DRAWN = r"/cartoon/"


def _any(*patterns: str) -> str:
    return "|".join(patterns)


TAGS = (
    Tag("stone wall", _GAMES, _STONE, _any(_WOOD, _METAL, _CRATE, _OTHER), named=True),
    Tag("crate box", _GAMES, _CRATE, _any(_WOOD, _METAL, _STONE, _OTHER), named=True),
    Tag("bare wood", _GAMES, _WOOD, _any(_METAL, _STONE, _OTHER)),
    Tag("bare metal", _GAMES, _METAL, _any(_WOOD, _STONE, _OTHER)),
    Tag("gothic set", _GAMES[1:], r"/gothic_", r"/(base|cosmo|oquartz|proto|evil|acc_|clown|e7)"),
    Tag("animal cut-out", _STAMPS, r"^stamps/animals/", _PHOTO),
    Tag("edible", _STAMPS, r"^stamps/food/", _PHOTO),
    Tag("drawn", _STAMPS, _DRAWN, _PHOTO),
)
"""Materials, things, what belongs to the set of one game, and a style: each is somebody's word."""

MADE = Tag("striped", ("made",), r"/striped", r"/spotted")
"""For the tests of the benchmark, which fetch nothing."""


def answers(tag: Tag, paths: Sequence[str], most: int) -> dict[str, bool]:
    """What paths say of a tag: at most so many yes and as many no, the same ones each time.

    One picture of each family of files: versions of one picture are not two.
    """
    found: dict[bool, dict[str, str]] = {True: {}, False: {}}
    mixed = sorted(paths)
    random.Random(f"{tag.name} of pictures").shuffle(mixed)
    for path in mixed:
        plain = path.lower()
        yes = bool(re.search(tag.yes, plain))
        photo = tag.yes == _DRAWN or not re.search(_DRAWN, plain)
        if photo and (yes or re.search(tag.no, plain)):
            found[yes].setdefault(family_of(path), path)
    for family in found[True].keys() & found[False].keys():
        del found[False][family]
    return {path: yes for yes in (True, False) for path in list(found[yes].values())[:most]}


def family_of(path: str) -> str:
    """``box021c.png``, ``box021d.png`` and ``box021_old.png`` are of one picture, as numbers with
    one letter and what comes after them count versions."""
    folder, _, name = path.lower().rpartition("/")
    stem = re.sub(r"^\+[0-9a-z]", "", name.rpartition(".")[0])
    numbered = re.match(r"(.*?\d+)(?=[a-z]{0,2}(_|$))", stem)
    return f"{folder}/{numbered.group(1) if numbered else stem}"


def fetched() -> tuple[dict[str, Path], list[str]]:
    """The folders of the packages, and those that are neither installed nor to be had."""
    tools = str(Path(__file__).resolve().parents[1])
    if tools not in sys.path:
        sys.path.insert(0, tools)
    from demo import debian

    found = {name: debian(name, inside) for name, inside in PACKAGES.items()}
    there = {name: folder for name, folder in found.items() if folder is not None}
    return there, [name for name in PACKAGES if name not in there]


def members(package: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Each picture of a package: a path that begins with its short name, and its bytes."""
    short = _SHORT[package]
    for archive in sorted(folder.rglob("*.pk3")):  # what games call a ZIP file
        with zipfile.ZipFile(archive) as held:
            for name in sorted(held.namelist()):
                inner = name.partition("textures/")[2]
                if inner and _wanted(inner):
                    yield f"{short}/{inner}", held.read(name)
    for path in sorted(folder.rglob("*")):
        if _wanted(path.name) and "stamps" in path.parts:
            inner = path.as_posix().partition("/stamps/")[2]
            yield f"{short}/{inner}", path.read_bytes()


def _wanted(name: str) -> bool:
    return name.lower().endswith(_ENDINGS) and not _MAPS.search(name.lower())


def made(count: int) -> Iterator[tuple[str, bytes]]:
    """Stripes and spots, ``count`` of each, no two alike."""
    import io

    import numpy as np
    from PIL import Image

    chance = np.random.default_rng(7)
    y, x = np.mgrid[0:96, 0:96] / 96
    for number in range(count):
        steep, fine = chance.uniform(0, 3), chance.uniform(20, 60)
        colors = chance.uniform(0, 255, (2, 3))
        striped = np.sin(fine * (np.cos(steep) * x + np.sin(steep) * y)) > 0
        spotted = np.zeros((96, 96), bool)
        for left, top, wide in chance.uniform(0.05, 0.95, (12, 3)):
            spotted |= (x - left) ** 2 + (y - top) ** 2 < (wide * 0.1) ** 2
        for name, shape in (("striped", striped), ("spotted", spotted)):
            pixels = np.where(shape[..., None], *colors) + chance.normal(0, 8, (96, 96, 3))
            data = io.BytesIO()
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(data, "PNG")
            yield f"made/{name}{number:03d}.png", data.getvalue()
