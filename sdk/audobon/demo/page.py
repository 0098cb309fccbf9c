"""One HTML file with pictures inside it: no script, nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from attrs import define, field

from audobon.pages.look import document, lines, picture, safe, table

__all__ = ["Card", "Page"]

_STYLE = """
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 14px;
  margin: 0 0 24px; align-items: start; }
.wide { grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); }
.grid .frame { aspect-ratio: 1; }
.grid .frame img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; }
"""


@define
class Card:
    """A picture with its caption. ``data`` of None shows ``instead``."""

    title: str
    lines: Sequence[str] = ()
    data: bytes | None = None
    instead: str = ""

    def html(self) -> str:
        if self.data is None:
            inside = f"<em>{safe(self.instead)}</em>"
        else:
            inside = picture(self.data, self.title)
        small = "".join(f"<small>{safe(line)}</small>" for line in self.lines if line)
        return (
            f'<figure><div class="frame">{inside}</div>'
            f"<figcaption><b>{_broken(self.title)}</b>{small}</figcaption></figure>"
        )


def _broken(name: str) -> str:
    """A name that is broken between its parts where it is too long for a line."""
    return re.sub(r"([_-])|(?=\.\w+$)", r"\1<wbr>", safe(name))


@define
class Page:
    """Steps in order; each has a heading, a sentence, what was called, and what came of it."""

    title: str
    lead: str
    _parts: list[str] = field(factory=list)
    _styles: list[str] = field(factory=list)
    _steps: int = 0

    def aside(self, heading: str, text: str) -> None:
        """A part without a number: it is about the page, not a step."""
        self._parts.append(f"<h2>{safe(heading)}</h2><p>{safe(text)}</p>")

    def step(self, heading: str, text: str, code: str = "") -> None:
        self._steps += 1
        self._parts.append(f"<h2><span>{self._steps}</span>{safe(heading)}</h2>")
        self._parts.append(f"<p>{safe(text)}</p>")
        if code:
            self._parts.append(f"<pre>{lines(code)}</pre>")

    def part(self, html: str, style: str = "") -> None:
        """A part of another page, as it is there, with the style that it needs."""
        self._parts.append(html)
        self._styles.append(style)

    def cards(self, cards: Sequence[Card], *, wide: bool = False) -> None:
        inside = "".join(card.html() for card in cards)
        self._parts.append(f'<div class="grid{" wide" if wide else ""}">{inside}</div>')

    def output(self, text: str) -> None:
        self._parts.append(f"<pre>{lines(text)}</pre>")

    def verdict(self, text: str, *, good: bool) -> None:
        self._parts.append(f'<p class="{"good" if good else "bad"}">{safe(text)}</p>')

    def table(self, rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> None:
        """Rows under their heading; without a heading the first cell of a row names it."""
        self._parts.append(table(rows, head))

    def write(self, path: Path) -> None:
        """Write the page; it can be moved or mailed as it is."""
        path.parent.mkdir(parents=True, exist_ok=True)
        body = f"<h1>{safe(self.title)}</h1><p>{safe(self.lead)}</p>" + "\n".join(self._parts)
        path.write_text(document(self.title, body, style=_STYLE + "".join(self._styles)), "utf-8")
