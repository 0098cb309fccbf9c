# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be known of assets before they are brought in, read off the host's main thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .trust import Stamp, stamp_of

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.asset import Asset
    from audobon.model.bundle import Bundle
    from audobon.model.textureset import TextureSet
    from audobon.session import Session, State
    from audobon.session.doing import Report
    from audobon.session.state import Inside

__all__ = ["PAINTINGS", "Prepared", "Ready", "at_size", "ids_of", "is_painting", "is_picture"]
__all__ += ["only_there"]

PAINTINGS = ("kra", "ora")
"""Formats that Blender cannot read, and whose merged picture it can."""

_KEPT = 200
# Scenes that were looked into; each takes some kilobytes.


@dataclass(frozen=True)
class Prepared:
    """An asset with what was read of it when its file had this stamp.

    ``inside`` is there for scenes, ``picture`` (a PNG file) for paintings,
    ``textures`` for pictures that are one of a set, ``bundle`` for what is
    there in several files.
    """

    asset: Asset
    stamp: Stamp
    inside: Inside | None = None
    picture: bytes = b""
    textures: TextureSet | None = None
    bundle: Bundle | None = None


def at_size(one: Prepared, size: str) -> Prepared:
    """The same in the size that is wished for, such as ``2k``, where it is there in that size."""
    if one.bundle is None:
        return one
    from audobon.panel.bundling import asset_at, maps_at

    asset = asset_at(one.bundle, one.asset, size)
    textures = maps_at(one.bundle, one.textures, size)
    if asset is one.asset:
        return replace(one, textures=textures)
    return replace(one, asset=asset, stamp=stamp_of(asset.file), textures=textures)


def ids_of(typed: str) -> tuple[str, ...]:
    """The ids in a text, each once."""
    return tuple(dict.fromkeys(typed.replace(",", " ").split()))


def is_painting(asset: Asset) -> bool:
    return asset.format in PAINTINGS


def is_picture(asset: Asset) -> bool:
    """Whether it can be shown as a picture in a scene."""
    return asset.kind == "image" or is_painting(asset)


class Ready:
    """Keeps the last things that were read. Usable from the main thread and the session's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Prepared] = {}
        self.left: frozenset[str] = frozenset()
        """What was to be fetched by the last call and was not; a notice of the session says why."""

    def get(self, state: State, idents: Sequence[str]) -> list[Prepared] | None:
        """All that is to be known of these assets, in their order; None where something is not.

        The session has looked at the chosen one itself. Nothing is known of a file that is only
        at a remote.
        """
        found = [self._one(state, ident) for ident in idents]
        return [one for one in found if one is not None] if all(found) else None

    def _one(self, state: State, ident: str) -> Prepared | None:
        chosen = state.chosen
        if chosen is not None and chosen.asset.id == ident and not is_painting(chosen.asset):
            stamp = stamp_of(chosen.asset.file)
            if only_there(chosen.asset, stamp):
                return None
            mine = self._inside(state, ident, stamp)
            found = Prepared(
                chosen.asset, stamp, mine, textures=chosen.textures, bundle=chosen.bundle
            )
            with self._lock:
                # For the panel of the last step, when another one is chosen by then.
                self._known[ident] = found
            return found
        with self._lock:
            known = self._known.get(ident)
        if known is None or known.stamp != stamp_of(known.asset.file):
            return None
        return known

    def _inside(self, state: State, ident: str, stamp: Stamp) -> Inside | None:
        """What the session has read in the chosen file; here, where it has not since it came."""
        inside = state.inside
        mine = inside if inside is not None and inside.ident == ident else None
        if mine is None or mine.stamp != stamp:
            with self._lock:
                known = self._known.get(ident)
            if known is not None and known.inside is not None and known.inside.stamp == stamp:
                return known.inside
        return mine

    def prepare(
        self,
        session: Session,
        idents: Sequence[str],
        then: Callable[[], None] | None = None,
        *,
        also: Sequence[str] = (),
    ) -> threading.Event:
        """Have it read on the session's thread; ``then`` is called by the pump. Returns at once.

        What is only at a remote is fetched first, and so are the assets of ``also``. Where that
        fails or is cancelled ``left`` tells, and ``then`` is not called. The event is set when
        all has ended, in whatever way.
        """
        ended = threading.Event()
        self.left = frozenset()
        self._begin(session, tuple(idents), ended, then, list(also))
        return ended

    def _begin(
        self,
        session: Session,
        idents: tuple[str, ...],
        ended: threading.Event,
        then: Callable[[], None] | None,
        away: list[str] | None,
    ) -> None:
        """``away`` gets what is to be fetched; None where it was tried already."""

        def after() -> None:
            if away:
                session.remotes.fetch_first(
                    away, lambda: self._begin(session, idents, ended, then, None), leave
                )
            elif then is not None:
                then()

        def leave() -> None:
            self.left = frozenset(away or ())
            ended.set()

        session.do("Reading what is brought in", self._work(idents, ended, away), after)

    def _work(
        self, idents: tuple[str, ...], ended: threading.Event, away: list[str] | None
    ) -> Callable[[Library, Report], None]:
        def work(library: Library, report: Report) -> None:
            found = {}
            try:
                for number, ident in enumerate(idents):
                    report.progress(number, len(idents), "")
                    asset = library.get(ident)
                    if away is not None and only_there(asset, stamp_of(asset.file)):
                        away.append(ident)
                    else:
                        found[ident] = _read(library, asset, report)
            except BaseException:
                ended.set()
                raise
            with self._lock:
                # Pictures are large, and whoever wanted the earlier ones has them by now.
                older = {k: one for k, one in self._known.items() if not is_painting(one.asset)}
                self._known = dict([*older.items(), *found.items()][-_KEPT:])
            if not away:
                ended.set()

        return work


def only_there(asset: Asset, stamp: Stamp) -> bool:
    """Whether a file of this stamp is only at a remote, whatever is known of it meanwhile."""
    return asset.state == "remote" and stamp == (0, 0)


def _read(library: Library, asset: Asset, report: Report) -> Prepared:
    stamp = stamp_of(asset.file)
    if asset.format == "blend":
        return Prepared(asset, stamp, _inside(library, asset, stamp, report))
    if is_painting(asset):
        from audobon.formats.merged import merged_picture

        return Prepared(asset, stamp, picture=merged_picture(asset.file, asset.format).data)
    return Prepared(asset, stamp, textures=library.texture_set(asset), bundle=library.bundle(asset))


def _inside(library: Library, asset: Asset, stamp: Stamp, report: Report) -> Inside:
    from audobon.errors import AudobonError, Cancelled
    from audobon.session.state import Inside, problem_of

    offers = check = problem = None
    try:
        offers = library.offers(asset, cancel=report.cancelled)
        check = library.scripts(asset, cancel=report.cancelled)
        offers = library.offers(asset, boxes=True, cancel=report.cancelled)
    except Cancelled:
        raise
    except AudobonError as error:
        problem = problem_of(error)
    return Inside(asset.id, stamp, check, offers, problem)
