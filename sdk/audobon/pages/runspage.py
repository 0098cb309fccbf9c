"""What was taught of a tag as a page: versions in a table and in plots, and pictures.

Runs of all tags have a page of their own, with the newest version of each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from attrs import frozen

from audobon.codec.words import counted, duration, human_size
from audobon.model.head import Judged
from audobon.model.headrun import HeadRun
from audobon.pages.graphs import GRAPH_STYLE, TONES, Axis, Curve, Span, graph, spans
from audobon.pages.look import document, picture, safe
from audobon.pages.plots import shares
from audobon.pages.svg import PLOT_STYLE, card

__all__ = ["Kind", "runs_page", "tags_page"]

_TONES = {"in use": "good", "earlier": "cool", "refused": "bad", "taken in": "dull"}
_LETTERS = {"zero-shot": "z", "nearest": "n", "previous": "p", "imported": "i"}
_RIVALS = {
    "zero-shot": "a model that knows the name",
    "nearest": "the nearest example",
    "previous": "what the version in use then was learnt from",
    "imported": "a version learnt elsewhere that was in use",
}
_FIFTHS = tuple((fifth / 5, f"{fifth / 5:g}") for fifth in range(6))
_TOLD = 12  # rows that the text in place of a plot tells

_STYLE = """
.cards { grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); }
.runs { overflow-x: auto; }
.runs td, .runs th { font-variant-numeric: tabular-nums; white-space: nowrap; }
.runs td, .runs th { padding-right: 14px; }
.runs td.why { color: var(--soft); padding-top: 0; white-space: normal; }
.runs tr.more td { border-bottom: 0; padding-bottom: 0; }
.state-refused { color: var(--bad); } .state-in { color: var(--good); font-weight: 600; }
.shelf { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 12px;
  margin: 0 0 20px; }
