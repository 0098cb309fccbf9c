"""A failure as a person reads it."""

from __future__ import annotations

import platform
import traceback

from attrs import frozen

from audobon.errors import AudobonError, Unavailable

__all__ = ["Problem", "problem_of"]


@frozen(slots=True)
class Problem:
    """A failure as a person reads it.

    ``code`` is that of ``audobon.errors``; ``details`` is what a report of the
    failure should hold: versions and the place in the code.
    """

    message: str
    hint: str = ""
    code: int = AudobonError.code
    details: str = ""


_AGAIN = "install Audobon once more; everything that does not need this part works meanwhile"


def problem_of(error: Exception) -> Problem:
    """The problem that an exception is; one that nobody foresaw is named by its type."""
    from audobon import __version__

    trace = "".join(traceback.format_exception(error)).strip()
    # Not platform.platform(): it starts a program, for which a host's own thread would wait.
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    where = f"Audobon {__version__}, Python {platform.python_version()}, {system}"
    details = f"{where}\n{trace}"
    if isinstance(error, AudobonError):
        return Problem(error.message, error.hint, error.code, details)
    if isinstance(error, ImportError):
        text = f"a part of Audobon cannot be loaded: {error}"
        return Problem(text, _AGAIN, Unavailable.code, details)
    return Problem(f"{type(error).__name__}: {error}", details=details)
