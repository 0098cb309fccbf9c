"""One HTML file with pictures inside it: no script, nothing from elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from attrs import define, field

__all__ = ["Card", "Page"]

_STYLE = """
:root { color-scheme: dark; --back: #17191d; --panel: #21242a; --line: #32363e; --ink: #e8e6e1;
  --soft: #9aa0aa; --mark: #e0a458; --good: #7fb77e; --bad: #d96c5f; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink);
  font: 16px/1.55 system-ui, "Segoe UI", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 48px 24px 96px; }
h1 { font-size: 40px; line-height: 1.1; margin: 0 0 8px; letter-spacing: -0.02em; }
h2 { font-size: 22px; margin: 56px 0 6px; display: flex; gap: 12px; align-items: baseline; }
h2 span { color: var(--mark); font-variant-numeric: tabular-nums; }
p { color: var(--soft); max-width: 72ch; margin: 0 0 14px; }
code, pre { font: 13.5px/1.5 ui-monospace, Consolas, monospace; }
pre { background: #101216; border: 1px solid var(--line); border-radius: 8px;
  padding: 12px 16px; overflow-x: auto; margin: 0 0 16px; white-space: pre-wrap; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 14px;
  margin: 0 0 24px; align-items: start; }
.wide { grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); }
figure { margin: 0; background: var(--panel); border: 1px solid var(--line);
  border-radius: 10px; overflow: hidden; }
.frame { aspect-ratio: 1; position: relative; display: grid; place-items: center; background:
  repeating-conic-gradient(#2a2e35 0 25%, #262a31 0 50%) 0 0 / 18px 18px; }
.frame img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; }
.frame em { color: var(--soft); font-style: normal; padding: 12px; text-align: center;
  font-size: 13px; }
figcaption { padding: 8px 10px; font-size: 13px; }
figcaption b { display: block; font-weight: 600; overflow-wrap: anywhere; }
figcaption small { color: var(--soft); display: block; overflow-wrap: anywhere; }
.bad { color: var(--bad); } .good { color: var(--good); }
table { border-collapse: collapse; font-size: 14px; margin: 0 0 16px; }
td, th { border-bottom: 1px solid var(--line); padding: 5px 18px 5px 0; text-align: left; }
th { color: var(--soft); font-weight: 500; }
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
            inside = f"<em>{escape(self.instead)}</em>"
        else:
            kind = "png" if self.data.startswith(b"\x89PNG") else "jpeg"
            text = base64.b64encode(self.data).decode()
            inside = f'<img alt="{escape(self.title)}" src="data:image/{kind};base64,{text}">'
        small = "".join(f"<small>{escape(line)}</small>" for line in self.lines if line)
        return (
            f'<figure><div class="frame">{inside}</div>'
            f"<figcaption><b>{escape(self.title)}</b>{small}</figcaption></figure>"
        )


@define
class Page:
    """Steps in order; each has a heading, a sentence, what was called, and what came of it."""

    title: str
    lead: str
    _parts: list[str] = field(factory=list)
    _steps: int = 0

    def aside(self, heading: str, text: str) -> None:
        """A part without a number: it is about the page, not a step."""
        self._parts.append(f"<h2>{escape(heading)}</h2><p>{escape(text)}</p>")

    def step(self, heading: str, text: str, code: str = "") -> None:
        self._steps += 1
        self._parts.append(f"<h2><span>{self._steps}</span>{escape(heading)}</h2>")
        self._parts.append(f"<p>{escape(text)}</p>")
        if code:
            self._parts.append(f"<pre>{escape(code)}</pre>")

    def cards(self, cards: Sequence[Card], *, wide: bool = False) -> None:
        inside = "".join(card.html() for card in cards)
        self._parts.append(f'<div class="grid{" wide" if wide else ""}">{inside}</div>')

    def output(self, text: str) -> None:
        self._parts.append(f"<pre>{escape(text)}</pre>")

    def verdict(self, text: str, *, good: bool) -> None:
        self._parts.append(f'<p class="{"good" if good else "bad"}">{escape(text)}</p>')

    def table(self, rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> None:
        """Rows under their heading; without a heading the first cell of a row names it."""
        cells = "".join(f"<th>{escape(name)}</th>" for name in head)
        first = f"<tr>{cells}</tr>" if cells else ""
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
        )
        self._parts.append(f"<table>{first}{body}</table>")

    def write(self, path: Path) -> None:
        """Write the page; it can be moved or mailed as it is."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            '<!doctype html><html lang="en"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            f"<title>{escape(self.title)}</title><style>{_STYLE}</style><main>"
            f"<h1>{escape(self.title)}</h1><p>{escape(self.lead)}</p>"
            + "\n".join(self._parts)
            + "</main></html>\n",
            "utf-8",
        )
