# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done with all that is selected: stars, tags, favourites. Each is one step of undo."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.asset import Asset
    from audobon.session import Session
    from audobon.session.doing import Report

__all__ = [
    "common_tags",
    "completed",
    "favour",
    "known",
    "rate",
    "read_again",
    "removal",
    "tag",
    "untag",
    "used_removal",
]

_OFFERED = 40
# More names than fit under a field.


def _edit(session: Session, ident: str, name: str, **changes: Any) -> bool:
    """Of one asset without a word, of what is selected with how many it was."""
    ids = (ident,) if ident else session.selection.ids
    if len(ids) != 1:
        return session.selection.edit(name, **changes)
    session.edit(ids[0], label=name, **changes)
    return True


def rate(session: Session, stars: int, ident: str = "") -> bool:
    """Give this asset, or all that is selected, so many stars; False where there is nothing."""
    return _edit(session, ident, f"rate {stars}", rating=stars)


def tag(session: Session, typed: str, ident: str = "") -> bool:
    """Give this asset, or all that is selected, the tags that were typed; False for none."""
    from audobon.panel.words import tags_of

    tags = tags_of(typed)
    return bool(tags) and _edit(session, ident, f"tag {', '.join(tags)}", add_tags=tags)


def untag(session: Session, typed: str, ident: str = "") -> bool:
    """Take tags from this asset, or from all that is selected; False for none."""
    from audobon.panel.words import tags_of

    tags = tags_of(typed)
    return bool(tags) and _edit(session, ident, f"untag {', '.join(tags)}", remove_tags=tags)


def favour(session: Session, asset: Asset | None) -> bool:
    """Make all that is selected favourites, unless this one is one: then none of it is any more."""
    from audobon.session.views import FAVOURITE

    if asset is not None and FAVOURITE in asset.tags:
        return _edit(session, "", "no favourite", remove_tags=[FAVOURITE])
    return _edit(session, "", "favourite", add_tags=[FAVOURITE])


def removal(count: int) -> str:
    """What is asked before so many assets go."""
    what = "this asset" if count == 1 else f"these {count:,} assets"
    stay = "Its file stays" if count == 1 else "Their files stay"
    return f"Take {what} out of the library? {stay}, and undo brings all of it back."


def used_removal(used: str) -> str:
    """What is asked where others use some of it; ``used`` says who."""
    return f"{used}. Remove it all the same?"


def read_again(session: Session, assets: Sequence[Asset]) -> None:
    """Have the files of these assets looked at, because they are newer or were away."""
    paths = [asset.file for asset in assets]

    def work(library: Library, report: Report) -> str:
        done = library.add(paths, progress=report.progress, cancel=report.cancelled)
        library.start_worker()
        return f"{len(done.updated):,} updated" if done.updated else "Nothing has changed"

    session.do("Looking at files", work)


def common_tags(assets: Iterable[Asset]) -> tuple[str, ...]:
    """Tags that any of these assets has, those that most have first."""
    counts: dict[str, int] = {}
    for asset in assets:
        for name in asset.tags:
            counts[name] = counts.get(name, 0) + 1
    return tuple(sorted(counts, key=lambda name: (-counts[name], name)))


def known(names: Iterable[str], typed: str) -> list[str]:
    """Names that contain what was typed behind the last comma, the frequent ones first."""
    wanted = typed.rpartition(",")[2].strip().casefold()
    found = (name for name in names if wanted in name.casefold())
    return [name for name, _ in zip(found, range(_OFFERED), strict=False)]


def completed(typed: str, name: str) -> str:
    """What stands in a field of tags once this one was chosen for the last of them."""
    head, comma, _ = typed.rpartition(",")
    return f"{head}{comma} {name}" if comma else name
