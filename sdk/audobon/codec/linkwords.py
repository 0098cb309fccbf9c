"""What files use and are used by, in words: the same on the command line and in panels."""

from __future__ import annotations

from collections.abc import Sequence

from audobon.model.asset import Asset
from audobon.model.links import Link, Links

__all__ = ["state_words", "used_by_short", "used_by_words", "uses_words"]

_THINGS = {"blend": ("scene", "scenes"), "document": ("painting", "paintings")}
_NUMBERS = ("none", "one", "two", "three")


def _things(assets: Sequence[Asset]) -> str:
    kinds = {asset.kind for asset in assets}
    one, many = _THINGS.get(kinds.pop(), ("asset", "assets")) if len(kinds) == 1 else _MIXED
    return f"{len(assets):,} {one if len(assets) == 1 else many}"


_MIXED = ("asset", "assets")


def _of_them(count: int, whole: int) -> str:
    if whole == 1:
        return ""
    if count == whole:
        return "all of them "
    return f"{_NUMBERS[count] if count < len(_NUMBERS) else f'{count:,}'} of them "


def used_by_words(links: Links) -> str:
    """ "used by 3 scenes, one of them at an older version"; empty where nobody does."""
    users = list({one.asset.id: one.asset for one in links.used_by}.values())
    if not users:
        return ""
    text = f"used by {_things(users)}"
    behind = len({one.asset.id for one in links.behind})
    return f"{text}, {_of_them(behind, len(users))}at an older version" if behind else text


def used_by_short(links: Links) -> str:
    """The same where there is little room: "used by 3 scenes, 1 out of date"."""
    text, _, rest = used_by_words(links).partition(",")
    behind = len({one.asset.id for one in links.behind})
    return f"{text}, {behind:,} out of date" if rest else text


def uses_words(links: Links) -> str:
    """ "uses 4 files: 1 missing, 1 older"; empty where it uses none."""
    count = len(links.uses)
    if not count:
        return ""
    text = f"uses {count:,} {'file' if count == 1 else 'files'}"
    pairs = ((len(links.missing), "missing"), (len(links.outdated), "older"))
    parts = [f"{number:,} {word}" for number, word in pairs if number]
    return f"{text}: {', '.join(parts)}" if parts else text


def state_words(link: Link, *, short: bool = False) -> str:
    """What is to be known of a file that is used; empty where all is well.

    Other assets are named by their paths, ``short`` by their names.
    """
    if link.state == "moved" and link.asset is not None:
        return f"missing: it is {link.asset.name if short else link.asset.path} now"
    if link.state == "missing":
        return "missing" if link.file or not link.found else "missing: a path of another system"
    text = "outside of the library" if link.state == "outside" else ""
    if link.newer is not None:
        newer = link.newer.name if short else link.newer.path
        return f"{text}, newer is {newer}" if text else f"newer is {newer}"
    return text
