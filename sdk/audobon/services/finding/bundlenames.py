"""Which files are one thing, by their names: maps, sizes, formats and numbered versions.

``texturenames`` tells the map; here sizes and formats are taken out of the
name and of the folder, because makers pack each size on its own:
``Rock035_2K-JPG/Rock035_2K-JPG_Color.jpg`` and ``Rock035_4K-PNG/...``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from attrs import frozen

from audobon.model.bundle import APART
from audobon.model.textureset import PACKED, ROLES
from audobon.services.core.texturenames import map_name
from audobon.services.imports.import_numbered import split_number
from audobon.system.names import fold

__all__ = ["Member", "PartName", "leader", "part_name"]

_SIZE = re.compile(r"(\d{1,2})k|(512|1024|2048|4096|8192|16384)", re.IGNORECASE)
_FORMAT = re.compile(r"jpe?g|png|tiff?|exr|hdr|webp|tga", re.IGNORECASE)
_SIZED = re.compile(r"(?P<stem>.+?)[\s._-]+(?P<size>\d{1,2})k", re.IGNORECASE)
_WORD = re.compile(r"[^\s._-]+")
_EDITED = ("blend", "document")
_FACES = frozenset(("normal", "roughness", "gloss", "packed"))


@frozen(slots=True)
class PartName:
    """What a file's name says. Files with the same ``stem`` may be one thing.

    ``size`` is in pixels, 0 where the name has none; ``bare`` is whether the
    name holds nothing but the role, as ``albedo.png`` does.
    """

    stem: tuple[str, ...]
    kind: str
    name: str
    role: str = ""
    size: int = 0
    number: int | None = None
    channels: tuple[str, ...] = ()
    directx: bool = False
    bare: bool = False

    @property
    def key(self) -> int:
        """The stem as a number that a database finds quickly."""
        raw = "\x1f".join((self.kind, *self.stem)).encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "big", signed=True)


@frozen(slots=True)
class Member:
    """One asset of a stem. ``width`` is its longest side as its file says, in pixels."""

    key: int
    said: PartName
    width: int
    mtime_ns: int

    @property
    def size(self) -> int:
        return self.said.size or self.width


def part_name(path: str, kind: str, wish: str | None = None) -> PartName | None:
    """What the name at ``path`` says of a file of this kind; None for one that is alone.

    ``wish`` is what somebody decided: the name of a bundle, or apart.
    """
    if wish == APART:
        return None
    if wish:
        return _named(path, kind, wish)
    folder, _, name = path.rpartition("/")
    said = _map(folder, name) if kind == "image" else None
    if said is not None and said.role:
        return said
    base, number, marked = split_number(name)
    if (marked and number is not None) or kind in _EDITED:
        used = base if marked else name
        stem = (fold(folder), fold(used))
        title = used.rpartition(".")[0] or used
        return PartName(stem, "versions", title, number=number if marked else None)
    return said


def _named(path: str, kind: str, wish: str) -> PartName:
    folder, _, name = path.rpartition("/")
    said = _map(folder, name) if kind == "image" else None
    found = said or PartName((), "", "")
    number = split_number(name)[1] if said is None else None
    return PartName(
        *((fold(wish),), "named", wish, found.role, found.size, number),
        channels=found.channels,
        directx=found.directx,
    )


def _map(folder: str, name: str) -> PartName | None:
    said = map_name(name)
    if said is None or not said.role:
        return _picture(folder, name, said is not None)
    words, size = _plain(said.group)
    parts, in_folder = _plain_folder(folder)
    bare = not any(words)
    title = _title(said.stem) or (parts[-1] if parts else "")
    return PartName(
        (*map(fold, parts), "", *words),
        *("material", title, said.role, size or in_folder),
        channels=said.channels,
        directx=said.directx,
        bare=bare,
    )


def _picture(folder: str, name: str, plain: bool) -> PartName | None:
    """A picture without a role: one of several sizes, or the colour of maps beside it."""
    base = name.rpartition(".")[0]
    sized = _SIZED.fullmatch(base)
    if sized is None and not plain:
        return None
    parts, _ = _plain_folder(folder)
    said = map_name(f"{sized['stem'] if sized else base}.png")
    if said is None or said.role:
        return None
    # A number that could be a size is a frame's as well; only a k makes it one here.
    words = _plain(said.group)[0] if sized else said.group
    size = int(sized["size"]) * 1024 if sized else 0
    title = _title(sized["stem"]) if sized else base
    return PartName((*map(fold, parts), "", *words), "material", title, size=size)


def _plain(group: Sequence[str]) -> tuple[list[str], int]:
    """Words without sizes and formats, and the size in pixels."""
    words, size = [], 0
    for word in group:
        found = _SIZE.fullmatch(word)
        if found is not None:
            size = int(found[1]) * 1024 if found[1] else int(found[2])
        elif not _FORMAT.fullmatch(word):
            words.append(word)
    return words, size


def _plain_folder(folder: str) -> tuple[list[str], int]:
    """The folders without those that only name a size, and without sizes in the last one."""
    parts = [part for part in folder.split("/") if part]
    size = 0
    while parts:
        words, found = _plain(_WORD.findall(parts[-1]))
        size = size or found
        if not words and found:
            parts.pop()
            continue
        if found:
            parts[-1] = "_".join(words)
        break
    return parts, size


def _title(text: str) -> str:
    words = [word for word in re.split(r"[\s_.-]+", text) if word]
    while len(words) > 1 and (_SIZE.fullmatch(words[-1]) or _FORMAT.fullmatch(words[-1])):
        words.pop()
    kept = "_".join(words)
    return text.strip(" _-.") if len(words) == len(re.findall(r"[^\s_.-]+", text)) else kept


def leader(members: Sequence[Member]) -> int:
    """The key of the one that is shown for all; 0 where these are no bundle."""
    if len(members) < 2:
        return 0
    kind = members[0].said.kind
    if kind == "versions":
        return _newest(members)
    if kind != "named" and not _is_material(members):
        return 0
    return min(members, key=_shown).key


def _newest(members: Sequence[Member]) -> int:
    numbered = [one for one in members if one.said.number is not None]
    if not numbered:
        return 0
    newest = max(numbered, key=lambda one: (one.said.number or 0, one.mtime_ns, one.key))
    # The file without a number is what people work on, unless it is older than all others.
    plain = [one for one in members if one.said.number is None]
    last = max((one.mtime_ns for one in numbered), default=0)
    return next((one.key for one in plain if one.mtime_ns > last), newest.key)


def _is_material(members: Sequence[Member]) -> bool:
    roles = {one.said.role for one in members if one.said.role}
    if not roles:
        return len({one.said.size for one in members if one.said.size}) > 1
    if any(one.said.bare for one in members):
        # Pictures that are called nothing but color or metal: only with a surface beside it.
        return "color" in roles and bool(roles & _FACES)
    return True


def _shown(member: Member) -> tuple[int, int, bool, int]:
    order = (*ROLES, PACKED)
    role = member.said.role or "color"
    return order.index(role), -member.size, not member.said.role, member.key
