"""From a path to a picture: what the file is, and which family draws it."""

from __future__ import annotations

import contextlib
import importlib
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import cast
from xml.parsers.expat import ExpatError

from audobon.errors import AudobonError, Invalid, LimitExceeded
from audobon.formats.render.rendered import Rendered, bad, missing
from audobon.formats.sniff import sniff
from audobon.formats.source import open_source
from audobon.formats.table import BY_EXTENSION
from audobon.model.asset import Facts

__all__ = ["family_of", "format_of", "ours", "render"]

Draw = Callable[[str, str, int], Rendered]
"""A family's function: path, format name, size."""

_FAMILIES = {
    "raster": ("png", "jpeg", "gif", "bmp", "webp", "tga", "tiff", "dds", "avif", "psd"),
    "deep": ("exr", "hdr", "psb"),
    "vector": ("svg",),
    "mesh": ("obj", "stl", "ply", "glb", "gltf"),
    "sound": ("wav",),
    "cover": ("mp3", "flac"),
}
"""Module of this package -> formats. Everything else is asked for an embedded picture."""

_MODULE = {name: module for module, names in _FAMILIES.items() for name in names}

_MAX_SIZE = 4096
"""Pixels of the longest side that may be asked for: larger is no preview."""

_SURPRISES = (
    struct.error,
    zlib.error,
    EOFError,
    ExpatError,
    LookupError,
    ValueError,
    TypeError,
    ArithmeticError,
    SyntaxError,  # Pillow: a broken PNG chunk
    NotImplementedError,
    RecursionError,
    RuntimeError,
    AttributeError,  # decoders trip over fields that are not of the type they expect
)
"""What damaged bytes make of sound decoders."""


def render(path: str, *, size: int = 256, facts: Facts | None = None) -> Rendered:
    """A picture of the file at ``path`` whose longest side is at most ``size`` pixels.

    A picture is never enlarged; drawings (vectors, models, sound) are made at
    ``size``. ``facts`` spares looking at the type again. The file is only
    read, and nothing outside it except the buffers of a .gltf in its own
    folder. Raises BadFile (damaged), Unsupported (there is no picture),
    MissingExtra (the extra ``images`` is not installed), LimitExceeded (over
    the limits of ``docs/previews.md``) and OSError as the system does.
    """
    if not 1 <= size <= _MAX_SIZE:
        raise Invalid(f"a preview of {size} pixels is refused; 1 to {_MAX_SIZE} are allowed")
    name = facts.format if facts is not None else format_of(path)
    with ours(path):
        family = importlib.import_module(f"audobon.formats.render.{family_of(name)}")
        return cast(Draw, family.draw)(path, name, size)


def family_of(name: str) -> str:
    """The module of this package that draws the format ``name``."""
    return _MODULE.get(name, "carried")


@contextlib.contextmanager
def ours(path: str) -> Iterator[None]:
    """The one point where what decoders raise over the file at ``path`` becomes our errors."""
    try:
        yield
    except AudobonError:
        raise
    except ModuleNotFoundError as exc:
        if (exc.name or "").startswith("audobon"):
            raise
        raise missing(exc.name or "a decoder") from exc
    except MemoryError as exc:
        raise LimitExceeded("a preview needs more memory than there is", subject=path) from exc
    except OSError as exc:
        if exc.errno is not None:  # the system's; without a number it is Pillow's
            raise
        raise bad(path, str(exc) or "it cannot be read") from exc
    except _SURPRISES as exc:
        raise bad(path, f"its decoder stumbles ({type(exc).__name__})") from exc


def format_of(path: str) -> str:
    """The name of the format by content and extension; ``unknown`` for another. BadFile."""
    source = open_source(path)
    try:
        found = sniff(source.head, source.ext)
        if found is not None:
            return found
        promised = BY_EXTENSION.get(source.ext)
        if promised is None:
            return "unknown"
        if not source.size and promised.family != "text":
            raise bad(path, "it is empty")
        if promised.magic:
            raise bad(path, f"its content is not that of a {promised.name} file")
        return promised.name
    finally:
        source.close()
