"""Orders for ``remotemember.py``."""

from __future__ import annotations

import os
from pathlib import Path

from warmprocess import WarmProcess

__all__ = ["Member"]


class Member(WarmProcess):
    """The warm process whose children are killed. It has a home of its own.

    ``bucket`` is the address of a server of Cloud Storage, where it is to use one.
    """

    def __init__(self, home: Path, bucket: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        super().__init__(
            *("remotemember.py", *(["buckets"] if bucket else [])),
            env={
                **os.environ,
                **({"STORAGE_EMULATOR_HOST": bucket} if bucket else {}),
                "HOME": str(home),
                "XDG_DATA_HOME": str(home / "data"),
            },
        )

    def code(self) -> int:
        return int(self.answer()["code"])
