"""What pages of figures are made of: cards, and marks of SVG whose colours are the page's."""

from __future__ import annotations

from audobon.pages.look import safe

__all__ = ["PLOT_STYLE", "WIDE", "box", "card", "line", "svg", "text"]

WIDE = 1000
"""Units of a plot's width; a page shows it as wide as there is room."""

PLOT_STYLE = """
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 14px;
  margin: 26px 0 8px; }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: 10px;
  padding: 14px 16px; }
.card b { display: block; font-size: 25px; line-height: 1.2; letter-spacing: -0.01em;
  font-variant-numeric: tabular-nums; }
.card span { color: var(--soft); font-size: 13.5px; display: block; }
.card.bad b { color: var(--bad); } .card.good b { color: var(--good); }
.card.mark b { color: var(--mark); }
.plot { background: var(--panel); border: 1px solid var(--line); border-radius: 10px;
  padding: 14px 16px; margin: 0 0 10px; overflow-x: auto; }
.plot svg { display: block; width: 100%; min-width: 640px; height: auto; font-size: 14px; }
.plot text { fill: var(--ink); } .plot text.soft { fill: var(--soft); font-size: 12.5px; }
.grid { stroke: var(--line); } .whisker { stroke: var(--soft); stroke-width: 1.5; }
.body { fill: var(--mark); opacity: .8; } .middle { stroke: var(--ink); stroke-width: 2; }
rect.fill { fill: var(--cool); opacity: .85; } .band { fill: var(--cool); opacity: .45; }
.trend { stroke: var(--cool); stroke-width: 2; }
rect.good { fill: var(--good); } rect.bad { fill: var(--bad); } rect.mark { fill: var(--mark); }
rect.dull { fill: var(--soft); }
.keys { display: flex; gap: 18px; color: var(--soft); font-size: 13.5px; margin: 0 4px 14px; }
.keys i { display: inline-block; width: 11px; height: 11px; border-radius: 2px;
  margin-right: 7px; }
i.good { background: var(--good); } i.bad { background: var(--bad); }
i.mark { background: var(--mark); } i.dull { background: var(--soft); }
h3 { font-size: 15px; font-weight: 600; margin: 20px 0 8px; }
footer { color: var(--soft); font-size: 13.5px; margin-top: 48px; }
"""
"""How plots and cards look, for :func:`audobon.pages.look.document`."""


def card(value: str, label: str, tone: str = "") -> str:
    """One figure, large, with what it is; ``tone`` is good, bad or mark."""
    return f'<div class="card {tone}"><b>{safe(value)}</b><span>{safe(label)}</span></div>'


def svg(tall: float, body: str, label: str) -> str:
    """A plot around its marks; ``label`` is what is said of it where it is not seen."""
    return (
        f'<div class="plot"><svg viewBox="0 0 {WIDE} {tall:.0f}" role="img" '
        f'aria-label="{safe(label)}">{body}</svg></div>'
    )


def text(x: float, y: float, told: str, *, kind: str = "", end: str = "start") -> str:
    """A word at a place; ``kind`` is a class of the page."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{end}" class="{kind}">{safe(told)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def box(x: float, y: float, wide: float, tall: float, kind: str, told: str = "") -> str:
    """A rectangle; ``told`` is shown where somebody points at it."""
    title = f"<title>{safe(told)}</title>" if told else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0.0, wide):.1f}" '
        f'height="{max(0.0, tall):.1f}" rx="2" class="{kind}">{title}</rect>'
    )
