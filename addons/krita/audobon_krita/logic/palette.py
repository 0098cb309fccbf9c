# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours as a file that Krita and others know as a palette."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.session import Session
    from audobon.session.doing import Report

__all__ = ["gpl", "keep"]


def gpl(name: str, colors: Sequence[tuple[str, float]]) -> str:
    """The text of a GIMP palette: ``#rrggbb`` with their shares, in this order."""
    title = " ".join(name.split()) or "palette"
    lines = ["GIMP Palette", f"Name: {title}", f"Columns: {min(8, max(1, len(colors)))}", "#"]
    for color, share in colors:
        red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
        lines.append(f"{red:3} {green:3} {blue:3}\t{color} {share:.0%}")
    return "\n".join(lines) + "\n"


def keep(session: Session, colors: Sequence[tuple[str, float]], path: Path) -> None:
    """Write a palette into the folder of ``path``, in which Krita looks when it starts."""

    def work(_library: Library, _report: Report) -> str:
        from audobon.panel.saving import file_name, free_path
        from audobon.system.files import translate_os_error

        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            target = free_path(path.parent, file_name(path.stem), path.suffix)
            target.write_text(gpl(target.stem, colors), "utf-8")
        except OSError as error:
            raise translate_os_error(error, path) from error
        return f"Palette {target.stem} is kept; Krita lists it when it is started again"

    session.do("Keeping the palette", work)
