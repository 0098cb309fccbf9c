# SPDX-License-Identifier: GPL-3.0-or-later
"""Audobon in Krita: a library of assets with real history, in a docker beside the canvas.

Krita imports this when it starts. ``logic`` knows neither Krita nor Qt,
``host`` is the only part that imports them, ``ui`` has the widgets.
"""

import sys
from importlib import util

_OLDEST = (3, 11)


def _begin() -> str:
    """Add the docker and the actions; what is wrong, else nothing."""
    if sys.version_info < _OLDEST:
        have = ".".join(str(part) for part in sys.version_info[:2])
        text = f"Audobon needs a Krita with Python 3.11 or newer, and this one has Python {have}"
        print(text, file=sys.stderr)  # noqa: T201  # Krita shows what a plugin prints, and no more
        return text
    from .ui import registering

    registering.register()
    return ""


# Krita has no call for plugins: importing one is how it begins. Elsewhere nothing happens.
trouble = _begin() if util.find_spec("krita") is not None else ""
