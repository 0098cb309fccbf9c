"""The worker's task that merges two scenes from their blocks (``formats.blend_splice``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audobon.formats.blend_blocks import BlendStream
from audobon.formats.blend_opened import CannotSplice
from audobon.formats.blend_parts import Scene
from audobon.formats.blend_splice import splice
from audobon.formats.blend_write import compressed_writer
from audobon.formats.examine import examined
from audobon.formats.source import Source
from audobon.services.merge.sceneplan import ScenePlan

__all__ = ["splice_files", "splice_job"]


def splice_job(plan: ScenePlan, theirs: Scene) -> dict[str, Any]:
    """What the task needs of a plan; ``theirs`` as read with the names of the plan."""
    put = [(key, (key[0], name)) for key, name in plan.put.items()]
    return {
        "put": [[*key, new[1]] for key, new in put],
        "remove": [list(key) for key in plan.remove],
        "within": [[new, theirs.within[new]] for _, new in put],
    }


def splice_files(payload: Mapping[str, Any]) -> dict[str, str]:
    """``{ours, theirs, to}`` and a :func:`splice_job`: ``{refused}``, empty when ``to`` is written.

    ``to`` is compressed as ours is. What is there is for the caller to check.
    """
    put = {(kind, name): new for kind, name, new in payload["put"]}
    remove = [(kind, name) for kind, name in payload["remove"]]
    within = [((k, n), [(kind, name) for kind, name in of]) for (k, n), of in payload["within"]]

    def both(ours: Source, theirs: Source) -> None:
        with compressed_writer(payload["to"], BlendStream(ours).compression) as out:
            splice(ours, theirs, out, put=put, remove=remove, within=within)

    try:
        examined(
            payload["ours"],
            "blend",
            lambda ours: examined(payload["theirs"], "blend", lambda theirs: both(ours, theirs)),
        )
    except CannotSplice as reason:
        return {"refused": str(reason)}
    return {"refused": ""}
