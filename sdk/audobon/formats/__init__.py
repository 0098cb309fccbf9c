"""What a file says of itself: kind, size, facts, embedded picture, references.

Everything here reads headers only, in the calling process, with the standard
library (and zstandard for compressed .blend files): it decodes no pixels. It
never follows a size from a header without comparing it with the file, so a
damaged or hostile file costs bounded memory and time. Errors are BadFile,
LimitExceeded, MissingExtra and the OSError of the system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.system.late import late

if TYPE_CHECKING:
    from audobon.formats.embedded import Embedded
    from audobon.formats.examine import embedded_preview, probe, probe_linked, references
    from audobon.formats.table import LINKING, kind_of

__all__ = [
    "LINKING",
    "Embedded",
    "embedded_preview",
    "kind_of",
    "probe",
    "probe_linked",
    "references",
]

_HOMES = {
    "embedded": "Embedded",
    "examine": "embedded_preview probe probe_linked references",
    "table": "LINKING kind_of",
}

if not TYPE_CHECKING:
    __getattr__ = late(__name__, _HOMES)
