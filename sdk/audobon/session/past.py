"""What a panel shows of history: branches, plans, changes, locks, links. Frozen, as all state."""

from __future__ import annotations

from attrs import frozen

from audobon.model.branch import Branch
from audobon.model.details import AssetDetails
from audobon.model.merge import MergeReport
from audobon.model.recovery import RecoveryPoint
from audobon.model.scenecheck import SceneCheck, SceneOffer
from audobon.model.version import Pointer
from audobon.session.problem import Problem

__all__ = ["NO_PAST", "Changes", "Held", "Linked", "OldVersion", "Past", "Plan", "StoredPicture"]


@frozen(slots=True)
class StoredPicture:
    """The picture of bytes that a version holds; ``name`` gives their format by its ending."""

    content: Pointer
    name: str


@frozen(slots=True)
class Plan:
    """What a switch to, or a merge of the branch ``name`` would do; ``what`` says which.

    While it is being worked out, ``ready`` is False and no path is there.
    Paths are ``<root>/<path>``. ``blocked`` is uncommitted work in the way,
    ``conflicts`` how many things a merge would ask about, ``kind`` that of the
    merge. ``document`` says what would become of the file that the host has
    open: ``""`` (nothing), written or removed.
    """

    what: str
    name: str
    ready: bool = False
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    conflicts: int = 0
    kind: str = ""
    document: str = ""
    problem: Problem | None = None


@frozen(slots=True)
class Changes:
    """What changed in one asset from revision ``a`` to ``b``.

    ``details`` is None while it is being looked at, and where nothing did
    (``ready`` tells) or ``problem`` says why it cannot be told.
    """

    ident: str
    a: str
    b: str
    ready: bool = False
    details: AssetDetails | None = None
    problem: Problem | None = None


@frozen(slots=True)
class OldVersion:
    """A version of a scene, written to ``path`` outside the library, and what a worker read in it.

    ``stamp`` is the size and time of that file. While it is on its way,
    ``ready`` is False. Nothing of it was run; ``check`` is None where it
    cannot be told what would be, and ``problem`` says why.
    """

    ident: str
    revision: str
    ready: bool = False
    path: str = ""
    name: str = ""
    stamp: tuple[int, int] = (0, 0)
    check: SceneCheck | None = None
    offers: tuple[SceneOffer, ...] | None = None
    problem: Problem | None = None


@frozen(slots=True)
class Held:
    """Somebody is at work on an asset: ``text`` is as in "open on workstation-2 since 10:42"."""

    asset_id: str
    path: str
    mine: bool
    text: str


@frozen(slots=True)
class Linked:
    """A file that the host's document is linked to, and of which there is something newer.

    ``why`` is changed, where the file has been saved since it was read, or
    older, where it is the copy of an old version; ``target`` is then the file
    of the asset as it is now, else the file itself. ``name`` is the asset's,
    and ``note`` says what the newer version is.
    """

    path: str
    why: str
    target: str
    name: str
    note: str = ""


@frozen(slots=True)
class Past:
    """Everything about history that is not of the chosen asset.

    ``known`` is False until it was looked at for the first time. ``merge`` is
    the open one. ``holding`` are the ids of the assets that are locked for
    the host's documents.
    """

    known: bool = False
    branches: tuple[Branch, ...] = ()
    merge: MergeReport | None = None
    points: tuple[RecoveryPoint, ...] = ()
    locks: tuple[Held, ...] = ()
    linked: tuple[Linked, ...] = ()
    plan: Plan | None = None
    changes: Changes | None = None
    old: OldVersion | None = None
    holding: frozenset[str] = frozenset()
    problem: Problem | None = None


NO_PAST = Past()
"""Nothing was looked at."""
