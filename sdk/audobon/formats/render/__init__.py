"""Small pictures of files: decoded, colour-correct, bounded.

:func:`render` reads a stranger's bytes with decoders written in C, so it runs
in a worker process with limits; it keeps its own limits too. The package
imports nothing heavy until a picture is asked for. ``docs/previews.md`` says
what each family shows; ``docs/decisions/0003-decoders.md`` why these decoders.
"""

from __future__ import annotations

from audobon.formats.render.picture import render
from audobon.formats.render.rendered import Rendered

__all__ = ["Rendered", "render"]
