"""What lies inside a file under a name: the objects of a scene, the layers of a painting."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from audobon.model.asset import AttributeValue
from audobon.model.version import FieldChange

__all__ = ["Part", "PartChange", "PartConflict"]


@frozen(slots=True)
class Part:
    """One named thing inside a file.

    ``kind`` is the host's own word in lower case (object, mesh, material,
    image, layer, ...); ``name`` is unique within a kind and a file. Equal
    ``digest`` (hex) means equal content, whichever session saved it. ``facts``
    are what a person would compare: place, number of vertices, opacity.
    ``ident`` stays the same when the part is renamed; empty where the host
    has nothing of the kind.
    """

    kind: str
    name: str
    digest: str
    facts: Mapping[str, AttributeValue] = field(factory=dict)
    ident: str = ""


@frozen(slots=True)
class PartChange:
    """A part that differs between two contents; ``status`` is added, removed or modified.

    ``fields`` are the facts that differ; empty when only what has no facts
    did, such as pixels. ``content`` says whether the digest differs. A renamed
    part is modified, with its old name in the field ``name``; one that lies
    elsewhere in the stack has the field ``above``: what it lies on.
    """

    kind: str
    name: str
    status: str
    fields: tuple[FieldChange, ...] = ()
    content: bool = False


@frozen(slots=True)
class PartConflict:
    """A part that both sides of a merge changed, each as ``ours`` and ``theirs`` say.

    These are added, removed or modified, against the version that both come from.
    ``once`` says that there can be one only, so that both sides' cannot be kept.
    """

    kind: str
    name: str
    ours: str
    theirs: str
    once: bool = False
