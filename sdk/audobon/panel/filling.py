"""What lies in a folder becomes assets of the session's library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.session import Session
    from audobon.session.doing import Report

__all__ = ["add_files"]

_NAMED = 3
# Files that could not be read are told by name, but not hundreds of them.


def add_files(session: Session, paths: str | Sequence[str]) -> None:
    """Index folders and files in the background; nothing of them is changed.

    What cannot be read is told, and the others are added.
    """

    from audobon.codec.words import kept_unread
    from audobon.session.unread import Partly

    def work(library: Library, report: Report) -> str:
        done = library.add(
            paths, list_unchanged=False, progress=report.progress, cancel=report.cancelled
        )
        library.start_worker()
        parts = [f"{len(done.added):,} added"]
        # Also what a watch of the folder was faster with: so the sum is what the user sees there.
        known = done.unchanged_count
        parts += [f"{known:,} already there"] if known else []
        parts += [f"{len(done.updated):,} updated"] if done.updated else []
        parts += [f"{len(done.missing):,} missing"] if done.missing else []
        parts += [_failed(done.failed)] if done.failed else []
        text = ", ".join(parts)
        if done.unread:
            text += f"; {kept_unread([path for path, _ in done.unread])}"
        return Partly(text) if done.failed else text

    session.do("Looking for files", work)


def _failed(failed: Sequence[tuple[str, Exception]]) -> str:
    """How many files could not be read, and of the first ones which and why."""
    text = f"{len(failed):,} could not be read: "
    text += "; ".join(str(error) for _, error in failed[:_NAMED])
    return text + (" ..." if len(failed) > _NAMED else "")
