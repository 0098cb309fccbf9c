"""A later step of the demo: two branches that become one."""

from __future__ import annotations

from collections.abc import Callable

from audobon.demo.page import Page
from audobon.library import Library

__all__ = ["branches"]

Tell = Callable[[str], None]


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
