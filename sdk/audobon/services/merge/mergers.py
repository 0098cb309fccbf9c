"""Who can merge the contents of a format object by object."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, cast

from audobon.model.merge import SceneMerge
from audobon.services.core.stores import Stores

__all__ = ["ContentMerger", "merger_of", "register_merger"]


class ContentMerger(Protocol):
    """Merges two contents that come from one, part by part.

    ``base``, ``ours`` and ``theirs`` are files that are only read; ``to`` is
    where the merged one is written, complete, when the answer says merged,
    and not at all otherwise. ``takes`` decides parts by (kind, name): ours,
    theirs, or both, which adds theirs under a free name. The same files and
    decisions always give the same answer. What reads the files runs in a
    worker process (``stores.executor``). A file that cannot be merged so is no
    error: ``reason`` says why.
    """

    def __call__(
        self,
        stores: Stores,
        base: Path,
        ours: Path,
        theirs: Path,
        to: Path,
        *,
        takes: Mapping[tuple[str, str], str],
    ) -> SceneMerge: ...


_BUILT_IN: Mapping[str, str] = {
    "blend": "audobon.services.merge.scenemerge:merge_scene",
    "kra": "audobon.services.merge.layermerge:merge_painting",
}
"""Name of a format to ``module:function``, imported when the first such conflict is met."""

_registered: dict[str, ContentMerger] = {}


def register_merger(name: str, merger: ContentMerger | None) -> None:
    """Merge contents of the format ``name`` with ``merger`` in this process; None takes it back."""
    if merger is None:
        _registered.pop(name, None)
    else:
        _registered[name] = merger


def merger_of(name: str) -> ContentMerger | None:
    """Who merges contents of a format, None when only a person can."""
    found = _registered.get(name)
    if found is None and name in _BUILT_IN:
        module, _, function = _BUILT_IN[name].partition(":")
        found = cast(ContentMerger, getattr(importlib.import_module(module), function))
    return found
