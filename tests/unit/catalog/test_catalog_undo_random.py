"""Random histories: undoing all gives the start, redoing all the end, across restarts."""

from __future__ import annotations

import contextlib
import random
import tempfile
from pathlib import Path

from catalog_bench import Bench
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon.errors import Conflict, Invalid, NotFound
from audobon.model.asset import RELATIONSHIP_KINDS
from audobon.model.suggestion import RULES

TAGS = ("a", "B", "c", "Dé", "e f")
CATALOGS = ("P", "P/q", "P/q/r", "S", "S/P", "q")
PATHS = tuple(f"file{n}" for n in range(5))


def _step(bench: Bench, pick: random.Random) -> None:
    catalog = bench.catalog
    ids = [a.id for a in catalog.iterate(states=("present", "missing"))]
    some = tuple(a for a in catalog.by_ids(ids) if pick.random() < 0.5)
    tag, other = pick.choice(TAGS), pick.choice(TAGS)
    shelf, home = pick.choice(CATALOGS), pick.choice((None, *CATALOGS))
    acts = (
        lambda: bench.edit(some, add_tags=(tag, other), rating=pick.randrange(6)),
        lambda: bench.edit(some, remove_tags=(tag,), note=pick.choice(("", "n"))),
        lambda: bench.edit(some, catalog=home),
        lambda: bench.edit(
            some,
            attributes=(
                (pick.choice(("bits", "x")), pick.choice((None, 1, 1.0, True, "s", ("l",)))),
            ),
        ),
        lambda: catalog.remove([a.id for a in some[:1]], **bench.by),
        lambda: catalog.create_tag(tag, pick.choice((None, other)), **bench.by),
        lambda: catalog.add_alias(tag, other, **bench.by),
        lambda: catalog.remove_alias(tag, **bench.by),
        lambda: catalog.rename_tag(tag, other + pick.choice(("", "2")), **bench.by),
        lambda: catalog.move_tag(tag, pick.choice((None, other)), **bench.by),
        lambda: catalog.remove_tag(tag, **bench.by),
        lambda: catalog.create_catalog(shelf, **bench.by),
        lambda: catalog.rename_catalog(shelf, pick.choice(("P", "q", "Z")), **bench.by),
        lambda: catalog.move_catalog(shelf, home, **bench.by),
        lambda: catalog.remove_catalog(shelf, **bench.by),
        lambda: catalog.relate(*_edge(ids, pick), **bench.by),
        lambda: catalog.unrelate(*_edge(ids, pick), **bench.by),
        lambda: catalog.decide([(a.id, tag) for a in some], "accepted", **bench.by),
        lambda: catalog.decide([(a.id, other) for a in some], "rejected", **bench.by),
        lambda: catalog.set_rule(tag, pick.choice((None, *RULES)), **bench.by),
    )
    with contextlib.suppress(Conflict, Invalid, NotFound):
        pick.choice(acts)()


def _edge(ids: list[str], pick: random.Random) -> tuple[str, str, str]:
    return (
        pick.choice(ids or ["none"]),
        pick.choice(RELATIONSHIP_KINDS),
        pick.choice(ids or ["none"]),
    )


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 25))
def test_undo_all_and_redo_all_are_exact(seed: int, steps: int) -> None:
    pick = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder) / "c.db")
        bench.add(*PATHS, tags=("a",), catalog="P/q")
        states = [bench.state()]
        for _ in range(steps):
            before = len([c for c in bench.catalog.changes(0) if c.undoable])
            _step(bench, pick)
            if len([c for c in bench.catalog.changes(0) if c.undoable]) > before:
                states.append(bench.state())
            else:
                assert bench.state() == states[-1]
        bench.reopen()
        for expected in states[-2::-1]:
            assert bench.undo() is not None
            assert bench.state() == expected
        assert bench.undo() is None
        bench.reopen()
        for expected in states[1:]:
            assert bench.redo() is not None
            assert bench.state() == expected
        assert bench.redo() is None
        assert bench.catalog.check(full=True) == ()
        bench.catalog.close()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_what_is_not_undoable_in_between_never_blocks_undo(seed: int) -> None:
    """Files added, moved and gone between the edits: undo still reaches the bottom of the stack."""
    pick = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder) / "c.db")
        bench.add(*PATHS, tags=("a",), catalog="P/q")
        for number in range(20):
            _step(bench, pick)
            _disk(bench, pick, number)
        count = sum(c.undoable and not c.undone for c in bench.catalog.changes(0, limit=1000))
        for _ in range(count):
            assert bench.undo() is not None
        assert bench.undo() is None
        for _ in range(count):
            assert bench.redo() is not None
        assert bench.catalog.check(full=True) == ()
        bench.catalog.close()


def _disk(bench: Bench, pick: random.Random, number: int) -> None:
    catalog = bench.catalog
    assets = catalog.iterate(states=("present", "missing"))
    with contextlib.suppress(Conflict):
        match pick.randrange(4):
            case 0:
                path = pick.choice((*PATHS, f"new{number}"))
                bench.add(path, tags=(pick.choice(TAGS),), catalog=pick.choice(CATALOGS))
            case 1 if assets:
                key = pick.choice(assets).key
                catalog.move([(key, bench.root.key, f"m{number}", 1)], author="d", now=bench.now)
            case 2 if assets:
                catalog.mark_missing([pick.choice(assets).key], author="d", now=bench.now)
            case 3 if assets:
                bench.undo()
