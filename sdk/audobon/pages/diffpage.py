"""The difference of two versions as a page: a summary, then what changed in each asset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from audobon.codec.words import counted, human_size
from audobon.model.details import AssetDetails
from audobon.model.parts import PartChange
from audobon.model.version import DiffEntry, FieldChange
from audobon.pages.look import picture, safe
from audobon.pages.words import SIGNS, area, box_line, part_words, parts_summary, picture_lines

__all__ = ["asset", "overview"]

_MOST_ROWS = 200
"""Rows of one table: what is longer is for a program; the page says how much is left out."""

_ARROW = "\N{RIGHTWARDS ARROW}"

_CRISP = 128
"""Longest side in pixels up to which a picture is enlarged without smoothing: icons, pixel art."""


def overview(
    sides: Sequence[tuple[str, str]], entries: Sequence[DiffEntry], shares: Sequence[str]
) -> str:
    """What was compared, how many of each kind, and a line for each asset that leads to it.

    ``sides`` are pairs of a word and a text; ``shares`` say for each entry how
    much changed.
    """
    told = "".join(f"<b>{safe(word)}</b><span>{safe(text)}</span>" for word, text in sides)
    counts = Counter(entry.status for entry in entries)
    chips = "".join(
        f'<span class="chip {status}"><span class="sign">{sign}</span> {counts[status]} {status}'
        "</span>"
        for status, sign in SIGNS.items()
        if counts[status]
    )
    rows = "".join(
        f'<tr class="{entry.status}"><td><span class="sign">{safe(SIGNS[entry.status])}</span></td>'
        f'<td><a href="#a{number}">{safe(entry.path)}</a></td><td>{safe(share)}</td></tr>'
        for number, (entry, share) in enumerate(zip(entries, shares, strict=True), start=1)
    )
    nothing = "" if entries else "<p>No difference.</p>"
    return (
        f'<div class="sides">{told}</div><div class="chips">{chips}</div>{nothing}'
        f'<table class="list">{rows}</table>'
    )


def asset(number: int, details: AssetDetails, *, left_out: str = "") -> str:
    """The section of one asset; ``left_out`` says why its pictures are not on the page."""
    entry = details.entry
    folder, _, name = entry.path.rpartition("/")
    moved = f"<small>was {safe(entry.old_path)}</small>" if entry.old_path else ""
    where = f"<small>{safe(folder)}/</small>" if folder else ""
    return "".join(
        (
            f'<section class="asset {entry.status}" id="a{number}">',
            f"<h2>{where}{safe(name)}{moved}</h2>",
            _told(details),
            _pictures(number, details) if not left_out else f"<p>{safe(left_out)}</p>",
            _fields(entry.fields),
            _parts(details),
            *(f'<p class="bad">{safe(problem)}</p>' for problem in details.problems),
            "</section>",
        )
    )


def _told(details: AssetDetails) -> str:
    entry = details.entry
    words = [f"<b>{entry.status}</b>"]
    if details.picture is not None:
        words[0] = f"<b>{safe(area(details.picture))}</b>"
    if entry.before and entry.after and entry.content_changed:
        sizes = f"{human_size(entry.before.size)} {_ARROW} {human_size(entry.after.size)}"
        words.append(f"<span>{sizes}</span>")
    elif entry.after or entry.before:
        size = (entry.after or entry.before).size  # type: ignore[union-attr]
        words.append(f"<span>{human_size(size)}</span>")
    summary = parts_summary(details)
    if summary:
        words.append(f"<span>{safe(summary)}</span>")
    bar = ""
    if details.picture is not None and details.picture.touched:
        bar = f'<div class="bar"><i style="width:{100 * details.picture.changed:.2f}%"></i></div>'
    return f'<div class="told">{"".join(words)}</div>{bar}'


def _pictures(number: int, details: AssetDetails) -> str:
    made = details.pictures
    sides = [(name, data) for name in ("before", "after") if (data := getattr(made, name))]
    if not sides:
        return ""
    change = details.picture
    crisp = " crisp" if change is not None and max(change.measured) <= _CRISP else ""
    if made.difference is None or change is None or len(sides) < 2:
        class_name = "only" if len(sides) == 1 else ""
        words = "".join(_figure(name, data, class_name, details) for name, data in sides)
        return f'<div class="pictures{crisp}">{words}</div>'
    figures = [_figure(name, data, name, details) for name, data in sides]
    heat = ""
    if change.touched:
        figures.append(_figure("difference", made.difference, "difference", details))
        heat = _key(faint=change.touched > change.changed)
    lines = "".join(f"<li>{safe(line)}</li>" for line in picture_lines(change, arrow=_ARROW))
    return (
        f'<div class="pair"><input type="checkbox" class="over" id="o{number}">'
        f'<label for="o{number}"> lay them over each other</label>'
        '<input type="range" class="slide" min="0" max="100" value="50" aria-label="before, after" '
        "oninput=\"this.parentNode.style.setProperty('--at', this.value + '%')\">"
        f'<div class="pictures{crisp}">{"".join(figures)}</div></div>'
        f'{heat}<ul class="notes">{lines}</ul>'
    )


def _figure(name: str, data: bytes, class_name: str, details: AssetDetails) -> str:
    alt = f"{details.entry.path}, {name}"
    return (
        f'<figure class="{class_name}"><div class="frame">{picture(data, alt)}</div>'
        f"<figcaption>{_caption(name, details)}</figcaption></figure>"
    )


def _caption(name: str, details: AssetDetails) -> str:
    change, entry = details.picture, details.entry
    if name == "difference":
        where = box_line(change) if change is not None else ""
        return f"<b>Difference</b><small>{safe(where)}</small>"
    title = {"before": "Before", "after": "After"}[name]
    if entry.status in ("added", "removed"):
        title = entry.status.capitalize()
    elif change is None and not (details.pictures.before and details.pictures.after):
        title = "Its content is the same"
    if change is None:
        return f"<b>{title}</b>"
    size, mode = getattr(change, name), getattr(change, f"{name}_mode")
    told = f"{size[0]} x {size[1]}" + (f", {mode}" if mode else "")
    return f"<b>{title}</b><small>{safe(told)}</small>"


def _key(*, faint: bool) -> str:
    also = '<span><i class="faint"></i>differs, too little to be seen</span>' if faint else ""
    return f'<div class="key"><span><i class="heat"></i>little to much changed</span>{also}</div>'


def _fields(fields: Sequence[FieldChange]) -> str:
    if not fields:
        return ""
    rows = [(_name(item.name), item.before or "-", item.after or "-") for item in fields]
    return _table("Fields", counted(len(fields), "field"), ("field", "before", "after"), rows)


def _name(name: str) -> str:
    return name.removeprefix("attributes.").replace("_", " ")


def _parts(details: AssetDetails) -> str:
    if not details.parts:
        return ""
    kinds = dict.fromkeys(change.kind for change in details.parts)
    head = ("", "layer" if list(kinds) == ["layer"] else "part", "what changed")
    rows = list(_part_rows(details.parts, several=len(kinds) > 1))
    title = "Layers" if list(kinds) == ["layer"] else "Parts"
    return _table(title, parts_summary(details), head, rows, more=details.more_parts)


def _part_rows(parts: Sequence[PartChange], *, several: bool) -> Iterator[tuple[str, str, str]]:
    for change in parts:
        name = f"{change.kind} {change.name}" if several else change.name
        yield SIGNS[change.status], name, part_words(change, arrow=_ARROW) or change.status


def _table(
    title: str,
    small: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    more: int = 0,
) -> str:
    more += max(0, len(rows) - _MOST_ROWS)
    tones = {sign: status for status, sign in SIGNS.items()}
    cells = "".join(f"<th>{safe(name)}</th>" for name in head)
    body = "".join(
        f'<tr class="{tones.get(row[0], "")}">'
        + "".join(
            f'<td class="sign">{safe(cell)}</td>' if cell in tones else f"<td>{safe(cell)}</td>"
            for cell in row
        )
        + "</tr>"
        for row in rows[:_MOST_ROWS]
    )
    rest = f"<p>{more:,} more are not on this page.</p>" if more else ""
    return (
        f"<h3>{safe(title)} <small>{safe(small)}</small></h3>"
        f"<table><tr>{cells}</tr>{body}</table>{rest}"
    )
