"""What in a scene would run, or bring more with it, when the scene is brought into another."""

from __future__ import annotations

from attrs import frozen

__all__ = ["LIBRARY", "SceneCheck", "SceneFinding", "SceneOffer"]

LIBRARY = "library"
"""The kind of a finding that is another file."""


@frozen(slots=True)
class SceneFinding:
    """One thing that was found; nothing of it was run.

    ``kind`` is ``driver`` (an expression of Python), ``registered text`` (a
    script that runs when the file is opened), ``freestyle script`` (one that
    runs when the scene is rendered), ``text`` (one that does not run by
    itself, but would hook itself in once it did) or ``library`` (another
    file that the scene is linked to). ``name`` is what has it, ``code`` the
    beginning of what would be run. ``runs`` says that nobody has to ask for it.
    """

    kind: str
    name: str
    code: str = ""
    runs: bool = False


@frozen(slots=True)
class SceneCheck:
    """Everything of the kind in one file. ``total`` counts also what is too much to be listed."""

    findings: tuple[SceneFinding, ...] = ()
    total: int = 0

    @property
    def harmless(self) -> bool:
        """Whether nothing runs by itself and no other file comes along."""
        listed = any(found.runs or found.kind == LIBRARY for found in self.findings)
        return not listed and self.total == len(self.findings)


@frozen(slots=True)
class SceneOffer:
    """Something in a scene that can be brought into another; ``asset`` when it is marked as one.

    ``kind`` is collection, object, material, node group or world.
    """

    kind: str
    name: str
    asset: bool = False
