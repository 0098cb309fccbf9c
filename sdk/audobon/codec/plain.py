"""Models as plain JSON data, for the command line, manifests and messages between processes.

One cattrs converter for every frozen model: times become ISO 8601 in UTC with
microseconds, tuples become lists, mappings become objects, bytes become hex,
errors become ``{code, id, message, hint, subject}``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeVar

from audobon.errors import AudobonError
from audobon.model.asset import AttributeValue

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["dumps", "error_data", "from_plain", "parse_time", "time_text", "to_plain"]

T = TypeVar("T")


def time_text(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds and a ``Z``; sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """Inverse of :func:`time_text`."""
    return datetime.fromisoformat(text)


def error_data(error: BaseException) -> dict[str, object]:
    """An error as data; foreign exceptions get the base code 1."""
    if isinstance(error, AudobonError):
        return {
            "code": error.code,
            "id": error.slug,
            "message": error.message,
            "hint": error.hint,
            "subject": error.subject,
        }
    return {"code": 1, "id": "error", "message": str(error), "hint": "", "subject": ""}


def _attribute(value: object, _: object) -> AttributeValue:
    if isinstance(value, list | tuple):
        return tuple(str(item) for item in value)
    if isinstance(value, str | bool | int | float):
        return value
    raise ValueError(f"{value!r} is not an attribute value")


@cache
def _converter() -> Converter:
    # Imported late: to open a library and to search need no converter.
    from cattrs import Converter

    converter = Converter()
    converter.register_unstructure_hook(datetime, time_text)
    converter.register_structure_hook(datetime, lambda text, _: parse_time(text))
    converter.register_unstructure_hook(bytes, bytes.hex)
    converter.register_unstructure_hook(AttributeValue, _leaf)
    converter.register_structure_hook(AttributeValue, _attribute)
    converter.register_unstructure_hook_func(_is(PurePath), str)
    converter.register_unstructure_hook_func(_is(BaseException), error_data)
    converter.register_unstructure_hook_func(_is(tuple), lambda v: [to_plain(i) for i in v])
    converter.register_unstructure_hook_func(
        _is(Mapping), lambda v: {str(name): to_plain(item) for name, item in v.items()}
    )
    return converter


def _is(base: type) -> Any:
    return lambda cls: isinstance(cls, type) and issubclass(cls, base)


def _leaf(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def to_plain(value: Any) -> Any:
    """``value`` as JSON data, fields in the order of the model."""
    return _converter().unstructure(value)


def from_plain(data: Any, cls: type[T]) -> T:
    """A model from JSON data; unknown fields are ignored.

    Raises ValueError that names every wrong field with its path.
    """
    from cattrs import BaseValidationError, transform_error

    try:
        return _converter().structure(data, cls)
    except BaseValidationError as error:
        raise ValueError("; ".join(transform_error(error))) from error
    except (TypeError, AttributeError, KeyError) as error:
        raise ValueError(str(error)) from error


def dumps(value: Any, *, indent: int | None = None) -> str:
    """JSON text of :func:`to_plain`; non-ASCII stays readable.

    Paths that are not UTF-8 make the whole text ASCII with escapes, as JSON
    has no other way to say them.
    """
    plain = to_plain(value)
    text = json.dumps(plain, ensure_ascii=False, indent=indent)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(plain, indent=indent)
    return text
