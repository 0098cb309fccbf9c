"""What is to be done about each kind of error: the words of ``docs/errors.md``.

A test compares them with the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from audobon.errors import AudobonError

__all__ = ["ADVICE", "advice"]

ADVICE: Mapping[int, str] = MappingProxyType(
    {
        10: (
            "Read the message: it names the value and what would be allowed. Trying again without "
            "a change does not help."
        ),
        11: (
            "Mend the query at that place. Put a word that looks like syntax into quotation marks."
        ),
        12: ("Nothing is broken. The asset can still be tagged, searched, committed and restored."),
        20: (
            "Check the spelling with `audobon search`, or `audobon log` for versions. If files "
            "were moved outside the library, add their new folder."
        ),
        21: (
            "Name the library with `--library PATH` or `AUDOBON_LIBRARY`, or make one with "
            "`audobon init`."
        ),
        30: (
            "Look at the newer state, then try again. For a name in two roots, give the full path."
        ),
        31: (
            "Wait until it is done, then try again. The lock of a process that died is free at "
            "once: never delete a lock file."
        ),
        40: (
            "Run `audobon doctor`, then `audobon verify` to see how much is touched. Put the "
            "named files of `.audobon/` back from a copy. What is derived is made again by "
            "itself."
        ),
        41: (
            "Open it in the program that made it. If that fails too, restore an older version "
            "with `audobon restore`. Other files are not affected."
        ),
        50: "Bring it back, or change the permissions, and try again.",
        51: (
            'Run the command in the hint, such as `pip install "audobon[images]"`. Everything '
            "else works without it. `apsw` and `apsw-sqlite3mc` are one module under two names: "
            "where both were installed, uninstall both before you install the second again."
        ),
        52: "Open it for writing, or use a library on a disk that can be written.",
        53: "Update this one. Nothing was changed.",
        54: (
            "Make room, then run the same command again. `audobon stats` shows what takes how much."
        ),
        55: (
            "Give the passphrase, or the recovery key. Without either of them nobody can open it."
        ),
        60: "Leave the file out, or save it smaller. The other files were done.",
        61: (
            "Check whether its own program opens the file. The job may be tried again; the "
            "library is not affected."
        ),
        70: "Nothing. The same command goes on from there.",
        71: "Nothing. Ask anew for what is still there.",
    }
)
"""By the code of the error."""

_OWN = "It is a mistake in Audobon itself. Report it with what 'audobon stats --errors' says of it."


def advice(code: int) -> str:
    """What is to be done about errors of this code; of one that is not known, nothing."""
    return _OWN if code == AudobonError.code else ADVICE.get(code, "")
