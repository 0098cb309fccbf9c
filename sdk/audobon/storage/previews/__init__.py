"""Encoded pictures under the digest of the file they show: derived, made again when they are gone.

==========  ==================================================================
``store``   the pictures in one SQLite file, which mends itself
``whole``   whether the bytes of a picture are all there
==========  ==================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.system.late import late

if TYPE_CHECKING:
    from audobon.storage.previews.store import BUDGET, Picture, PreviewStore
    from audobon.storage.previews.whole import is_whole

__all__ = ["BUDGET", "Picture", "PreviewStore", "is_whole"]

_HOMES = {
    "store": "BUDGET Picture PreviewStore",
    "whole": "is_whole",
}

if not TYPE_CHECKING:
    __getattr__ = late(__name__, _HOMES)
