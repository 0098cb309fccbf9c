"""JSON files that go from one library to another: read with nothing in them believed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audobon.errors import BadFile, NewerFormat
from audobon.system.files import translate_os_error

__all__ = ["read_exchange"]


def read_exchange(
    source: Path, form: str, version: int, *, largest: int, bad: Callable[[str], BadFile]
) -> dict[str, Any]:
    """The object in a file that says it has the format ``form``, in a ``version`` up to this one.

    ``bad`` words what is wrong with a file of more than ``largest`` bytes, or that is no such
    file. BadFile, NewerFormat, NotFound.
    """
    try:
        if source.stat().st_size > largest:
            raise bad("it is too large")
        raw = source.read_bytes()
    except OSError as error:
        raise translate_os_error(error, source) from error
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise bad(f"it is no JSON: {error}") from error
    if not isinstance(data, dict) or data.get("format") != form:
        raise bad(f'it does not begin with "format": "{form}"')
    said = data.get("version")
    if not isinstance(said, int) or isinstance(said, bool) or said < 1:
        raise bad(f"its version is {said!r}")
    if said > version:
        raise NewerFormat(
            f"{source} has version {said}; this program reads up to {version}",
            subject=str(source),
            hint="update Audobon",
        )
    return data
