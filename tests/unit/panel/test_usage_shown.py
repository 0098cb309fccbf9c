"""What panels say of watching and of uses."""

from __future__ import annotations

from datetime import UTC, datetime

from audobon.model.watch import WatchState
from audobon.panel.usage import view
from audobon.session.state import State
from audobon.session.usage import UsageShown
from audobon.storage.catalog import UseCount

THEN = datetime(2026, 11, 1, tzinfo=UTC)


def test_watching_in_sentences() -> None:
    shown = view(State())
    assert (shown.watch, shown.hint, shown.watched) == ("Looking at everything once.", "", True)
    two = WatchState("watching", ("/a", "/b"), away=("/disk",), problem="a share", hint="do it")
    shown = view(State(watch=two))
    assert shown.watch == "2 folders are watched, 1 away."
    assert shown.hint == "Away: /disk; a share; do it."
    shown = view(State(watch=WatchState("unable", problem="no room", hint="make some")))
    assert (shown.watch, shown.hint) == ("No room.", "Make some.")
    assert not view(State(watch=WatchState("off"))).watched


def test_uses_as_bars() -> None:
    assert "this machine only" in view(State()).usage
    assert not view(State()).counted
    assert view(State(usage=UsageShown(True))).usage == "Nothing was used yet."
    shown = view(State(usage=UsageShown(False)))
    assert (shown.usage, shown.noted) == ("Uses are not noted in this library.", False)
    usage = UsageShown(
        True,
        months=(UseCount("2026-11", 4, THEN), UseCount("2026-10", 1, THEN)),
        assets=(UseCount("props/chair.blend", 4, THEN, "id"),),
        hosts=(UseCount("krita", 3, THEN), UseCount("", 2, THEN)),
    )
    charts = view(State(usage=usage)).charts
    assert [chart.title for chart in charts] == ["By month", "Most used", "Where"]
    assert [(bar.label, bar.count, bar.share) for bar in charts[0].bars] == [
        ("2026-11", 4, 1.0),
        ("2026-10", 1, 0.25),
    ]
    assert charts[1].bars[0].label == "chair.blend"
    assert [bar.label for bar in charts[2].bars] == ["Krita", "Elsewhere"]
