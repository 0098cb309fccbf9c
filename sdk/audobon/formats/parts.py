"""The registry of what can be told part by part: layers of a painting, objects of a scene."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from audobon.formats.examine import format_of, guarded
from audobon.formats.source import Source, open_source
from audobon.model.parts import Part

__all__ = ["READERS", "parts"]

READERS = {
    "kra": "painting_parts:kra_parts",
    "ora": "painting_parts:ora_parts",
}
"""Format -> module of this package, and its function of a Source: the parts in their order."""


def parts(path: str) -> tuple[Part, ...] | None:
    """The parts of the file at ``path`` in its own order; None where its format has none.

    Reads the whole file, so it is for worker processes. Errors as ``probe``.
    """
    source = open_source(path)
    try:
        name = format_of(source)
        if name not in READERS:
            return None
        home, _, function_name = READERS[name].partition(":")
        module = importlib.import_module(f"audobon.formats.{home}")
        function: Callable[[Source], tuple[Part, ...]] = getattr(module, function_name)
        return guarded(source, function)
    finally:
        source.close()
