"""Text that was read in pictures: kept by content, so that words and meanings find it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from audobon.services.core.stores import Stores

__all__ = ["WRITTEN", "keep_writing", "written"]

WRITTEN = "ocr"
"""The pipeline that reads what is written in pictures."""


def written(lines: Iterable[Mapping[str, Any]]) -> str:
    """The lines that the pipeline has read, in their order."""
    return "\n".join(str(line["text"]) for line in lines)


def keep_writing(stores: Stores, texts: Mapping[str, str]) -> None:
    """Keep texts by the sha256 of the file, in hex; the next search finds their words."""
    new = stores.writing.put(texts)
    if new:
        stores.catalog.feed_again(new)
