"""How things are said in the panel."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.model.job import JobRow
    from audobon.session.problem import Problem
    from audobon.session.state import Found, Notice

__all__ = [
    "age",
    "bytes_text",
    "facts",
    "job_name",
    "job_text",
    "notice_text",
    "page_text",
    "problem_text",
    "sentence",
    "short",
    "stem",
    "tags_of",
]

_JOBS = {
    "preview": "Preview",
    "previews": "Previews",
    "stored-preview": "Preview of a version",
    "facts": "Reading a file",
    "imprints": "Looking at pictures",
    "links": "Looking which files use which",
    "pack": "Tidying the history",
    "repack": "Storing versions tighter",
    "run": "Pipeline",
    "run-file": "Pipeline over an image",
}


def bytes_text(size: int) -> str:
    """A size as people say it: ``4.2 MB``; a thousand bytes are a kilobyte."""
    value = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def facts(asset: Asset) -> str:
    """What an asset is, in one line."""
    parts = [asset.format or asset.ext or asset.kind]
    if asset.width and asset.height:
        parts.append(f"{asset.width} x {asset.height}")
    parts.append(bytes_text(asset.size))
    return ", ".join(parts)


def page_text(found: Found) -> str:
    """Which of how many assets are shown."""
    if not found.assets:
        return "Nothing found"
    first = found.page * found.wanted.limit + 1
    return f"{first}-{first + len(found.assets) - 1} of {found.total:,}"


def age(moment: datetime, now: datetime | None = None) -> str:
    """How long ago something was: ``3 h ago``, after a month the date."""
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < 60:
        return "just now"
    for limit, unit, length in ((3600, "min", 60), (86_400, "h", 3600), (2_592_000, "d", 86_400)):
        if seconds < limit:
            return f"{seconds // length:.0f} {unit} ago"
    return f"{moment:%Y-%m-%d}"


def job_text(row: JobRow) -> str:
    """A job in one line; how far a running one is stands beside it."""
    name = job_name(row.kind)
    items = row.payload.get("items")
    count = f" ({len(items)})" if isinstance(items, list | tuple) and len(items) > 1 else ""
    return f"{name}{count}" if row.state == "running" else f"{name}{count}: waiting"


def job_name(kind: str) -> str:
    """A kind of work as people call it."""
    return _JOBS.get(kind, kind.replace("-", " ").capitalize())


def short(text: str, length: int) -> str:
    """The text, with its middle left out where it is longer than ``length``."""
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    return f"{text[:head]}…{text[len(text) - (length - 1 - head) :]}"


def stem(name: str) -> str:
    """A file's name without its ending, which the picture and the tip tell already."""
    return name.rpartition(".")[0] or name


def sentence(text: str) -> str:
    """The text as a sentence: a capital first, unless it begins with a path, and a full stop."""
    if not text:
        return ""
    head = _capital(text)
    return head if head[-1] in ".!?" else f"{head}."


def _capital(text: str) -> str:
    return text if text[:1] in "/'\"" or text[1:2] == ":" else text[:1].upper() + text[1:]


def problem_text(problem: Problem) -> str:
    """What is wrong, and what helps as a sentence of its own; without the last full stop."""
    if not problem.hint:
        return problem.message
    return f"{problem.message}. {_capital(problem.hint)}"


def notice_text(notice: Notice) -> str:
    """How something ended, as a sentence."""
    problem = notice.problem
    return sentence(notice.text if problem is None else f"{notice.text}: {problem.message}")


def tags_of(typed: str) -> list[str]:
    """Tags that were typed with commas between them."""
    return [tag.strip() for tag in typed.split(",") if tag.strip()]
