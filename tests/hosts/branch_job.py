"""Branches looked at without switching, and removed: a part of ``history_job``."""

from __future__ import annotations

from typing import Any

import bpy

__all__ = ["other"]


def other(job: Any) -> dict[str, Any]:
    """What is other on a branch is shown without switching; branches go."""
    bpy.ops.audobon.filter_by(field="other_on", value="night")
    state = job.here.state
    job.until(lambda: state().found.wanted.branch == "night" and not state().searching)
    shown = sorted(one.name for one in state().found.assets)
    bpy.ops.audobon.clear_filters()
    job.until(lambda: not state().found.wanted.branch and not state().searching)
    everything = state().found.total > len(shown)
    names = lambda: {one.name for one in job.past.branches}  # noqa: E731
    bpy.context.window_manager.audobon.branch = "noon"
    bpy.ops.audobon.add_branch()
    job.until(lambda: "noon" in names())
    job.quiet()
    bpy.ops.audobon.plan_branch(what="switch", name="main")
    job.until(lambda: job.past.plan and job.past.plan.ready)
    bpy.ops.audobon.switch_branch(name="main", unsaved="discard")
    job.until(lambda: [one.name for one in job.past.branches if one.current] == ["main"])
    bpy.ops.audobon.remove_branch(name="noon")
    job.until(lambda: "noon" not in names())
    job.quiet()
    # A recovery point has all versions of the other one, so it may go as well.
    [night] = [one for one in job.past.branches if one.name == "night"]
    bpy.ops.audobon.remove_branch(name="night")
    job.until(lambda: "night" not in names())
    job.quiet()
    text = job.until(lambda: "night is removed" in state().notice.text and state().notice.text)
    job.here.session().do("again", lambda library, _: library.branch("night", at=night.id) and "")
    job.until(lambda: "night" in names())
    return {"shown": shown, "everything": everything, "told": night.id[:8] in text}
