"""Which snapshots stay: properties that hold for any times and any policy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audobon.model.snapshot import Retention, Snapshot, SnapshotFile
from audobon.services.snapshots.retention import is_due, plan_forget

_FIRST = datetime(2025, 11, 3, tzinfo=UTC)
_FILE = SnapshotFile("0" * 64, 0)


def snapshot(minutes: int, *, tags: tuple[str, ...] = (), ident: str = "") -> Snapshot:
    return Snapshot(
        id=ident or f"{minutes:012x}",
        time=_FIRST + timedelta(minutes=minutes),
        library="l",
        name="L",
        author="A",
        version="0" * 40,
        whole="0" * 40,
        branch="main",
        refs={},
        catalog=_FILE,
        settings=_FILE,
        files=0,
        bytes=0,
        tags=tags,
    )


_minutes = st.lists(
    st.integers(0, 60 * 24 * 400) | st.integers(0, 60 * 48), unique=True, max_size=60
)
# A busy machine is no finding.
_patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
_few = st.integers(0, 6)
_policies = st.builds(Retention, last=_few, hourly=_few, daily=_few, weekly=_few, monthly=_few)


@_patient
@given(_minutes, _policies)
def test_each_is_kept_for_a_reason_or_forgotten(minutes: list[int], policy: Retention) -> None:
    plan = plan_forget(map(snapshot, minutes), policy)
    assert set(plan.keep) | set(plan.forget) == {f"{each:012x}" for each in minutes}
    assert not set(plan.keep) & set(plan.forget)
    assert all(plan.keep.values())
    limit = max(1, policy.last) + policy.hourly + policy.daily + policy.weekly + policy.monthly
    assert len(plan.keep) <= limit
    if minutes:
        assert f"{max(minutes):012x}" in plan.keep, "the newest one is never forgotten"


@_patient
@given(_minutes, _policies)
def test_applied_each_time_or_once_at_the_end_is_the_same(
    minutes: list[int], policy: Retention
) -> None:
    there: list[Snapshot] = []
    for each in sorted(minutes):
        there.append(snapshot(each))
        keep = plan_forget(there, policy).keep
        there = [one for one in there if one.id in keep]
    assert {one.id for one in there} == set(plan_forget(map(snapshot, minutes), policy).keep)


@_patient
@given(_minutes, _policies, st.sampled_from(["last", "hourly", "daily", "weekly", "monthly"]))
def test_a_more_generous_policy_keeps_no_less(
    minutes: list[int], policy: Retention, field: str
) -> None:
    more = evolve(policy, **{field: getattr(policy, field) + 1})
    kept = set(plan_forget(map(snapshot, minutes), policy).keep)
    assert kept <= set(plan_forget(map(snapshot, minutes), more).keep)


@_patient
@given(_minutes, _policies, st.sets(st.integers(0, 59)))
def test_one_with_a_tag_stays_whatever_the_policy(
    minutes: list[int], policy: Retention, tagged: set[int]
) -> None:
    made = [
        snapshot(each, tags=("release",) if number in tagged else ())
        for number, each in enumerate(minutes)
    ]
    kept = plan_forget(made, policy).keep
    assert {one.id for one in made if one.tags} <= set(kept)
    assert all("tag release" in kept[one.id] for one in made if one.tags)


def test_a_year_of_hours() -> None:
    made = [snapshot(60 * hour) for hour in range(24 * 365)]
    plan = plan_forget(made, Retention(last=0, hourly=24, daily=7, weekly=5, monthly=12))
    assert 24 < len(plan.keep) <= 24 + 7 + 5 + 12
    oldest = min(one.time for one in made if one.id in plan.keep)
    # The last hour of the eleventh month before November 2026.
    assert oldest == datetime(2025, 12, 31, 23, tzinfo=UTC)


def test_two_of_one_moment_are_told_apart_by_their_ids() -> None:
    made = [snapshot(1, ident=ident) for ident in ("b", "a")]
    plan = plan_forget(made, Retention(1, 0, 0, 0, 0))
    assert (tuple(plan.keep), plan.forget) == (("b",), ("a",))


def test_due() -> None:
    day, now = timedelta(days=1), _FIRST
    assert is_due(None, day, now)
    assert not is_due(now - timedelta(hours=23), day, now)
    assert is_due(now - day, day, now)
    assert is_due(now + timedelta(hours=1), day, now), "a clock that was wrong holds nothing up"
    assert not is_due(None, timedelta(0), now)
