# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences of the docker. To be called once there is a session: the SDK is loaded then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .using import TOGETHER, group_title, layer_name, pattern_name, pattern_told, uses

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.model.version import Version
    from audobon.session import Problem, State

__all__ = [
    "TOGETHER",
    "about",
    "badge",
    "engine",
    "favourite",
    "found",
    "group_title",
    "headline",
    "layer_name",
    "line",
    "links",
    "pattern_name",
    "pattern_told",
    "problem",
    "selected",
    "silent",
    "status",
    "unread",
    "uses",
    "version",
    "why",
    "with_color",
]

_UNREAD = 3
# More do not fit; the others follow as these are put aside.


def why(state: State, ident: str) -> str:
    """By what the question that is shown found an asset, in one line."""
    from audobon.panel.reasons import reason

    return reason(state, ident)


def problem(told: Problem) -> str:
    """What is wrong, and what helps."""
    from audobon.panel.words import problem_text

    return problem_text(told)


def unread(state: State, told: object) -> tuple[str, tuple[int, ...]]:
    """What went wrong and is not put aside, the newest first, without what is told already.

    A text of some lines, and the numbers of these notices.
    """
    from audobon.panel.words import notice_text

    left = [one for one in reversed(state.unread) if one is not told][:_UNREAD]
    return "\n".join(map(notice_text, left)), tuple(one.number for one in left)


def with_color(text: str, color: tuple[int, int, int]) -> str:
    """A question that asks for this colour too."""
    from audobon.panel.reasons import hex_color, with_color

    return with_color(text, hex_color([each / 255 for each in color]))


def about(asset: Asset, mark: str = "") -> str:
    """What an asset is and what is wrong with it; lines of text, its name first."""
    from audobon.panel.cells import card

    return "\n".join(card(asset, mark))


def badge(asset: Asset, mark: str = "") -> str:
    """What is wrong with an asset's file, empty when nothing is. ``mark`` as in ``state.marks``."""
    from audobon.panel.cells import badges

    found = badges(asset, mark)
    return found[0].shape if found and found[0].shape != "favourite" else ""


def favourite(asset: Asset) -> bool:
    """Whether somebody has made it one."""
    from audobon.session.views import FAVOURITE

    return FAVOURITE in asset.tags


def line(asset: Asset) -> dict[str, str]:
    """The texts of a line of the list by their column: Name, Kind, Size, Changed, Tags."""
    from audobon.panel.cells import cells

    return cells(asset)


def selected(state: State) -> str:
    """How many are selected, empty for fewer than two."""
    from audobon.panel.cells import selection_text

    count = state.selection.count
    return selection_text(count, (), full=state.selection.full) if count > 1 else ""


def found(state: State) -> str:
    """How many assets are found, or why none are."""
    result = state.found
    if result.problem is not None:
        return result.problem.message
    if state.like is not None:
        return _alike(state)
    if not result.total:
        return "Nothing found" if result.wanted.query else "The library is empty"
    return f"{result.total:,} found" if result.wanted.query else f"{result.total:,} assets"


def _alike(state: State) -> str:
    like = state.like
    if like is None:
        return ""
    text = f"{state.found.total:,} look like {like.label}"
    unseen = len(like.unseen)
    return f"{text}; {unseen:,} pictures were not looked at yet" if unseen else text


def status(state: State) -> tuple[str, float | None]:
    """What is being done, with how far it is, None where that is not known; empty for nothing."""
    from audobon.panel.words import job_text

    doing = state.doing or state.computing
    if doing is not None:
        text = f"{doing.name}: {doing.text}" if doing.text else doing.name
        return (f"{doing.name}: stopping" if doing.cancelling else text), doing.fraction
    for row in state.jobs:
        if row.state == "running":
            return job_text(row), row.progress
    return (f"{len(state.jobs)} jobs wait", None) if state.jobs else ("", None)


def silent(state: State | None) -> str:
    """Why nothing of the library can be touched just now, empty where it answers."""
    return "" if state is None or state.waits is None else state.waits.message


def engine(state: State) -> str:
    """What is off because of the engine that does the heavy work, empty when nothing is."""
    if state.engine.state == "absent":
        problem = state.engine.problem
        return "The engine is absent" if problem is None else problem.message
    if not state.engine.pictures:
        return "The engine cannot decode pictures: pip install audobon[images]"
    return ""


def version(one: Version) -> str:
    """A version in one line: its note and its age."""
    from audobon.panel.words import age

    return f"{one.message.splitlines()[0] if one.message else one.id[:8]}  ({age(one.time)})"


def headline(asset: Asset) -> str:
    """Name, facts and place of an asset, in two lines."""
    from audobon.panel.words import facts

    folder = asset.path.rpartition("/")[0]
    return f"{asset.name}\n{facts(asset)}{f', in {folder}' if folder else ''}"


def links(tags: Sequence[str]) -> str:
    """Tags as links of a rich text, each with its name as its target."""
    from html import escape

    return "  ".join(f'<a href="{escape(tag)}">{escape(tag)}</a>' for tag in sorted(tags))
