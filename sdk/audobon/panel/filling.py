"""What lies in a folder becomes assets of the session's library."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.session import Session
    from audobon.session.doing import Report

__all__ = ["add_files"]


def add_files(session: Session, path: str) -> None:
    """Index a folder or a file in the background; nothing of it is changed."""

    def work(library: Library, report: Report) -> str:
        done = library.add(
            path, list_unchanged=False, progress=report.progress, cancel=report.cancelled
        )
        library.start_worker()
        parts = [f"{len(done.added):,} added"]
        parts += [f"{len(done.updated):,} updated"] if done.updated else []
        parts += [f"{len(done.missing):,} missing"] if done.missing else []
        parts += [f"{len(done.failed):,} could not be read"] if done.failed else []
        return ", ".join(parts)

    session.do("Looking for files", work)
