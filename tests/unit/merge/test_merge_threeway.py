"""The pure three-way merge: of values, sets, manifests and the record of the library."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from audobon.codec.manifest import Manifest
from audobon.model.suggestion import Decision
from audobon.services.versioning.threeway import merge_manifests, merge_sets, merge_values
from audobon.services.versioning.threewords import merge_words, words_gone

WORDS = ("wood", "Wood", "rust", "moss", "old")
TIMES = tuple(datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2))
SWAPPED = {"ours": "theirs", "theirs": "ours"}


def asset(**fields: Any) -> Manifest:
    kept = {
        "id": "a1",
        "root": "R",
        "path": "oak.png",
        "state": "present",
        "kind": "image",
        "format": "png",
        "size": 3,
        "digest": "d0",
        "added": TIMES[0],
    }
    return Manifest(**{**kept, **fields})


tag_sets = st.sets(st.sampled_from(WORDS), max_size=4).map(
    lambda names: tuple(sorted({name.lower(): name for name in names}.values()))
)
values = st.none() | st.sampled_from(("x", "y", 1, 2.5, True, ("a", "b")))
manifests = st.builds(
    lambda digest, path, **fields: asset(
        digest=digest, size=int(digest[1]), width=int(digest[1]), path=path, **fields
    ),
    digest=st.sampled_from(("d0", "d1", "d2")),
    path=st.sampled_from(("oak.png", "b/oak.png", "c.png")),
    state=st.sampled_from(("present", "present", "missing")),
    rating=st.integers(0, 2),
    note=st.sampled_from(("", "one", "two")),
    catalog=st.sampled_from((None, "A", "A/B")),
    tags=tag_sets,
    added=st.sampled_from(TIMES),
    attributes=st.dictionaries(st.sampled_from(("n", "m", "alpha")), values).map(
        lambda found: {name: value for name, value in found.items() if value is not None}
    ),
    relationships=st.sets(st.sampled_from((("uses", "x"), ("uses", "y")))).map(
        lambda edges: tuple(sorted(edges))
    ),
    decisions=st.dictionaries(
        st.sampled_from(("moss", "rust", "wood")),
        st.tuples(st.sampled_from(("accepted", "rejected")), st.sampled_from((None, 0.3, 0.7))),
    ).map(lambda found: tuple(said(tag, *found[tag]) for tag in sorted(found))),
)
sides = st.none() | manifests


def said(tag: str, verdict: str = "rejected", score: float | None = 0.5) -> Decision:
    return Decision(tag, verdict, "net" if score else "", score)


def test_values_and_sets() -> None:
    assert merge_values(1, 1, 2) == (2, False)
    assert merge_values(1, 2, 1) == (2, False)
    assert merge_values(1, 2, 2) == (2, False)
    assert merge_values(1, 2, 3) == (2, True)
    assert merge_sets("ab", "bc", "abd") == set("bcd")


@given(st.sets(st.integers(0, 5)), st.sets(st.integers(0, 5)), st.sets(st.integers(0, 5)))
def test_no_member_is_lost_that_nobody_removed(
    base: set[int], ours: set[int], theirs: set[int]
) -> None:
    merged = merge_sets(base, ours, theirs)
    removed = (base - ours) | (base - theirs)
    assert merged == (ours | theirs) - removed
    assert merged == merge_sets(base, theirs, ours)


@given(sides, sides)
def test_an_unchanged_side_gives_the_other(base: Manifest | None, changed: Manifest | None) -> None:
    assert merge_manifests(base, base, changed).manifest == changed
    assert merge_manifests(base, changed, base).manifest == changed
    assert merge_manifests(base, changed, changed).manifest == changed
    assert not merge_manifests(base, base, changed).clashes


@given(sides, sides, sides, st.sampled_from(("ours", "theirs")), st.booleans())
def test_it_is_symmetric_up_to_which_side_is_ours(
    base: Manifest | None,
    ours: Manifest | None,
    theirs: Manifest | None,
    take: str,
    facts: bool,
) -> None:
    known = ("alpha",) if facts else ()
    there = merge_manifests(base, ours, theirs, decide=lambda _: take, facts=known)
    back = merge_manifests(base, theirs, ours, decide=lambda _: SWAPPED[take], facts=known)
    assert [one.what for one in there.clashes] == [one.what for one in back.clashes]
    assert [(one.ours, one.theirs) for one in there.clashes] == [
        (one.theirs, one.ours) for one in back.clashes
    ]
    if there.manifest is None or back.manifest is None:
        assert there.manifest == back.manifest
        return

    def folded(manifest: Manifest) -> Manifest:
        # Two spellings of one tag: each takes its own.
        return evolve(manifest, tags=tuple(sorted(name.lower() for name in manifest.tags)))

    assert folded(there.manifest) == folded(back.manifest)


@given(manifests, manifests, manifests)
def test_what_comes_out_was_on_a_side(base: Manifest, ours: Manifest, theirs: Manifest) -> None:
    merged = merge_manifests(base, ours, theirs)
    assert merged.manifest is not None
    if any(clash.what == "removed" for clash in merged.clashes):
        assert merged.manifest == ours
        return
    for name in ("rating", "note", "catalog", "digest", "path", "state"):
        was, mine, other = (getattr(side, name) for side in (base, ours, theirs))
        assert getattr(merged.manifest, name) == (other if mine == was else mine)
    pairs = {(side.digest, side.size, side.width) for side in (ours, theirs)}
    found = merged.manifest
    assert (found.digest, found.size, found.width) in pairs, "bytes and what follows from them"
    gone = {name.lower() for name in base.tags}
    gone -= {name.lower() for name in ours.tags} & {name.lower() for name in theirs.tags}
    kept = {name.lower() for name in found.tags}
    wanted = {name.lower() for side in (ours, theirs) for name in side.tags}
    assert kept == wanted - gone


def test_decisions_are_merged_tag_by_tag() -> None:
    base = asset(decisions=(said("moss"), said("rust")))
    ours = evolve(base, decisions=(said("rust"), said("wood")))
    theirs = evolve(base, decisions=(said("Bark"), said("moss"), said("rust")))
    merged = merge_manifests(base, ours, theirs)
    assert merged.clashes == ()
    assert merged.manifest is not None
    assert [each.tag for each in merged.manifest.decisions] == ["Bark", "rust", "wood"]


def test_who_decided_differently_is_answered_by_the_tags() -> None:
    base = asset(tags=("old",))
    ours = evolve(base, tags=("old", "wood"), decisions=(said("wood", "accepted", 0.4),))
    theirs = evolve(base, rating=1, decisions=(said("Wood", "rejected", 0.9),))
    merged = merge_manifests(base, ours, theirs).manifest
    assert merged is not None
    assert merged.tags == ("old", "wood")
    assert merged.decisions == (said("wood", "accepted", 0.4),)
    was = evolve(base, tags=("old", "wood"), decisions=(said("wood", "accepted", 0.4),))
    ours = evolve(was, decisions=(said("wood", "accepted", 0.8),))
    theirs = evolve(was, tags=("old",), decisions=(said("wood", "rejected", 0.4),))
    merged = merge_manifests(was, ours, theirs).manifest
    assert merged is not None
    assert (merged.tags, merged.decisions) == (("old",), (said("wood", "rejected", 0.4),))


def test_a_decision_taken_back_and_made_differently_stays() -> None:
    base = asset(decisions=(said("wood"),))
    ours = evolve(base, decisions=())
    theirs = evolve(base, decisions=(said("wood", score=0.9),))
    for sides in ((ours, theirs), (theirs, ours)):
        merged = merge_manifests(base, *sides).manifest
        assert merged is not None
        assert merged.decisions == theirs.decisions


def test_facts_go_with_the_bytes() -> None:
    base = asset(attributes={"alpha": True, "artist": "Ada"})
    ours = evolve(base, digest="d1", attributes={"alpha": False, "artist": "Bo"})
    theirs = evolve(base, digest="d2", attributes={"alpha": "both", "artist": "Cy"})
    merged = merge_manifests(
        base, ours, theirs, facts=("alpha",), decide=lambda what: "theirs" * (what == "content")
    )
    assert [clash.what for clash in merged.clashes] == ["content", "attributes.artist"]
    assert merged.manifest is not None
    assert merged.manifest.attributes == {"alpha": "both", "artist": "Bo"}


@pytest.mark.parametrize(("take", "left"), [("", True), ("ours", True), ("theirs", False)])
def test_removed_on_one_side(take: str, left: bool) -> None:
    base = asset()
    ours = evolve(base, rating=3)
    merged = merge_manifests(base, ours, None, decide=lambda _: take)
    [clash] = merged.clashes
    assert (clash.what, clash.ours, clash.theirs) == ("removed", "changed: rating", "removed")
    assert merged.manifest == (ours if left else None)
    assert merge_manifests(base, base, None).manifest is None


def record(*tags: tuple[str, str | None, tuple[str, ...]], **more: Any) -> dict[str, Any]:
    rows = [{"name": name, "parent": up, "aliases": list(words)} for name, up, words in tags]
    return {"tags": rows, "catalogs": [], "sets": {}, "roots": ["R"], **more}


def test_words_combine() -> None:
    base = record(("wood", None, ()), catalogs=["A"], sets={"s": "q"})
    ours = record(("wood", None, ("holz",)), ("rock", None, ()), catalogs=["A", "B"], sets={})
    theirs = record(
        ("material", None, ()), ("wood", "material", ("timber",)), catalogs=[], sets={"s": "q"}
    )
    merged = merge_words(base, ours, theirs, catalogs=["C/D"])
    assert merged.clashes == ()
    found = {row["name"]: (row["parent"], row["aliases"]) for row in merged.record["tags"]}
    assert found == {
        "material": (None, []),
        "rock": (None, []),
        "wood": ("material", ["holz", "timber"]),
    }
    assert merged.record["catalogs"] == ["B", "C", "C/D"]
    assert merged.record["sets"] == {}
    assert words_gone(ours, merged.record) == {
        "tags": (),
        "aliases": (),
        "catalogs": ("A",),
        "sets": (),
        "rules": (),
    }


def test_a_word_that_is_in_use_stays() -> None:
    base = record(("wood", None, ()))
    assert merge_words(base, base, record(), tags=["wood"]).record == base
    assert merge_words(base, base, record()).record["tags"] == []


def test_an_alias_that_means_two_things() -> None:
    base = record(("wood", None, ()), ("tree", None, ()))
    ours = record(("wood", None, ("holz",)), ("tree", None, ()))
    theirs = record(("wood", None, ()), ("tree", None, ("holz",)))
    [(label, clash)] = merge_words(base, ours, theirs).clashes
    assert (label, clash.what, clash.ours, clash.theirs) == ("alias holz", "tag", "wood", "tree")
    merged = merge_words(base, ours, theirs, decide=lambda *_: "theirs").record
    assert {row["name"]: row["aliases"] for row in merged["tags"]} == {
        "wood": [],
        "tree": ["holz"],
    }


def test_rules_are_merged_by_their_tag() -> None:
    base = record(rules={"moss": "never", "rust": "always"})
    ours = record(rules={"Moss": "never", "rust": "never", "wood": "always"})
    theirs = record(rules={"rust": "always", "bark": "always"})
    merged = merge_words(base, ours, theirs)
    assert merged.clashes == ()
    assert merged.record["rules"] == {"bark": "always", "rust": "never", "wood": "always"}
    assert words_gone(base, merged.record)["rules"] == ("moss",)
    assert "rules" not in merge_words(base, record(), theirs | {"rules": {}}).record


@pytest.mark.parametrize(("take", "rule"), [("", "always"), ("theirs", "never")])
def test_two_rules_for_one_tag_are_asked(take: str, rule: str) -> None:
    ours, theirs = record(rules={"wood": "always"}), record(rules={"Wood": "never"})
    merged = merge_words(record(), ours, theirs, decide=lambda *_: take)
    [(label, clash)] = merged.clashes
    assert (label, clash.what, clash.ours, clash.theirs) == (
        "rule wood",
        "rule",
        "always",
        "never",
    )
    assert merged.record["rules"] == {"wood": rule}


NAMES = ("a", "b", "c", "d")


@st.composite
def forests(draw: st.DrawFn) -> dict[str, Any]:
    """Tags whose parents make no ring: each lies below one drawn before it."""
    order = draw(st.permutations(NAMES))
    known: list[str] = []
    rows = []
    for name in order[: draw(st.integers(0, 4))]:
        parent = draw(st.none() | st.sampled_from(known)) if known else None
        aliases = draw(st.sets(st.sampled_from(("x", "y", "z")), max_size=1))
        rows.append((name, parent, tuple(aliases - {one for row in rows for one in row[2]})))
        known.append(name)
    return record(*rows, sets=draw(st.dictionaries(st.sampled_from("st"), st.sampled_from("12"))))


@given(forests(), forests(), forests(), st.sampled_from(("", "ours", "theirs")))
def test_the_merged_record_is_sound(
    base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any], take: str
) -> None:
    merged = merge_words(base, ours, theirs, decide=lambda *_: take)
    rows = {row["name"]: row for row in merged.record["tags"]}
    for name in rows:
        seen, here = {name}, rows[name]["parent"]
        while here is not None:
            assert here not in seen, "a tag lies below itself"
            seen.add(here)
            here = rows[here]["parent"]
    aliases = [alias for row in rows.values() for alias in row["aliases"]]
    assert len(aliases) == len(set(aliases))
    sets = [{row["name"] for row in side["tags"]} for side in (base, ours, theirs)]
    assert set(rows) == merge_sets(*sets)


@given(forests(), forests())
def test_a_record_that_one_side_left_alone(base: dict[str, Any], changed: dict[str, Any]) -> None:
    def plain(found: dict[str, Any]) -> tuple[object, ...]:
        rows = {row["name"]: (row["parent"], sorted(row["aliases"])) for row in found["tags"]}
        return rows, found["sets"]

    for ours, theirs in ((base, changed), (changed, base)):
        merged = merge_words(base, ours, theirs)
        assert merged.clashes == ()
        assert plain(merged.record) == plain(changed)
