"""Files that are made for looking: versions written aside, and pages of differences.

They lie in the user's cache, out of every library, and go again: those of a
library together, and whatever a killed program has left after a day. Those of an ``encrypted``
library lie where no copy in clear stays (``system.scratch``), and go with this process.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import uuid
from pathlib import Path

from audobon.system.folders import cache_folder, make_own
from audobon.system.scratch import private_folder

__all__ = ["aside_folder", "clear_aside", "lent_path", "page_path"]

_OLD_S = 24 * 3600.0
_PAGES = 20
# Pages of differences that are kept: a browser may still show them.
_RUN = uuid.uuid4().hex[:8]


def _base(encrypted: bool) -> Path:
    return private_folder() if encrypted else cache_folder()


def _versions(encrypted: bool) -> Path:
    return _base(encrypted) / "versions"


def aside_folder(ident: str, *, encrypted: bool = False) -> Path:
    """Where this process writes versions of a library aside. OSError."""
    return _versions(encrypted) / f"{ident[:12]}-{os.getpid()}-{_RUN}"


def clear_aside(ident: str, *, encrypted: bool = False) -> None:
    """Remove what this process has written aside of a library, and what is older than a day."""
    with contextlib.suppress(OSError):
        shutil.rmtree(aside_folder(ident, encrypted=encrypted), ignore_errors=True)
    _clear_old()


def lent_path(ident: str, name: str, *, encrypted: bool = False) -> Path:
    """Where a version goes for a moment: a folder of its own, which its reader removes. OSError."""
    _clear_old()
    folder = _versions(encrypted) / f"{ident[:12]}-{os.getpid()}-{uuid.uuid4().hex[:12]}"
    return folder / name


def _clear_old() -> None:
    with contextlib.suppress(OSError):
        for folder in _versions(False).iterdir():
            with contextlib.suppress(OSError):
                if time.time() - folder.stat().st_mtime > _OLD_S:
                    shutil.rmtree(folder, ignore_errors=True)


def page_path(ident: str, a: str, b: str, *, encrypted: bool = False) -> Path:
    """Where the page of a difference goes; the oldest pages are removed. OSError."""
    folder = _base(encrypted) / "pages"
    make_own(folder)
    pages = sorted(folder.glob("*.html"), key=lambda path: path.name)
    with contextlib.suppress(OSError):
        pages.sort(key=lambda path: path.stat().st_mtime)
    for old in pages[: max(0, len(pages) - _PAGES + 1)]:
        with contextlib.suppress(OSError):
            old.unlink()
    return folder / f"{ident[:12]} {a[:10]} {b[:10]}.html"
