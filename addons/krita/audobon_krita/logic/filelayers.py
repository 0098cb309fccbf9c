# SPDX-License-Identifier: GPL-3.0-or-later
"""File layers of a painting that lies elsewhere than it was saved: they name files from its folder.

Krita asks in a box for each that it does not find while it opens a painting, so
what they name is changed before.
"""

from __future__ import annotations

import html
import os
import re
import zipfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

__all__ = ["name_from"]

_MAIN = "maindoc.xml"
_LAYER = re.compile(r"<layer\b[^>]*>")
_SOURCE = re.compile(r'(?<=\ssource=)"([^"]*)"')


def name_from(path: str, home: str) -> None:
    """Have the file layers of the painting at ``path`` name what they named from ``home``.

    A file that is no painting, or names nothing, stays as it is; so does what is not there.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            before = packed.read(_MAIN).decode("utf-8")
            after = _LAYER.sub(lambda tag: _moved(tag[0], str(Path(path).parent), home), before)
            if after != before:
                _write(packed, path, after)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return  # Krita will say what is wrong with it


def _moved(tag: str, aside: str, home: str) -> str:
    if 'nodetype="filelayer"' not in tag:
        return tag

    def there(found: re.Match[str]) -> str:
        target = os.path.normpath(os.path.join(home, html.unescape(found[1])))
        if not os.path.exists(target):
            return found[0]
        return quoteattr(Path(os.path.relpath(target, aside)).as_posix(), {'"': "&quot;"})

    return _SOURCE.sub(there, tag)


def _write(packed: zipfile.ZipFile, path: str, main: str) -> None:
    part = f"{path}.part"
    with zipfile.ZipFile(part, "w") as written:
        for info in packed.infolist():
            data = main.encode("utf-8") if info.filename == _MAIN else packed.read(info)
            written.writestr(info, data)
    os.replace(part, path)
