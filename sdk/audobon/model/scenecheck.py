"""What a scene brings into another one: what would run, what there is, and how large it is."""

from __future__ import annotations

from attrs import frozen

__all__ = [
    "LIBRARY",
    "MISSING",
    "UNREAD",
    "LinkedFile",
    "SceneBox",
    "SceneCheck",
    "SceneFinding",
    "SceneOffer",
]

LIBRARY = "library"
"""The kind of a finding that is another file."""
MISSING = "missing library"
"""The kind of a finding that is another file, which is not there."""
UNREAD = "unread library"
"""The kind of a finding that is another file, of which nobody can tell what it would run."""


_OTHERS = frozenset((LIBRARY, MISSING, UNREAD))


@frozen(slots=True)
class SceneFinding:
    """One thing that was found; nothing of it was run.

    ``kind`` is ``driver`` (an expression of Python), ``registered text`` (a
    script that runs when the file is opened), ``freestyle script`` (one that
    runs when the scene is rendered), ``text`` (one that does not run by
    itself, but would hook itself in once it did) or ``library`` (another
    file that the scene is linked to), ``missing library`` or ``unread
    library`` (one that is not there, or cannot be looked into). ``name`` is
    what has it, ``code`` the beginning of what would be run, or why it cannot
    be told. ``runs`` says that nobody has to ask for it. ``file`` is the
    linked file that has it, as it is found from the scene; empty for the scene itself.
    """

    kind: str
    name: str
    code: str = ""
    runs: bool = False
    file: str = ""


@frozen(slots=True)
class LinkedFile:
    """A file that comes along, with its size and its time in nanoseconds when it was read."""

    path: str
    size: int
    mtime_ns: int


@frozen(slots=True)
class SceneCheck:
    """Everything of the kind in a scene and the files that it is linked to.

    ``total`` counts also what is too much to be listed. ``files`` are the
    linked files that were looked into, also those that they are linked to.
    """

    findings: tuple[SceneFinding, ...] = ()
    total: int = 0
    files: tuple[LinkedFile, ...] = ()

    @property
    def harmless(self) -> bool:
        """Whether nothing runs by itself and no other file comes along."""
        listed = any(found.runs or found.kind in _OTHERS for found in self.findings)
        return not listed and self.total == len(self.findings)


Point = tuple[float, float, float]


@frozen(slots=True)
class SceneBox:
    """Where an object or a collection lies in its scene, and how large it is, in metres.

    ``low`` and ``high`` are corners of the box around its meshes and curves
    before modifiers; None for lights, cameras and the like. ``origin`` is
    where an object has its own, and the middle of those of a collection's
    objects that are nobody's child. ``parent`` is the name of an object's.
    """

    origin: Point
    low: Point | None = None
    high: Point | None = None
    parent: str = ""


@frozen(slots=True)
class SceneOffer:
    """Something in a scene that can be brought into another; ``asset`` when it is marked as one.

    ``kind`` is collection, object, material, node group or world. ``box`` is
    there where it was asked for, for objects and collections.
    """

    kind: str
    name: str
    asset: bool = False
    box: SceneBox | None = None
