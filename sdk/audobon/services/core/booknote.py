"""Books of a library's state: small files of one object with the format that it is written in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from audobon.codec.plain import to_plain
from audobon.errors import Corrupt, NewerFormat
from audobon.services.core.place import Place
from audobon.system.files import translate_os_error

__all__ = ["read_note", "write_note"]

_T = TypeVar("_T")


def read_note(
    place: Place, path: Path, form: int, make: Callable[[Mapping[str, Any]], _T], *, hint: str
) -> _T | None:
    """What ``make`` makes of the file, whose format is up to ``form``; None where there is none.

    Corrupt, with the ``hint``, and NewerFormat; Unavailable for one that cannot be read now.
    """
    try:
        data = place.files.read(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:  # it is there: taken for empty it would be written over
        raise translate_os_error(error, path) from error
    try:
        value = json.loads(data)
        if int(value["format"]) > form:
            raise NewerFormat(
                f"{path} has a newer format", subject=str(path), hint="update Audobon"
            )
        return make(value)
    except (ValueError, KeyError, TypeError) as error:
        raise Corrupt(f"{path} is not readable: {error}", subject=str(path), hint=hint) from error


def write_note(place: Place, path: Path, form: int, book: Any) -> None:
    """Durable on return."""
    data = {**to_plain(book), "format": form}
    place.files.write(path, (json.dumps(data, indent=1, sort_keys=True) + "\n").encode())
