"""Orders for ``remotemember.py``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

__all__ = ["Member"]


class Member:
    """The warm process whose children are killed. It has a home of its own.

    ``bucket`` is the address of a server of Cloud Storage, where it is to use one.
    """

    def __init__(self, home: Path, bucket: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [
                sys.executable,
                str(Path(__file__).with_name("remotemember.py")),
                *(["buckets"] if bucket else []),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={
                **os.environ,
                **({"STORAGE_EMULATOR_HOST": bucket} if bucket else {}),
                "HOME": str(home),
                "XDG_DATA_HOME": str(home / "data"),
            },
            text=True,
        )

    def send(self, **order: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def code(self) -> int:
        assert self._process.stdout is not None
        answer = json.loads(self._process.stdout.readline())
        return int(answer["code"])

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
