"""A table of figures."""

from __future__ import annotations

from attrs import frozen

__all__ = ["Table"]


@frozen
class Table:
    """Figures as text, and what a reader has to know of them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