.shelf .frame { height: 150px; } .shelf img { max-width: 100%; max-height: 150px; }
"""


@frozen(slots=True)
class Kind:
    """Pictures of one kind: held-out examples, each with its preview where there is one."""

    title: str
    about: str
    pictures: Sequence[tuple[Judged, bytes | None]]


def runs_page(tag: str, runs: Sequence[HeadRun], kinds: Sequence[Kind], shown: int) -> str:
    """All versions of a tag, the oldest first; ``kinds`` are pictures of the version ``shown``."""
    last = next((run for run in runs if run.version == shown), runs[-1])
    used = next((run for run in runs if run.state == "in use"), None)
    state = "none is in use" if used is None else f"version {used.version} is in use"
    body = [
        f"<h1>{safe(tag)}</h1>",
        f"<p>{counted(len(runs), 'version')} learnt from examples; {state}. All figures are of "
        "held-out pictures: each was judged by what was learnt without it.</p>",
        _cards(last),
        "<h2>F1 by version</h2>",
        _read("version"),
        spans([_span(run, f"version {run.version}") for run in runs], _said(runs, "version")),
        _keys(runs),
        "<h2>All versions</h2>",
        _table(runs, every=False),
        _path(runs),
        _cut_curves(runs),
        _examples(runs),
        f"<h2>Pictures of version {shown}</h2>",
        *map(_kind, kinds),
        _foot("It holds pictures and their names: look before you send it."),
    ]
    return document(f"{tag}: what was taught", "".join(body), style=_all_style())


def tags_page(name: str, runs: Sequence[HeadRun]) -> str:
    """The newest version of each tag of a library."""
    used = sum(run.state == "in use" for run in runs)
    refused = sum(run.state == "refused" for run in runs)
    body = [
        f"<h1>{safe(name)}: what was taught</h1>",
        f"<p>{counted(len(runs), 'tag')}, the newest version of each; {used:,} in use, "
        f"{refused:,} refused. All figures are of held-out pictures.</p>",
        _read("tag") if runs else "<p>Nothing was taught.</p>",
        spans([_span(run, run.tag) for run in runs], _said(runs, "tag")),
        _keys(runs),
        "<h2>Tags</h2>" + _table(runs, every=True) if runs else "",
        _foot("It holds the names of tags."),
    ]
    return document(f"{name}: what was taught", "".join(body), style=_all_style())


def _all_style() -> str:
    return PLOT_STYLE + GRAPH_STYLE + _STYLE


def _foot(more: str) -> str:
    return f"<footer>Learnt and judged on pictures of this library. {more}</footer>"


def _cards(run: HeadRun) -> str:
    low, high = run.f1_within
    tone = {"in use": "good", "refused": "bad"}.get(run.state, "")
    cards = [
        card(f"{run.f1:.2f}", f"F1 of version {run.version}, {low:.2f} to {high:.2f}", tone),
        card(f"{run.yes}/{run.no}", "different pictures of yes and of no"),
    ]
    if (cut := run.at_threshold) is not None:
        cards.append(
            card(f"{cut.precision:.0%}", f"right of what it suggests from {cut.score:.2f}")
        )
        cards.append(card(f"{cut.recall:.0%}", "found of what has the tag"))
    kept = "promised" if run.promised else "not proved yet"
    cards.append(
        card(f"{run.asked:.0%}", f"right was asked for: {kept}", "" if run.promised else "mark")
    )
    cards.append(card(_took(run), "for the lesson"))
    return f'<div class="cards">{"".join(cards)}</div>'


def _took(run: HeadRun) -> str:
    return duration(run.seconds if run.took is None else run.took)


def _read(row: str) -> str:
    return (
        f"<p>A row for each {row}: the dot is F1, the line its interval of 95 %. Small letters are "
        "what it was compared with on the same pictures.</p>"
    )


def _span(run: HeadRun, label: str) -> Span:
    others = [
        (_LETTERS[each.name], each.name, each.f1) for each in run.rivals if each.name in _LETTERS
    ]
    return Span(label, run.f1, *run.f1_within, _TONES[run.state], _one(run), others)


def _one(run: HeadRun) -> str:
    low, high = run.f1_within
    return f"{run.tag} {run.version}: F1 {run.f1:.2f} ({low:.2f} to {high:.2f}), {run.state}"


def _said(runs: Sequence[HeadRun], row: str) -> str:
    """What a plot of F1 shows, for who does not see it."""
    told = "; ".join(map(_one, runs[-_TOLD:]))
    return f"F1 with its interval by {row}. {told}"


def _keys(runs: Sequence[HeadRun]) -> str:
    names = {each.name for run in runs for each in run.rivals}
    states = {run.state for run in runs}
    told = [
        f'<span><svg width="14" height="14" aria-hidden="true"><circle cx="7" cy="7" r="5" '
        f'class="{tone}"/></svg> {state}</span>'
        for state, tone in _TONES.items()
        if state in states
    ]
    told += [
        f"<span>{_LETTERS[name]}: {safe(what)}</span>"
        for name, what in _RIVALS.items()
        if name in names
    ]
    return f'<div class="keys">{"".join(told)}</div>' if told else ""


def _table(runs: Sequence[HeadRun], *, every: bool) -> str:
    names = [name for name in _RIVALS if any(run.rival(name) for run in runs)]
    head = [
        *(["tag"] if every else []),
        *("version", "state", "made", "yes/no", "F1", "precision", "recall", *names),
        *("took", "memory", "network"),
    ]
    cells = "".join(f"<th>{safe(name)}</th>" for name in head)
    rows = "".join(_rows(run, names, len(head), every=every) for run in runs)
    return f'<div class="runs"><table><tr>{cells}</tr>{rows}</table></div>'


def _rows(run: HeadRun, names: Sequence[str], wide: int, *, every: bool) -> str:
    low, high = run.f1_within
    cut = run.at_threshold
    rivals = [run.rival(name) for name in names]
    named = [*([run.tag] if every else []), str(run.version)]
    told = [
        *(f"{run.made.astimezone():%d %b %Y, %H:%M}", f"{run.yes}/{run.no}"),
        f"{run.f1:.2f} ({low:.2f} to {high:.2f})",
        *(("", "") if cut is None else (f"{cut.precision:.2f}", f"{cut.recall:.2f}")),
        *("" if each is None else f"{each.f1:.2f}" for each in rivals),
        *(_took(run), "" if run.memory is None else human_size(run.memory), run.backbone),
    ]
    first, rest = ("".join(f"<td>{safe(cell)}</td>" for cell in part) for part in (named, told))
    cells = f'{first}<td class="state-{run.state.split()[0]}">{run.state}</td>{rest}'
    if not run.refused:
        return f"<tr>{cells}</tr>"
    why = f"Not taken into use by itself: {run.refused}."
    return (
        f'<tr class="more">{cells}</tr><tr><td class="why" colspan="{wide}">{safe(why)}</td></tr>'
    )


def _few(runs: Sequence[HeadRun]) -> list[HeadRun]:
    """As many as can be told apart: the one in use first, then the newest ones."""
    return sorted(runs, key=lambda run: (run.state != "in use", -run.version))[:TONES]


def _curve(
    run: HeadRun, points: Sequence[tuple[float, float]], told: str, mark: tuple[float, float] | None
) -> Curve:
    return Curve(f"version {run.version}, {run.state}", str(run.version), points, mark, told)


def _path(runs: Sequence[HeadRun]) -> str:
    """The learning curves: a head has no epochs, so what it tried are its steps."""
    known = _few([run for run in runs if run.path])
    if not known:
        return ""
    powers = [-math.log10(each.penalty) for run in known for each in run.path]
    first, last = math.floor(min(powers)), math.ceil(max(powers))
    last = max(last, first + 1)
    across = Axis(
        "penalty, from the strongest to the weakest",
        [(float(power), f"{10.0**-power:g}") for power in range(first, last + 1)],
    )
    most = max(each.loss for run in known for each in run.path)
    step = next((step for step in (0.1, 0.2, 0.5, 1.0) if 5 * step >= most), most / 5)
    losses = Axis("log loss", [(step * n, f"{step * n:g}") for n in range(6)])
    parts = []
    for name, up in (("loss", losses), ("f1", Axis("F1", _FIFTHS))):
        curves = []
        for run in known:
            points = [(-math.log10(each.penalty), float(getattr(each, name))) for each in run.path]
            at = next(
                (p for p, each in zip(points, run.path, strict=True) if _is(each.penalty, run)),
                None,
            )
            told = f"version {run.version}: penalty {run.penalty:.2g}"
            curves.append(
                _curve(run, points, told + ("" if at is None else f", {up.title} {at[1]:.2f}"), at)
            )
        label = f"Held-out {up.title} by penalty. " + "; ".join(curve.told for curve in curves)
        parts.append(f"<h3>Held-out {up.title}</h3>{graph(curves, across, up, label)}")
    return (
        "<h2>Learning curves</h2><p>A head is learnt exactly, so it has no epochs: its steps are "
        "penalties, from the strongest on, which let it follow the examples more and more "
        "closely. It stops when that does not help on pictures held out any more; the dot is the "
        "penalty that was chosen.</p>" + "".join(parts)
    )


def _is(penalty: float, run: HeadRun) -> bool:
    return math.isclose(penalty, run.penalty, rel_tol=1e-6)


def _cut_curves(runs: Sequence[HeadRun]) -> str:
    curves = []
    for run in _few([run for run in runs if run.cuts]):
        cut = run.at_threshold
        mark = None if cut is None else (cut.recall, cut.precision)
        told = f"version {run.version}"
        if cut is not None:
            told += f" from {cut.score:.2f}: precision {cut.precision:.2f}, recall {cut.recall:.2f}"
        points = [(each.recall, each.precision) for each in run.cuts]
        curves.append(_curve(run, points, told, mark))
    if not curves:
        return ""
    label = "Precision by recall. " + "; ".join(curve.told for curve in curves)
    drawn = graph(
        curves, Axis("recall: found of what has the tag", _FIFTHS), Axis("", _FIFTHS), label
    )
    return (
        "<h2>Precision and recall</h2><p>Upwards is how many of the suggestions are right, to the "
        "right how many of the pictures with the tag are found, as the threshold falls. The dot is "
        f"the threshold in force.</p>{drawn}"
    )


def _examples(runs: Sequence[HeadRun]) -> str:
    """How many examples there were, and how many the promise takes."""
    known = [run for run in runs if run.needed]
    if not known:
        return ""
    rows = [(f"version {run.version}", float(run.right), _proved(run)) for run in known]
    longest = max(*(run.needed for run in known), *(run.right for run in known))
    drawn = shares(
        rows,
        "Right ones above the threshold of the proof. "
        + "; ".join(f"{name}: {told}" for name, _, told in rows[-_TOLD:]),
        whole=1.4 * longest,  # with room for what is said of the longest
    )
    return (
        "<h2>Examples needed</h2><p>A precision is promised once enough held-out pictures above a "
        "threshold are right; a wrong one among them takes several more. More pictures of yes make "
        f"it reachable.</p>{drawn}"
    )


def _proved(run: HeadRun) -> str:
    kept = "promised" if run.promised else f"takes {run.needed} without a wrong one"
    return f"{run.right} of {run.shown} right; {run.asked:.0%} {kept}"


def _kind(kind: Kind) -> str:
    shown = "".join(_figure(one, data) for one, data in kind.pictures)
    body = f'<div class="shelf">{shown}</div>' if shown else "<p>None.</p>"
    return f"<h3>{safe(kind.title)}</h3><p>{safe(kind.about)}</p>{body}"


def _figure(one: Judged, data: bytes | None) -> str:
    marked = "marked as having the tag" if one.yes else "marked as not having it"
    told = f"{marked}, judged to {one.score:.0%}"
    seen = "<em>no preview</em>" if data is None else picture(data, f"{one.asset.name}: {told}")
    return (
        f'<figure><div class="frame">{seen}</div><figcaption><b>{safe(one.asset.name)}</b>'
        f"<small>{'yes' if one.yes else 'no'}, judged to {one.score:.0%}</small>"
        "</figcaption></figure>"
    )
