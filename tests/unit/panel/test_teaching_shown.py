"""What panels say of a tag that is taught."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from attrs import evolve

from audobon.model.asset import Asset
from audobon.model.head import Example, Judged, TaughtHead
from audobon.panel.teaching import NO_TAG, refused_text, view
from audobon.session import State
from audobon.session.state import Doing
from audobon.session.taught import Live, TeachSeen
from audobon.session.teaching import lesson_name

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def asset(name: str) -> Asset:
    return Asset(
        key=1, id=name, root="root", path=f"{name}.png", file=f"/x/{name}.png", kind="image",
        format="png", size=1, mtime_ns=1, digest=name, width=8, height=8, rating=0, catalog=None,
        tags=(), attributes={}, text="", note="", added=NOW, updated=NOW, used=0, last_used=None,
        state="present", seq=1,
    )  # fmt: skip


def head(version: int, *, used: bool, refused: str = "", kept: bool = True) -> TaughtHead:
    card: dict[str, Any] = {
        "yes": 20, "no": 19, "figures": {"f1": 0.912, "f1_within": [0.8, 0.97]},
        "promise": {"target": 0.8, "kept": kept, "recall": 0.75, "needed": 11},
    }  # fmt: skip
    return TaughtHead(
        *("rust", version, NOW, used, refused, "head rust", 0.8, kept, 0.43, "s", card)
    )


def seen(**more: Any) -> State:
    return State(teaching=TeachSeen(known=True, tag="rust", **more))


def test_what_is_missing_is_said_until_a_lesson_can_begin() -> None:
    assert view(State()).about == NO_TAG
    few = view(seen(yes_count=3, no_count=5))
    assert (few.counts, few.ready) == ("3 yes, 5 no.", False)
    assert few.need == "Select pictures and mark at least 2 more that are rust."
    none = view(seen())
    assert none.need.endswith("at least 5 more that are rust and 5 more that are not.")
    some = view(seen(yes_count=9, no_count=1_234))
    assert some.ready
    assert some.counts == "9 yes, 1,234 no."
    assert some.need == "It can learn from these; 20 of each are a good beginning."
    assert view(seen(yes_count=20, no_count=20)).need == ""


def test_a_result_is_told_in_sentences() -> None:
    state = seen(
        yes_count=20, no_count=20, fresh=1, waiting=12, shown=1,
        heads=(head(1, used=True), head(2, used=False, refused="it is no better than nearest: F1")),
    )  # fmt: skip
    told = view(state)
    assert told.button == "Learn Again"
    assert told.fresh == "1 answer is new since version 2 was learnt."
    assert told.review == "12 suggestions to review."
    assert told.result == (
        "Version 1 is in use.",
        "Learnt from 20 yes and 19 no.",
        "F1 on unseen pictures: 0.91 (0.80 to 0.97).",
        "80% of suggestions right: promised. It finds 75% of what has the tag.",
        "It suggests from 43% on.",
    )
    assert [(row.version, row.used, row.shown) for row in told.versions] == [
        (2, False, False),
        (1, True, True),
    ]
    assert told.versions[0].text.startswith("2: F1 0.91, not taken, ")
    other = evolve(state, teaching=evolve(state.teaching, shown=2))
    assert view(other).result[0] == (
        "Version 2 was not taken into use: it is no better than taking the most alike example: F1."
    )
    weak = seen(shown=1, heads=(head(1, used=False, kept=False),))
    assert view(weak).result[0] == "Version 1 is not in use."
    assert "not proved yet" in view(weak).result[3]
    assert refused_text("previous is clearly better: F1") == (
        "the version in use is clearly better: F1"
    )


def test_how_far_a_lesson_is_stands_there_while_it_runs() -> None:
    state = seen(live=Live(16, 40, 0.857))
    assert not view(state).learning
    busy = evolve(state, computing=Doing(lesson_name("rust"), 0.5))
    assert view(busy).live == "Judged 16 of 40 unseen: F1 0.86"
    early = evolve(busy, teaching=evolve(busy.teaching, live=None))
    assert view(early).live == "Looking at the pictures"
    assert not view(evolve(busy, computing=Doing(lesson_name("moss")))).learning


def test_pictures_say_what_the_next_lesson_takes_them_for() -> None:
    a, b, c = (asset(name) for name in "abc")
    judged = (Judged(a, True, 0.1), Judged(b, False, 0.6), Judged(c, True, 0.99))
    state = seen(
        yes=(Example(c, True, "taught"),), no=(Example(a, False, "marked"),),
        yes_count=1, no_count=1, heads=(head(1, used=True),), shown=1,
        mistakes=judged[:2], doubtful=(judged[1], judged[0]), surest=(judged[2], judged[0]),
    )  # fmt: skip
    told = view(state)
    assert [one.name for one in told.groups] == ["mistakes", "surest"], "each picture once"
    mistakes = told.group("mistakes")
    assert mistakes is not None
    assert [(one.asset.id, one.yes, one.text) for one in mistakes.pictures] == [
        ("a", False, "10%"),
        ("b", None, "60%"),
    ]
    assert mistakes.pictures[0].tip == "A.png: learnt as yes, and judged to 10% unseen."
    yes, no = told.group("yes"), told.group("no")
    assert yes is not None
    assert no is not None
    assert (yes.title, no.pictures[0].tip) == ("Yes: 1", "A.png: marked.")
