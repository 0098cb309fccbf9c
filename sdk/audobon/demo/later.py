"""The demo's later steps: two branches that become one, and pictures computed on this machine."""

from __future__ import annotations

from collections.abc import Callable

from audobon.demo.page import Card, Page
from audobon.errors import AudobonError
from audobon.library import Library
from audobon.model.asset import Asset

__all__ = ["branches", "local_ai"]

Tell = Callable[[str], None]
Show = Callable[..., Card]


def branches(lib: Library, page: Page, tell: Tell) -> None:
    """Two sides change one asset, each in its way; a merge keeps both, one undo takes it back."""
    chosen = "paintings/sunset_study.png"
    lib.commit("Before the branch")
    lib.branch("evening")
    lib.switch("evening")
    lib.edit(chosen, add_tags=["evening"], note="for the last scene")
    lib.commit("Tagged on a branch")
    lib.switch("main")
    lib.edit(chosen, add_tags=["approved"], rating=5)
    lib.commit("Rated on main")
    report = lib.merge("evening")
    merged = lib.get(chosen)
    tell(f"merged {report.merged}, conflicts {len(report.conflicts)}")
    page.step(
        "Branch and merge",
        "What two sides did to one asset comes together field by field; scenes also merge object "
        "by object. What both changed differently is asked. One undo takes a merge back.",
        'lib.branch("evening")\nlib.switch("evening")\n# ... both sides work and commit ...\n'
        'lib.switch("main")\nlib.merge("evening")\nlib.undo()\nlib.redo()',
    )
    lib.undo()
    before = lib.get(chosen)
    lib.redo()
    page.table(
        [
            ("main alone, and after undo", ", ".join(before.tags), str(before.rating), before.note),
            ("merged", ", ".join(merged.tags), str(merged.rating), merged.note),
        ],
        head=("", "tags", "rating", "note"),
    )
    kept = {"approved", "evening"} <= set(merged.tags) and merged.rating == 5
    page.verdict("Both sides' work is there." if kept else "Work was lost.", good=kept)


def local_ai(lib: Library, page: Page, tell: Tell, show: Show) -> None:
    """Pipelines, those without a network first; one with real weights where it is installed."""
    texture = next(hit.asset for hit in lib.search("tag:outdoor").hits)
    photo = next(
        (hit.asset for name in ("chelsea", "coffee") for hit in lib.search(f"name:{name}").hits),
        texture,
    )
    page.step(
        "Computed on this machine",
        "In worker processes, without a network. A result is a new file beside its source, and an "
        "asset that is derived from it; nothing is written over.",
        'lib.run("normal", texture)\nlib.run("seamless", texture)\nlib.run("style", photo)',
    )
    for source, wanted in ((texture, ("normal", "seamless")), (photo, ("style",))):
        cards = [show(lib, source, "source")]
        cards += [
            card for name in wanted if (card := _computed(lib, page, tell, show, name, source))
        ]
        if len(cards) > 1:
            page.cards(cards, wide=True)


def _computed(
    lib: Library, page: Page, tell: Tell, show: Show, pipeline: str, source: Asset
) -> Card | None:
    try:
        job = lib.run(pipeline, source)
        lib.work()
        (row,) = job.result()["results"]
    except AudobonError as error:
        tell(f"{pipeline}: {error.message}")
        page.verdict(f"{pipeline}: {error}", good=False)
        return None
    made = lib.get(row["made"]["asset"])
    tell(f"{pipeline}: made {made.path}")
    return show(lib, made, f"{pipeline} of {source.name}")
