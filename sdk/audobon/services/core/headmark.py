"""Whether there is a newer version, asked without git: cheap, and holding up no other thread.

libgit2 keeps Python's lock while it reads. A host that asks each half second
would stand still with the first network share that stops answering.
"""

from __future__ import annotations

from pathlib import Path

from audobon.services.core.stores import Stores

__all__ = ["head_mark"]


def head_mark(stores: Stores) -> str:
    """See ``Library.head_mark``."""
    folder = stores.place.history
    head = _line(folder / "HEAD")
    kind, _, name = head.partition(": ")
    if kind != "ref":
        return head
    # A reference that is gone from its place lies among the packed ones.
    return f"{head} {_line(folder / name) or _line(folder / 'packed-refs', whole=True)}"


def _line(path: Path, *, whole: bool = False) -> str:
    try:
        text = path.read_text("utf-8", "replace")
    except OSError:
        return ""
    return text if whole else text.partition("\n")[0]
