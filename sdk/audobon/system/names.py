"""File names as text that can be stored, and back, without loss.

The catalog, JSON and the search index hold Unicode text; a POSIX file name is
any bytes. Python shows bytes that are not UTF-8 as lone surrogates (PEP 383),
which no UTF-8 store accepts, so they move to a block of the private use area
(U+F780 to U+F7FF for the bytes 0x80 to 0xFF), as Cygwin and WSL do. A name
that really holds a character of that block is refused: it could not be told
apart on the way back.
"""

from __future__ import annotations

import os

from audobon.errors import Invalid

__all__ = ["fold", "name_bytes", "os_path", "text_path"]

_SURROGATE = 0xDC00
_PRIVATE = 0xF700
_TO_TEXT = {_SURROGATE + byte: _PRIVATE + byte for byte in range(0x80, 0x100)}
_TO_OS = {private: surrogate for surrogate, private in _TO_TEXT.items()}


def text_path(path: str) -> str:
    """The storable form of a path from the operating system, with ``/`` between parts.

    Raises Invalid for a name with a character that is reserved for this mapping.
    """
    if os.sep != "/":
        path = path.replace(os.sep, "/")
    if path.isascii():
        return path
    if any(0xF780 <= ord(char) <= 0xF7FF for char in path):
        raise Invalid(
            f"the name {path!r} holds a private-use character (U+F780 to U+F7FF); rename the file",
            subject=path,
        )
    return path.translate(_TO_TEXT)


def os_path(text: str) -> str:
    """The operating system's form of a stored path; inverse of :func:`text_path`."""
    if not text.isascii():
        text = text.translate(_TO_OS)
    return text if os.sep == "/" else text.replace("/", os.sep)


def name_bytes(text: str) -> bytes:
    """The bytes of a stored path as they stand on a POSIX disk (and in git trees)."""
    return text.translate(_TO_OS).encode("utf-8", "surrogateescape")


def text_from_bytes(raw: bytes) -> str:
    """Inverse of :func:`name_bytes`."""
    return raw.decode("utf-8", "surrogateescape").translate(_TO_TEXT)


def fold(text: str) -> str:
    """The form in which names collide on Windows and macOS (case and composition folded)."""
    if text.isascii():
        return text.lower()
    import unicodedata

    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
