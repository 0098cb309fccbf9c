"""The three questions to a file, and the one point where its surprises become BadFile."""

from __future__ import annotations

import errno
import importlib
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import TypeVar
from xml.parsers.expat import ExpatError

from audobon.errors import LimitExceeded
from audobon.formats import facts, images
from audobon.formats.embedded import Embedded
from audobon.formats.sniff import sniff
from audobon.formats.source import Source, open_source, shown
from audobon.formats.table import BY_EXTENSION, BY_NAME
from audobon.model.asset import Facts

__all__ = ["embedded_preview", "examined", "probe", "probe_linked", "references"]

T = TypeVar("T")

_SURPRISES = (
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    ExpatError,
    EOFError,
    LookupError,
    ValueError,
    OverflowError,
    RecursionError,
    NotImplementedError,  # zipfile: an unknown compression method
)
"""What damaged bytes make of sound parsers in the standard library."""


def probe(path: str) -> Facts:
    """The facts of the file at ``path``, by its content rather than its name.

    A file of an unknown type has the kind ``file`` and its extension as
    format (``unknown`` without one). Raises BadFile when the file is not
    regular, or has a known extension or known first bytes and does not hold
    what they promise; LimitExceeded when it asks for more than a file of its
    kind may; OSError as the system does.
    """
    return _probed(path)[0]


def probe_linked(path: str) -> tuple[Facts, tuple[str, ...] | None]:
    """:func:`probe` and :func:`references` from one look at the file.

    None for a format that names no other files.
    """
    return _probed(path, linked=True)


def _probed(path: str, *, linked: bool = False) -> tuple[Facts, tuple[str, ...] | None]:
    source = open_source(path)
    try:
        if source.head[:8] == images.PNG_MAGIC:  # the most frequent type goes first
            source.format = "png"
            return _guarded(source, images.png), None
        name = _format_of(source)
        if name is None:
            return facts.make("file", facts.clean(source.ext) or "unknown"), None
        found = _guarded(source, _function(name, "PROBES"))
        function = _optional(source, "REFERENCES") if linked else None
        if function is None:
            return found, None
        return found, tuple(dict.fromkeys(_guarded(source, function)))
    finally:
        source.close()


def embedded_preview(path: str) -> Embedded | None:
    """The picture stored inside the file, None where there is none. Errors as :func:`probe`."""
    source = open_source(path)
    try:
        function = _optional(source, "PREVIEWS")
        return None if function is None else _guarded(source, function)
    finally:
        source.close()


def references(path: str) -> tuple[str, ...]:
    """The paths of other files that this one names, as written in it, each once, in order.

    Data that is embedded (packed images, data URIs) is not named. Errors as
    :func:`probe`.
    """
    source = open_source(path)
    try:
        function = _optional(source, "REFERENCES")
        return () if function is None else tuple(dict.fromkeys(_guarded(source, function)))
    finally:
        source.close()


def examined(path: str, name: str, question: Callable[[Source], T]) -> T:
    """What ``question`` says of the file at ``path``, whose format must be ``name``.

    Errors as :func:`probe`; BadFile when the file is of another format.
    """
    source = open_source(path)
    try:
        if _format_of(source) != name:
            source.format = name
            raise source.bad("its content is of another type")
        return _guarded(source, question)
    finally:
        source.close()


def _format_of(source: Source) -> str | None:
    """The name of the format, None for an unknown one; BadFile for a broken promise."""
    found = sniff(source.head, source.ext)
    if found is None:
        promised = BY_EXTENSION.get(source.ext)
        if promised is None:
            return None
        source.format = found = promised.name
        if not source.size and promised.family != "text":
            raise source.bad("it is empty")
        if promised.magic:
            raise source.bad("its content is of no known type")
    source.format = found
    return found


def _function(name: str, table: str) -> Callable[[Source], Facts]:
    module = importlib.import_module(f"audobon.formats.{BY_NAME[name].family}")
    function: Callable[[Source], Facts] = getattr(module, table)[name]
    return function


def _optional(source: Source, table: str) -> Callable[[Source], T] | None:
    name = _format_of(source)
    if name is None:
        return None
    module = importlib.import_module(f"audobon.formats.{BY_NAME[name].family}")
    function: Callable[[Source], T] | None = getattr(module, table, {}).get(name)
    return function


def _guarded(source: Source, function: Callable[[Source], T]) -> T:
    try:
        return function(source)
    except MemoryError as exc:
        raise LimitExceeded(
            f"{shown(source.path)} asks for more memory than there is", subject=source.path
        ) from exc
    except OSError as exc:
        # zipfile follows damaged offsets to places before the file: no fault of the disk.
        if exc.errno == errno.EINVAL:
            raise source.bad("it points outside of itself") from exc
        raise
    except _SURPRISES as exc:
        raise source.bad(f"its structure is broken ({type(exc).__name__})") from exc
