"""What is written about an asset: columns of a list, badges of a picture, a card of facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.panel.words import age, bytes_text, facts, short, stem
from audobon.session.views import FAVOURITE

if TYPE_CHECKING:
    from audobon.model.asset import Asset

__all__ = ["Badge", "badges", "card", "cells", "label", "selection_text"]


@frozen(slots=True)
class Badge:
    """A sign on a picture: its shape, and what it means."""

    shape: str
    means: str


def cells(asset: Asset) -> dict[str, str]:
    """The text of each column that has one."""
    tags = [tag for tag in asset.tags if tag != FAVOURITE]
    return {
        "Name": asset.name,
        "Kind": asset.format or asset.kind,
        "Size": bytes_text(asset.size),
        "Changed": age(asset.updated),
        "Tags": ", ".join(tags),
    }


def badges(asset: Asset, mark: str) -> tuple[Badge, ...]:
    """The signs on a picture, the most urgent first. ``mark`` is that of ``state.marks``."""
    found = []
    if asset.state == "remote":
        found.append(Badge("remote", "the file is only at a remote"))
    elif asset.state == "missing" or mark == "missing":
        found.append(Badge("missing", "the file is gone from its place"))
    elif mark == "changed":
        found.append(Badge("changed", "the file has changed since it was read"))
    if FAVOURITE in asset.tags:
        found.append(Badge("favourite", "favourite"))
    return tuple(found)


def card(asset: Asset, mark: str) -> tuple[str, ...]:
    """Lines about the asset under the mouse, the name first."""
    lines = [asset.name, facts(asset)]
    folder = asset.path.rpartition("/")[0]
    lines += [short(folder, 48)] if folder else []
    lines += [f"Catalog: {asset.catalog}"] if asset.catalog else []
    tags = cells(asset)["Tags"]
    lines += [f"Tags: {short(tags, 48)}"] if tags else []
    stars = "star" if asset.rating == 1 else "stars"
    lines += [f"{asset.rating} {stars}"] if asset.rating else []
    used = f", last {age(asset.last_used)}" if asset.last_used is not None else ""
    lines += [f"Used {asset.used} x{used}"] if asset.used else []
    lines += [f"Changed {age(asset.updated)}, added {age(asset.added)}"]
    lines += [short(asset.note, 56)] if asset.note else []
    lines += [f"{badge.means[0].upper()}{badge.means[1:]}" for badge in badges(asset, mark)]
    return tuple(lines)


def label(asset: Asset, room: int) -> str:
    """The name under a picture, in so many letters."""
    return short(stem(asset.name), room)


def selection_text(count: int, names: Sequence[str], *, full: bool) -> str:
    """How many are selected, by name where it is one."""
    if not count:
        return ""
    text = names[0] if count == 1 and names else f"{count:,} selected"
    return f"{text}, no more fit" if full else text
