"""Several things closed, whatever becomes of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable

__all__ = ["close_all"]


def close_all(calls: Iterable[Callable[[], object]]) -> None:
    """Call each in its turn, also after one that raises; the first error is raised at the end.

    Later errors are notes of the first: it is usually what the others come from.
    """
    first: BaseException | None = None
    for call in calls:
        try:
            call()
        except BaseException as error:  # noqa: BLE001  # also Ctrl+C leaves nothing open
            if first is None:
                first = error
            else:
                first.add_note(f"then, closing the rest: {type(error).__name__}: {error}")
    if first is not None:
        raise first
