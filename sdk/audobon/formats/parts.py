"""The registry of what can be told part by part: layers of a painting, objects of a scene."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from audobon.formats.examine import examined
from audobon.formats.sniff import sniff
from audobon.formats.source import Source, open_source
from audobon.model.parts import Part

__all__ = ["READERS", "parts"]

READERS = {
    "blend": "blend_parts:blend_parts",
    "kra": "painting_parts:kra_parts",
    "ora": "painting_parts:ora_parts",
}
"""Format -> module of this package, and its function of a Source: the parts in their order."""


def parts(path: str) -> tuple[Part, ...] | None:
    """The parts of the file at ``path`` in its own order; None where its content has none.

    Reads the whole file, so it is for worker processes. Errors as ``probe``.
    """
    source = open_source(path)
    try:
        name = sniff(source.head, source.ext)
    finally:
        source.close()
    if name is None or name not in READERS:
        return None
    home, _, function = READERS[name].partition(":")
    module = importlib.import_module(f"audobon.formats.{home}")
    reader: Callable[[Source], tuple[Part, ...]] = getattr(module, function)
    return examined(path, name, reader)
