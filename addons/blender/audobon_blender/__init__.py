# SPDX-License-Identifier: GPL-3.0-or-later
"""Audobon in Blender: a library of assets with real history, in the sidebar of the 3D view.

Blender calls :func:`register` and :func:`unregister`; nothing happens at
import. ``logic`` knows no host, ``host`` is the only part that imports bpy,
``ui`` draws and takes clicks.
"""

import sys

bl_info = {  # read by Blender before 4.2, without running this file
    "name": "Audobon",
    "author": "The Audobon authors",
    "version": (0, 1, 0),
    "blender": (3, 4, 0),
    "location": "3D view > Sidebar > Audobon",
    "description": "A local-first library of assets with search, previews and real history",
    "doc_url": "",
    "category": "Asset Management",
}

_OLDEST = (3, 11)


def register() -> None:
    """Add the panels; a library is opened later, on a thread."""
    if sys.version_info < _OLDEST:
        have = ".".join(str(part) for part in sys.version_info[:2])
        raise RuntimeError(
            "Audobon needs a Blender with Python 3.11 or newer (Blender 4.1 or newer), "
            f"and this one has Python {have}"
        )
    from .ui import registering

    registering.register(__package__)


def unregister() -> None:
    """Take everything back that :func:`register` added, and end all threads."""
    if sys.version_info >= _OLDEST:
        from .ui import registering

        registering.unregister()
