"""What a file says of itself: kind, size, facts, embedded picture, references.

Everything here reads headers only, in the calling process, with the standard
library (and zstandard for compressed .blend files): it decodes no pixels. It
never follows a size from a header without comparing it with the file, so a
damaged or hostile file costs bounded memory and time. Errors are BadFile,
LimitExceeded, MissingExtra and the OSError of the system.
"""

from __future__ import annotations

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
