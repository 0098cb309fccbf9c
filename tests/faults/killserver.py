"""Does one thing to a library in a child that is killed in the middle, again and again.

Started once (``python killserver.py``) and warm from then on: each line of
JSON on standard input forks one child, and the answer is one line of JSON.

    {"call": name, "folder": ..., "arguments": {...}, "step": k}     killed at its k-th system step
    {"call": name, "folder": ..., "arguments": {...}, "delay": s}    killed s seconds after it began
    {"call": name, "folder": ..., "arguments": {...}}                runs to its end

A system step is a call out of Python into the operating system or a store's
library. The answer holds ``said`` (what the child reported as done, in order),
``steps`` and ``seconds`` of a child that reached its end, and ``killed``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import audobon
from audobon.services.files import ingest  # noqa: F401
from audobon.services.health import doctor  # noqa: F401
from audobon.services.merge import merging  # noqa: F401
from audobon.services.versioning import branching, compare, contents, restore, undoing, versions  # noqa: F401
from audobon.storage import chunks, history, index  # noqa: F401
from audobon.storage.chunks import reader, writer  # noqa: F401
from audobon.storage.index import engine  # noqa: F401
from audobon.work.interpreter import find_interpreter

_STEPS = ("posix", "_io", "apsw", "pygit2", "_pygit2", "tantivy", "fcntl", "_posixsubprocess")

Say = Callable[[object], None]


def add(folder: str, say: Say, *, paths: list[str], **_: Any) -> None:
    with audobon.Library.open(folder) as lib:
        report = lib.add(paths)
        say({"added": [asset.path for asset in report.added]})


def edit(folder: str, say: Say, *, assets: list[str], tags: list[str], **_: Any) -> None:
    with audobon.Library.open(folder) as lib:
        for number, tag in enumerate(tags):
            lib.edit(assets, add_tags=[tag], rating=number % 6)
            say({"tag": tag})
            if number % 5 == 4:
                lib.undo()
                say({"undone": tag})


def commit(folder: str, say: Say, *, message: str, **_: Any) -> None:
    with audobon.Library.open(folder) as lib:
        say({"version": lib.commit(message).id})


def put_back(folder: str, say: Say, *, files: list[list[str]], **_: Any) -> None:
    with audobon.Library.open(folder) as lib:
        for ref, revision in files:
            done = lib.restore(ref, revision)
            say({"restored": ref, "rescued": done.rescued})


def reopen(folder: str, say: Say, **_: Any) -> None:
    with audobon.Library.open(folder) as lib:
        say({"assets": len(lib.assets(limit=10_000))})


def merge(folder: str, say: Say, **_: Any) -> None:
    with audobon.Library.open(folder) as lib:
        say({"merged": lib.merge("ask").merged})


def resolve(folder: str, say: Say, **_: Any) -> None:
    with audobon.Library.open(folder) as lib:
        say({"merged": lib.resolve(lib.conflicts(), "both").merged})


def undo(folder: str, say: Say, **_: Any) -> None:
    with audobon.Library.open(folder) as lib:
        lib.undo()
        say({"undone": True})


def switch(folder: str, say: Say, **_: Any) -> None:
    with audobon.Library.open(folder) as lib:
        say({"switched": lib.switch("side").name})


CALLS = {"open": reopen, "add": add, "edit": edit, "commit": commit, "restore": put_back}


def forced(folder: str, say: Say, **_: Any) -> None:
    with audobon.Library.open(folder) as lib:
        say({"merged": lib.merge("ask", force=True).merged})


CALLS |= {"merge": merge, "forced": forced, "resolve": resolve, "undo": undo, "switch": switch}


class _Steps:
    """Counts system steps of all threads and ends the process at the wanted one."""

    def __init__(self, wanted: int | None) -> None:
        self.count = 0
        self._wanted = wanted

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        del frame
        if event not in ("c_call", "c_return"):
            return
        module = getattr(argument, "__module__", None)
        owner = type(getattr(argument, "__self__", None)).__module__
        if module in _STEPS or owner.partition(".")[0] in _STEPS:
            self.count += 1
            if self.count == self._wanted:
                os.kill(os.getpid(), signal.SIGKILL)

    def start(self) -> None:
        threading.setprofile(self)
        sys.setprofile(self)


def _child(order: dict[str, Any], pipe: int) -> None:
    steps = _Steps(order.get("step"))

    def say(what: object) -> None:
        os.write(pipe, json.dumps(what).encode() + b"\n")

    say("begun")
    begun = time.monotonic()
    if "delay" not in order:
        steps.start()
    CALLS[order["call"]](order["folder"], say, **order["arguments"])
    sys.setprofile(None)
    say({"steps": steps.count, "seconds": time.monotonic() - begun})


def _run(order: dict[str, Any]) -> dict[str, Any]:
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(out)
            _child(order, into)
            status = 0
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test must see it
            os.write(into, json.dumps({"error": repr(error)}).encode() + b"\n")
        finally:
            os._exit(status)
    os.close(into)
    with os.fdopen(out, "rb") as stream:
        said = [stream.readline()]
        if "delay" in order:
            time.sleep(order["delay"])
            os.kill(child, signal.SIGKILL)
        said += stream.readlines()
    _, status = os.waitpid(child, 0)
    told = [json.loads(line) for line in said if line.endswith(b"\n")][1:]
    answer: dict[str, Any] = {"said": told, "killed": os.WIFSIGNALED(status)}
    if told and isinstance(told[-1], dict) and "steps" in told[-1]:
        answer |= told.pop()
    return answer


def main() -> None:
    find_interpreter(None)
    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
