"""A lesson as a program of its own: ``python -m audobon.learning.staged --task FILE --to FOLDER``.

What is staged to another machine is this package, numpy and attrs, nothing else of ours. The
task is a file, and what is made of it are files: ``progress.json`` while it learns,
``result.json``, and ``receipt.json`` last, with the digests of both sides. Where the lesson is
refused the receipt holds the error, and the exit status is its code.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["FORMAT", "PROGRESS", "RECEIPT", "RESULT", "learn_here", "main"]

FORMAT = 1
"""Of the task and of the receipt; a program that does not know it refuses the task."""
PROGRESS, RESULT, RECEIPT = "progress.json", "result.json", "receipt.json"
_log = logging.getLogger("audobon.learning")


def learn_here(task: bytes, folder: Path) -> int:
    """Learn what ``task`` (JSON: ``format``, ``run``, ``lesson``) says; the exit status."""
    from audobon.errors import AudobonError, Invalid

    begun = time.monotonic()
    receipt: dict[str, Any] = {"format": FORMAT, "task": hashlib.sha256(task).hexdigest()}
    receipt |= {"python": platform.python_version()}
    try:
        said = _read(task)
        receipt["run"] = said["run"]
        import numpy

        from audobon.learning.plain import taught

        receipt["numpy"] = numpy.__version__

        def report(done: float, found: Mapping[str, Any]) -> None:
            _log.info("%3d %% %s", round(done * 100), json.dumps(dict(found)) if found else "")
            _write(folder / PROGRESS, json.dumps({"done": done, **found}).encode())

        made = json.dumps(taught(said["lesson"], report, lambda: None)).encode()
        _write(folder / RESULT, made)
        receipt |= {"result": hashlib.sha256(made).hexdigest(), "size": len(made)}
        status = 0
    except (KeyError, TypeError, ValueError) as error:
        status = _refused(receipt, Invalid(f"the task cannot be read: {error!r}"))
    except AudobonError as error:
        status = _refused(receipt, error)
    receipt["seconds"] = round(time.monotonic() - begun, 2)
    _write(folder / RECEIPT, json.dumps(receipt).encode())
    return status


def _read(task: bytes) -> dict[str, Any]:
    from audobon.errors import NewerFormat

    said: dict[str, Any] = json.loads(task)
    if said["format"] != FORMAT:
        raise NewerFormat(f"the task has the format {said['format']}, this program knows {FORMAT}")
    return said


def _refused(receipt: dict[str, Any], error: Any) -> int:
    _log.error("%s", error)
    receipt["error"] = {"code": error.code, "message": error.message, "hint": error.hint}
    code: int = error.code
    return code


def _write(path: Path, data: bytes) -> None:
    # A bucket that is mounted as a folder has a file when it is closed, and no rename in one step.
    with open(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(data)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0, the code of the error, or 2 for other arguments."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[::2] != ["--task", "--to"] or len(given) != 4:
        _log.error("--task FILE --to FOLDER is needed")
        return 2
    return learn_here(Path(given[1]).read_bytes(), Path(given[3]))


if __name__ == "__main__":
    sys.exit(main())
