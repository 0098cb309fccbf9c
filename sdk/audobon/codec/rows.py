"""Rows of an export as lines of JSON: the bytes that leave for a folder or for BigQuery."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["line"]


def line(row: Mapping[str, Any]) -> bytes:
    """A row as one line of JSON in UTF-8, with its end."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
