"""Branches: made, listed, removed, and the library made as one of them is."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from audobon.errors import Conflict, Invalid, NotFound
from audobon.model.branch import Branch, SwitchPlan
from audobon.services.core.audit import record
from audobon.services.core.mergestate import need_no_merge
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import Progress, refresh
from audobon.services.versioning.adopt import adopt, go_on
from audobon.services.versioning.journal import Journal
from audobon.services.versioning.putback import end_cut_off
from audobon.services.versioning.way import Way

__all__ = [
    "add_branch",
    "branches",
    "need_branch",
    "need_line",
    "plan_switch",
    "remove_branch",
    "switch",
]


def branches(stores: Stores) -> tuple[Branch, ...]:
    """All branches by name. Empty before the first version."""
    history = stores.history
    head = history.head()
    found = []
    for one in history.branches():
        ahead, behind = (0, 0) if head is None else history.ahead_behind(one.id, head)
        found.append(Branch(one.name, one.id, one.current, ahead, behind))
    return tuple(found)


def add_branch(stores: Stores, name: str, *, at: str) -> Branch:
    """See ``Library.branch``."""
    stores.need_writable("make a branch")
    stores.history.add_branch(_need_name(name), at=at)
    return next(one for one in branches(stores) if one.name == name)


def remove_branch(stores: Stores, name: str, *, force: bool) -> Branch:
    """See ``Library.remove_branch``."""
    stores.need_writable("remove a branch")
    history = stores.history
    with stores.commit_lock():
        found = next((one for one in branches(stores) if one.name == name), None)
        if found is None:
            raise NotFound(f"there is no branch {name!r}", subject=name)
        others = {id for ref, id in history.refs().items() if ref != f"refs/heads/{name}"}
        held = any(history.ahead_behind(found.id, other)[0] == 0 for other in others)
        if not held and not force:
            raise Conflict(
                f"the branch {name!r} has versions that no other branch or tag has",
                subject=name,
                hint="tag it first, or remove it with force=True (--force)",
            )
        history.remove_ref(name, expected=found.id)
    record(stores, "remove-branch", name, version=found.id)
    return found


def plan_switch(stores: Stores, name: str) -> SwitchPlan:
    """See ``Library.plan_switch``."""
    return evolve(_way(stores, name).plan(), name=name)


def _way(stores: Stores, name: str) -> Way:
    way = Way(stores, f"switching to {name!r}", need_branch(stores, name))
    way.look()
    return way


def switch(
    stores: Stores,
    name: str,
    *,
    force: bool,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> SwitchPlan:
    """See ``Library.switch``."""
    stores.need_writable("switch to another branch")
    with stores.commit_lock():
        need_no_merge(stores, "switch to another branch")
        go_on(stores)
        end_cut_off(stores, to=stores.history.head(_need_name(name)) or "")
        head = stores.history.head()
        if stores.history.current_branch() == name:
            return SwitchPlan(name, stores.history.resolve("HEAD"))
        refresh(stores, cancel=cancel)
        way = _way(stores, name)
        journal = Journal("switch", name, head, way.target, f"switched to {name}")
        made = adopt(stores, way, journal, force=force, progress=progress, cancel=cancel)
    record(stores, "switch", f"to {name}", version=way.target)
    return evolve(made, name=name)


def need_branch(stores: Stores, name: str) -> str:
    """The version that a branch stands at. NotFound, Invalid."""
    return _need(name, stores.history.head(_need_name(name)))


def need_line(stores: Stores, name: str) -> str:
    """The same, also of a branch of a remote as it was last seen: ``nas/main``."""
    history = stores.history
    target = history.head(_need_name(name)) or history.head(f"refs/remotes/{name}")
    return _need(name, target)


def _need(name: str, target: str | None) -> str:
    if target is None:
        raise NotFound(
            f"there is no branch {name!r}", subject=name, hint="'audobon branch' lists them"
        )
    return target


def _need_name(name: str) -> str:
    """A branch's name as people may give it: never a full ref. Invalid otherwise."""
    if name.startswith("refs/"):
        raise Invalid(f"{name!r} is not a branch name; give it without refs/heads/", subject=name)
    return name
