"""Which snapshots stay, and when the next one is due: decided from times alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from audobon.model.snapshot import Retention, Snapshot, SnapshotPlan

__all__ = ["is_due", "plan_forget"]

_PERIODS: tuple[tuple[str, Callable[[datetime], tuple[int, ...]]], ...] = (
    ("hourly", lambda at: (at.year, at.month, at.day, at.hour)),
    ("daily", lambda at: (at.year, at.month, at.day)),
    ("weekly", lambda at: tuple(at.isocalendar()[:2])),
    ("monthly", lambda at: (at.year, at.month)),
)


def plan_forget(snapshots: Iterable[Snapshot], keep: Retention) -> SnapshotPlan:
    """What ``keep`` does with snapshots of one library, in whatever order they come.

    The newest one of a period stays for the period, and the newest one of all
    always does. To apply it after each snapshot or once at the end comes to
    the same, so it does not matter how often anybody forgets.
    """
    newest = sorted(snapshots, key=lambda one: (one.time, one.id), reverse=True)
    reasons: dict[str, list[str]] = {one.id: [] for one in newest}
    for one in newest[: max(1, keep.last)]:
        reasons[one.id].append("last")
    for name, period in _PERIODS:
        seen: set[tuple[int, ...]] = set()
        for one in newest:
            slot = period(one.time.astimezone(UTC))
            if slot not in seen and len(seen) < getattr(keep, name):
                seen.add(slot)
                reasons[one.id].append(name)
    for one in newest:
        reasons[one.id].extend(f"tag {tag}" for tag in one.tags)
    kept = {ident: tuple(why) for ident, why in reasons.items() if why}
    return SnapshotPlan(kept, tuple(one.id for one in newest if one.id not in kept))


def is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    """Whether a snapshot is due: none was made yet, or ``every`` has passed since.

    One of the future, made while the clock was wrong, does not hold up the
    next. An ``every`` of zero or less is no schedule: nothing is ever due.
    """
    if every <= timedelta(0):
        return False
    return last is None or now - last >= every or last > now
