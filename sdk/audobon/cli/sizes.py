"""Sizes and speeds as people type them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from audobon.cli.words import counted, human_size
from audobon.errors import Invalid

if TYPE_CHECKING:
    from audobon.model.estimate import Estimate, TransferEstimate

__all__ = ["cost_lines", "rate_of", "size_of", "would_text"]

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)


def size_of(text: str) -> int:
    """Bytes, in powers of 1024 as sizes are printed here."""
    found = _read(text)
    if found is None:
        raise Invalid(
            f"{text!r} is no size", subject=text, hint="write it as 500mb, 4gb, or 'usual'"
        )
    return found


def rate_of(text: str) -> int | None:
    """Bytes a second; None for ``off``."""
    if text.strip().lower() == "off":
        return None
    found = _read(re.sub(r"\s*/\s*s(ec)?$", "", text.strip(), flags=re.IGNORECASE))
    if found is None:
        raise Invalid(
            f"{text!r} is no speed", subject=text, hint="write it as 500KB/s, 2MB/s, or 'off'"
        )
    return found


def cost_lines(told: Estimate | None) -> list[str]:
    """What a bucket asks for a transfer, a line for each rate; nothing for a place without one."""
    if told is None or not told.currency:
        return []
    lines = []
    for each in told.costs:
        amount = human_size(each.amount) if each.unit == "bytes" else f"{each.amount:.0f}"
        lines.append(f"  {amount} {each.what}: {_money(each.cost, told.currency)}")
    kept = _money(told.monthly, told.currency)
    lines.append(f"  {kept} a month for keeping it; prices of {told.as_of}, yours may differ")
    return lines


def would_text(told: TransferEstimate, what: str) -> str:
    """What a transfer would do: ``what`` is ``bring`` or ``send``."""
    parts = [] if told.versions is None else [counted(told.versions, "version")]
    if told.files:
        parts.append(counted(told.files, "content"))
    head = f"would {what} {', '.join([*parts, f'about {human_size(told.bytes)}'])}"
    return "\n".join([head, *cost_lines(told.estimate)])


def _money(amount: float, currency: str) -> str:
    return f"less than 0.01 {currency}" if 0 < amount < 0.01 else f"{amount:.2f} {currency}"


def _read(text: str) -> int | None:
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return None
    return int(float(found[1]) * 1024 ** "bkmgt".index(found[2].lower() or "b"))
