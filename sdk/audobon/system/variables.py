"""Variables of this process's environment that native libraries read when they are loaded."""

from __future__ import annotations

import os

__all__ = ["set_variable"]


def set_variable(name: str, value: str) -> None:
    """Set a variable for this process and those that it starts."""
    os.environ[name] = value
