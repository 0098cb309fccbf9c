"""What the styles of the pipeline ``style`` look like: one sheet of little pictures, for hosts."""

from __future__ import annotations

from pathlib import Path

__all__ = ["COLUMNS", "COUNT", "EDGE", "FILE", "place"]

COUNT = 26
COLUMNS = 7
EDGE = 48
"""Pixels a side of each picture."""
FILE = Path(__file__).with_name("styles.png")
"""The sheet, which ``tools/styles.py`` makes: the same cup painted in each style, row by row."""


def place(number: int) -> tuple[int, int, int, int]:
    """Where in the sheet the picture of a style lies: left, top, width and height."""
    if not 0 <= number < COUNT:
        raise ValueError(f"there is no style {number}; they are 0 to {COUNT - 1}")
    return number % COLUMNS * EDGE, number // COLUMNS * EDGE, EDGE, EDGE
