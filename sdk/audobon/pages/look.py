"""What all pages share: colours for light and dark, frames, tables, pictures inside the page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from audobon.codec.words import one_line

__all__ = ["document", "lines", "picture", "safe", "table"]

_STYLE = """
:root { color-scheme: dark; --back: #17191d; --panel: #21242a; --deep: #101216; --line: #32363e;
  --ink: #e8e6e1; --soft: #9aa0aa; --mark: #e0a458; --good: #7fb77e; --bad: #d96c5f;
  --cool: #7aa7d9; --square: #2a2e35; --ground: #262a31; }
@media (prefers-color-scheme: light) {
  :root { color-scheme: light; --back: #f7f6f3; --panel: #ffffff; --deep: #efede8;
    --line: #dcd9d2; --ink: #23262b; --soft: #666b74; --mark: #a5610c; --good: #34723a;
    --bad: #b13a2d; --cool: #2f669f; --square: #e6e4df; --ground: #f2f0ec; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink);
  font: 16px/1.55 system-ui, "Segoe UI", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 48px 24px 96px; }
h1 { font-size: 40px; line-height: 1.1; margin: 0 0 8px; letter-spacing: -0.02em; }
h2 { font-size: 22px; margin: 56px 0 6px; display: flex; gap: 12px; align-items: baseline; }
h2 span { color: var(--mark); font-variant-numeric: tabular-nums; }
p { color: var(--soft); max-width: 72ch; margin: 0 0 14px; }
a { color: inherit; }
code, pre { font: 13.5px/1.5 ui-monospace, Consolas, monospace; }
pre { background: var(--deep); border: 1px solid var(--line); border-radius: 8px;
  padding: 12px 16px; overflow-x: auto; margin: 0 0 16px; white-space: pre-wrap; }
figure { margin: 0; background: var(--panel); border: 1px solid var(--line);
  border-radius: 10px; overflow: hidden; }
.frame { position: relative; display: grid; place-items: center; background:
  repeating-conic-gradient(var(--square) 0 25%, var(--ground) 0 50%) 0 0 / 18px 18px; }
.frame em { color: var(--soft); font-style: normal; padding: 12px; text-align: center;
  font-size: 13px; }
figcaption { padding: 8px 10px; font-size: 13px; }
figcaption b { display: block; font-weight: 600; overflow-wrap: anywhere; }
figcaption small { color: var(--soft); display: block; overflow-wrap: anywhere; }
.bad { color: var(--bad); } .good { color: var(--good); }
table { border-collapse: collapse; font-size: 14px; margin: 0 0 16px; }
td, th { border-bottom: 1px solid var(--line); padding: 5px 18px 5px 0; text-align: left;
  vertical-align: baseline; overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 500; }
@media (max-width: 600px) { main { padding: 28px 14px 64px; } h1 { font-size: 30px; }
  h2 { font-size: 19px; margin-top: 40px; } }
"""

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""Told to the browser: whatever a page holds, it fetches nothing."""


def safe(text: str) -> str:
    """Text of any origin for HTML, also between quotes: no name is a tag or turns the line."""
    return escape(one_line(text))


def lines(text: str) -> str:
    """The same for text of several lines."""
    return "\n".join(map(safe, text.expandtabs().split("\n")))


def picture(data: bytes, alt: str) -> str:
    """An ``img`` with the picture (PNG or JPEG) inside it."""
    kind = "png" if data.startswith(b"\x89PNG") else "jpeg"
    text = base64.b64encode(data).decode()
    return f'<img alt="{safe(alt)}" src="data:image/{kind};base64,{text}">'


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> str:
    """Rows under their heading; cells are text."""
    cells = "".join(f"<th>{safe(name)}</th>" for name in head)
    first = f"<tr>{cells}</tr>" if cells else ""
    body = "".join(
        "<tr>" + "".join(f"<td>{safe(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table>{first}{body}</table>"


def document(title: str, body: str, *, style: str = "") -> str:
    """A whole page around ``body``, which is HTML; it can be moved or mailed as it is."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{safe(title)}</title><style>{_STYLE}{style}</style><main>"
        f"{body}</main></html>\n"
    )
