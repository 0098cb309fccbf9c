"""Semantic versions, and ranges of them such as ``>=1.2,<2``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from audobon.errors import Invalid

__all__ = ["fits", "version_key"]

_VERSION = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?")
_BOUND = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+){0,2})\s*")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, "==": operator.eq,
    "!=": operator.ne, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


def version_key(version: str) -> tuple[int, int, int]:
    """A version as numbers that sort; what follows the third number does not count. Invalid."""
    match = _VERSION.match(version)
    if match is None:
        raise Invalid(f"{version!r} is not a version; write 1.2.3", subject=version)
    major, minor, patch = (int(part or 0) for part in match.groups())
    return major, minor, patch


def fits(version: str, versions: str) -> bool:
    """Whether a version is within a range; an empty range holds all. Invalid."""
    for bound in filter(None, versions.split(",")):
        match = _BOUND.fullmatch(bound)
        if match is None:
            raise Invalid(
                f"{versions!r} is not a range of versions; write >=1.2,<2", subject=versions
            )
        if not _COMPARE[match[1]](version_key(version), version_key(match[2])):
            return False
    return True
