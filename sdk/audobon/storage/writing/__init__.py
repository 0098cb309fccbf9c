"""What is written in pictures, as ``ocr`` has read it, by content: derived, and read again."""

from __future__ import annotations

from audobon.storage.writing.store import WritingStore

__all__ = ["WritingStore"]
