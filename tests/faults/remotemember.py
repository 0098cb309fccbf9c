"""A process of its own that pushes, pulls, clones and keeps, and is killed at a call out of Python.

Orders come as lines of JSON. Each is done in a fork, so that Audobon is imported once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import audobon
from audobon.errors import Conflict


def killed_at(number: int) -> None:
    """End this process, as by ``kill -9``, at its so-and-so-many-th call."""
    left = number

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal left
        if event in ("call", "c_call"):
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    threading.setprofile(count)
    sys.setprofile(count)


def push(library: str, **_: Any) -> None:
    with audobon.Library.open(library) as opened:
        opened.push("nas")


def pull(library: str, **_: Any) -> None:
    with audobon.Library.open(library) as opened:
        opened.pull("origin")


def clone(library: str, url: str, **_: Any) -> None:
    audobon.Library.clone(url, library, lazy=False).close()


def snapshot(library: str, url: str, **_: Any) -> None:
    with audobon.Library.open(library) as opened:
        opened.snapshot(url)


def work(library: str, url: str, name: str, rounds: int, **_: Any) -> None:
    """Clone, then a file and a version each round, pushed as soon as the others let it."""
    with audobon.Library.clone(url, library, lazy=False, author=name) as opened:
        for number in range(rounds):
            path = Path(library, f"{name}-{number}.txt")
            path.write_text(f"{name} {number} " * 3000)
            opened.add([path])
            opened.commit(f"{name} {number}")
            for _attempt in range(200):
                try:
                    opened.push("origin")
                    break
                except Conflict:
                    opened.pull("origin")
            else:
                raise AssertionError(f"{name} never came to push")


def main() -> None:
    if sys.argv[1:] == ["buckets"]:
        # So that children are killed at what they do, and not while they import the client.
        import google.cloud.storage  # noqa: F401
    calls = {"push": push, "pull": pull, "clone": clone, "snapshot": snapshot, "work": work}
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                if order.get("at"):
                    killed_at(order["at"])
                calls[order["call"]](**order)
                status = 0
            finally:
                sys.setprofile(None)
                os._exit(status)
        _, waited = os.waitpid(pid, 0)
        code = -os.WTERMSIG(waited) if os.WIFSIGNALED(waited) else os.WEXITSTATUS(waited)
        print(json.dumps({"code": code}), flush=True)


if __name__ == "__main__":
    main()
