"""Which pictures are the maps of one material, by their names alone.

Makers of textures agree on nothing but that the name says it: ``rock_albedo``,
``Rock035_2K_NormalGL``, ``rock_nor_dx_4k``, ``T_Rock_ORM``. The words here are
those of ambientCG, Poly Haven, Poliigon, Quixel, Substance, Unreal and glTF.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from attrs import frozen

from audobon.model.textureset import PACKED, ROLES, TextureMap, TextureSet

__all__ = ["MapName", "map_name", "may_say", "texture_sets"]

_WORDS = {
    "color": "albedo alb basecolor basecolour basecol bc color colour col diffuse diff dif",
    "normal": "normal normals normalmap norm nor nrm nrml nmap",
    "roughness": "roughness rough rgh",
    "gloss": "gloss glossiness smoothness",
    "metallic": "metallic metalness metallness metal",
    "ao": "ao ambientocclusion occlusion occ",
    "height": "height heightmap hgt displacement displace disp displ bump",
    "opacity": "opacity alpha transparency",
    "emission": "emission emissive emit",
    "specular": "specular spec",
}
_ROLE = {word: role for role, words in _WORDS.items() for word in words.split()}
_CHANNELS = {
    **dict.fromkeys(("orm", "arm", "occlusionroughnessmetallic"), ("ao", "roughness", "metallic")),
    "rma": ("roughness", "metallic", "ao"),
    "mra": ("metallic", "roughness", "ao"),
    **dict.fromkeys(
        ("metallicroughness", "roughnessmetallic", "metalrough"), ("", "roughness", "metallic")
    ),
}
_UNREAL = {"d": "color", "n": "normal", "r": "roughness", "m": "metallic", "h": "height"}
"""Single letters, which only mean a map behind the ``T_`` of Unreal."""
_STYLES = {
    **dict.fromkeys(("gl", "ogl", "opengl"), False),
    **dict.fromkeys(("dx", "directx", "d3d"), True),
}
_ENDS = tuple(_STYLES)
_LONGEST = 3  # words of one role: occlusion roughness metallic
_LASTS = frozenset(
    said[at:]
    for said in (*_ROLE, *_CHANNELS, *(word + style for word in _ROLE for style in _STYLES))
    for at in range(len(said))
)
"""What the last word of a role may be. Most names end with none, which is looked up at once."""

_EXTENSIONS = ("png", "tif", "tiff", "exr", "tga", "webp", "jpg", "jpeg", "bmp")
"""The best first: of two pictures of one map the one that has lost least is taken."""

_TOKEN = re.compile(r"\d+[kK](?![a-z])|\d+|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_NEUTRAL = re.compile(r"\d+k?|jpe?g|png|tiff?|exr|var|lod|bit")
"""Words that may stand behind the role: sizes, numbers, formats, variants."""
_APART = {code: " " for code in range(128) if not chr(code).isalnum()}
_SIZE = re.compile(r"\d+k|(?:512|1024|2048|4096|8192)")
_WORKFLOWS = frozenset(("metalness", "specular"))


@frozen(slots=True)
class MapName:
    """What the name of one file says. ``stem`` is the beginning that the whole set has alike.

    ``group`` is equal for files of one set in one folder, ``role`` empty where
    the name tells none.
    """

    stem: str
    group: tuple[str, ...]
    role: str = ""
    channels: tuple[str, ...] = ()
    directx: bool = False


@frozen(slots=True)
class _Said:
    role: str
    channels: tuple[str, ...] = ()
    directx: bool = False


def map_name(name: str) -> MapName | None:
    """What the name of a picture says; None for what is no picture. Folders are ignored."""
    base, _, ext = _split(name)[1].rpartition(".")
    if ext.casefold() not in _EXTENSIONS or not base:
        return None
    found = list(_TOKEN.finditer(base))
    words = [match[0].casefold() for match in found]
    for end in range(len(words), 0, -1):
        said, first = _said(words, end)
        if said is not None:
            behind = words[end:]
            style = [_STYLES[word] for word in behind if word in _STYLES]
            rest = tuple(word for word in behind if word not in _STYLES)
            stem = base[: found[first].start()]
            directx = said.directx or (said.role == "normal" and any(style))
            group = (*words[:first], "", *rest)
            return MapName(stem, group, said.role, said.channels, directx)
        if not _may_follow(words, end - 1):
            break
    return MapName(base, (*words, ""))


def may_say(name: str) -> bool:
    """Whether :func:`map_name` may find a role in it: no for nearly all names that have none, and
    at a tenth of the cost.

    A name is looked at from its end, and of most the last letters that are together decide.
    """
    if not name.isascii():
        return True  # what is a letter there is not to be told from a separator so easily
    for run in reversed(name.rpartition(".")[0].translate(_APART).split()):
        passes = _passes(run)
        if passes is not True:
            return passes is None
    return False


@lru_cache(maxsize=16_384)
def _passes(run: str) -> bool | None:
    """Whether these letters and digits may follow a role and say none; None where they may."""
    words = [match[0].casefold() for match in _TOKEN.finditer(run)]
    for at in range(len(words) - 1, -1, -1):
        if words[at] in _LASTS or words[at] in _UNREAL:
            return None
        if not _may_follow(words, at):
            return False
    return True


def _may_follow(words: list[str], at: int) -> bool:
    return words[at] in _STYLES or _NEUTRAL.fullmatch(words[at]) is not None


def _said(words: list[str], end: int) -> tuple[_Said | None, int]:
    """The longest role that ends before word ``end``, and the word at which it begins."""
    if end == len(words) and _is_workflow(words):
        return _said(words, end - 2)
    for first in range(max(0, end - _LONGEST), end) if words[end - 1] in _LASTS else ():
        joined = "".join(words[first:end])
        if joined in _CHANNELS:
            return _Said(PACKED, _CHANNELS[joined]), first
        if joined in _ROLE:
            return _Said(_ROLE[joined]), first
        for style, directx in _STYLES.items() if joined.endswith(_ENDS) else ():
            # In small letters alone the words are not told apart: normaldx.
            if joined.endswith(style) and _ROLE.get(joined.removesuffix(style)) == "normal":
                return _Said("normal", directx=directx), first
    if end > 1 and words[0] == "t" and words[end - 1] in _UNREAL:
        return _Said(_UNREAL[words[end - 1]]), end - 1
    return None, end


def _is_workflow(words: list[str]) -> bool:
    """Poliigon ends each name of a set with how it was made: ``Bricks_COL_2K_METALNESS``."""
    if len(words) < 3 or words[-1] not in _WORKFLOWS or not _SIZE.fullmatch(words[-2]):
        return False
    return words[-3] in _ROLE or words[-3] in _CHANNELS


def texture_sets(names: Iterable[str]) -> tuple[TextureSet, ...]:
    """The sets among these files: two maps or more of one material, in one folder.

    Names may be paths, with any separator; the order does not matter. A
    picture that has the name of the set and nothing more is its colour where
    no other is. Of two pictures of one map one is taken: OpenGL before
    DirectX, then the format that loses less.
    """
    groups: dict[tuple[str, tuple[str, ...]], list[tuple[MapName, str]]] = {}
    for name in sorted(set(names)):
        said = map_name(name)
        if said is not None:
            groups.setdefault((_split(name)[0], said.group), []).append((said, name))
    found = (_set_of(folder, entries) for (folder, _), entries in groups.items())
    return tuple(
        sorted((one for one in found if one is not None), key=lambda one: one.maps[0].file)
    )


def _set_of(folder: str, entries: list[tuple[MapName, str]]) -> TextureSet | None:
    maps: dict[str, TextureMap] = {}
    for said, name in sorted(entries, key=_worth):
        role = said.role or "color"
        key = "".join(said.channels) or role
        maps.setdefault(key, TextureMap(role, name, said.channels, said.directx))
    plain = [one for one in maps.values() if one.role != PACKED]
    packed = [one for one in maps.values() if one.role == PACKED]
    if len(maps) < 2:
        return None
    plain.sort(key=lambda one: ROLES.index(one.role))
    return TextureSet(_title(entries[0][0].stem) or _title(folder), (*plain, *packed))


def _worth(entry: tuple[MapName, str]) -> tuple[bool, bool, int, str]:
    said, name = entry
    ext = name.rpartition(".")[2].casefold()
    return (not said.role, said.directx, _EXTENSIONS.index(ext), name)


def _title(text: str) -> str:
    return re.split(r"[/\\]", text)[-1].strip(" _-.")


def _split(name: str) -> tuple[str, str]:
    at = max(name.rfind("/"), name.rfind("\\"))
    return name[: max(0, at)], name[at + 1 :]
