"""Merge a branch into the current one: plan, begin, decide, finish, give up.

While conflicts are open nothing of the library is touched: files and metadata
stay as the current branch has them, and only the decisions are kept. The last
one finishes: merged contents go into the chunk store, then the version with
two parents is made under a ref of its own, then the library adopts it. Killed
at any instant, the merge is still open and goes on, or it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import evolve

from audobon.codec.manifest import dump_library, parse_manifest
from audobon.errors import Conflict, Corrupt, Invalid, NotFound
from audobon.model.branch import SwitchPlan
from audobon.model.merge import SIDES, TAKES, MergeConflict, MergeReport
from audobon.services.core.mergestate import (
    MergeState,
    forget_merge,
    need_no_merge,
    read_merge,
    write_merge,
)
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import Progress, refresh
from audobon.services.merge.mergecontents import forget_contents
from audobon.services.merge.mergeplan import outcome_of
from audobon.services.merge.outcome import Outcome, content_id
from audobon.services.previews.preview import stored_preview
from audobon.services.versioning.adopt import adopt, go_on
from audobon.services.versioning.branching import need_line
from audobon.services.versioning.draft import Draft, author_of
from audobon.services.versioning.journal import Journal, read_journal
from audobon.services.versioning.putback import put_back
from audobon.services.versioning.way import Way
from audobon.storage.catalog.ids import new_ids
from audobon.storage.history import manifest_path

__all__ = ["abort", "conflict_preview", "merge", "open_merge", "plan", "resolve"]

_REF = "refs/audobon/merge"
"""Holds what an open merge needs, so that nobody collects it: theirs, then the result."""

Choice = MergeConflict | str | Iterable[MergeConflict | str]


def plan(stores: Stores, name: str) -> MergeReport:
    """See ``Library.plan_merge``."""
    state, kind = _begin(stores, name, "", force=False)
    if kind == "nothing":
        return _report(state, kind, merged=True, version=state.ours)
    if kind == "fast-forward":
        way = Way(stores, f"merging {name!r}", state.theirs)
        way.look()
        return _report(state, kind, way.plan())
    outcome = outcome_of(stores, state)
    return _told(outcome, _way(stores, outcome).plan())


def merge(
    stores: Stores,
    name: str,
    *,
    message: str,
    force: bool,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> MergeReport:
    """See ``Library.merge``."""
    stores.need_writable("merge a branch")
    with stores.commit_lock():
        _settle(stores)
        known = read_merge(stores.place)
        if known is not None and known.name != name:
            need_no_merge(stores, f"merge {name!r}")
        refresh(stores, cancel=cancel)
        state, kind = _begin(stores, name, message, force=force)
        if known is not None:
            _need_head(stores, known)
            state = evolve(known, force=force or known.force)
        elif kind == "nothing":
            return _report(state, kind, merged=True, version=state.ours)
        if kind == "fast-forward":
            state = evolve(state, result=state.theirs)
        if state.result:
            return _adopt(stores, state, kind, None, progress, cancel)
        outcome = outcome_of(stores, state)
        if outcome.open:
            _refuse_early(stores, outcome)
            _keep(stores, outcome)
            return _told(outcome, _way(stores, outcome).plan())
        return _finish(stores, outcome, progress, cancel)


def open_merge(stores: Stores) -> MergeReport | None:
    """See ``Library.open_merge``."""
    state = read_merge(stores.place)
    if state is None or stores.history.head() == state.result:
        return None
    outcome = outcome_of(stores, state)
    return _told(outcome, _way(stores, outcome).plan())


def resolve(
    stores: Stores,
    chosen: Choice,
    take: str,
    *,
    whole: bool = False,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> MergeReport:
    """See ``Library.resolve``."""
    stores.need_writable("decide conflicts of a merge")
    if take not in TAKES:
        raise Invalid(f"{take!r} cannot be taken; {', '.join(TAKES)} can", subject=take)
    with stores.commit_lock():
        _settle(stores)
        state = _need_merge(stores)
        _need_head(stores, state)
        outcome = outcome_of(stores, state)
        ids = _ids(chosen)
        if whole:
            ids = _whole(outcome, ids)
        state = _decided(stores, outcome, ids, take)
        outcome = outcome_of(stores, state)
        _keep(stores, outcome)
        if outcome.open:
            return _told(outcome, _way(stores, outcome).plan())
        refresh(stores, cancel=cancel)
        return _finish(stores, outcome, progress, cancel)


def abort(stores: Stores) -> MergeReport:
    """See ``Library.abort_merge``."""
    stores.need_writable("end a merge")
    with stores.commit_lock():
        _settle(stores)
        try:
            state = _need_merge(stores)
        except Corrupt:
            state = MergeState("", stores.history.current_branch(), None, "", "", "")
        journal = read_journal(stores.place)
        written: tuple[str, ...] = ()
        if (
            journal is not None
            and journal.kind == "merge"
            and journal.after == (state.result or journal.after)
        ):
            written = tuple(put_back(stores, journal))
        _forget(stores)
        refresh(stores)
        stores.index.catch_up()
    return _report(state, "merge", SwitchPlan("", "", written=written))


def conflict_preview(
    stores: Stores, conflict: MergeConflict | str, side: str, *, size: int
) -> bytes | None:
    """See ``Library.conflict_preview``."""
    if side not in SIDES:
        raise Invalid(f"{side!r} is no side; {', '.join(SIDES)} are", subject=side)
    found = conflict if isinstance(conflict, MergeConflict) else _find(stores, conflict)
    content = found.contents.get(side)
    if content is None:
        raise NotFound(f"{_named(found)} has no content on the side {side}", subject=found.path)
    return stored_preview(stores, content, found.path, size=size)


def _find(stores: Stores, ident: str) -> MergeConflict:
    outcome = outcome_of(stores, _need_merge(stores))
    found = next((one for one in outcome.conflicts if one.id == ident), None)
    if found is None:
        raise NotFound(f"the open merge has no conflict {ident}", subject=ident)
    return found


def _begin(stores: Stores, name: str, message: str, *, force: bool) -> tuple[MergeState, str]:
    """The merge as it would be begun now, and its kind."""
    history = stores.history
    theirs, ours = need_line(stores, name), history.head()
    branch = history.current_branch()
    text = message or f"Merged {name} into {branch}"
    if ours is None:
        return MergeState(name, branch, None, "", theirs, text, force), "fast-forward"
    base = history.merge_base(ours, theirs)
    state = MergeState(name, branch, base, ours, theirs, text, force)
    if base == theirs:
        return state, "nothing"
    return state, "fast-forward" if base == ours else "merge"


def _settle(stores: Stores) -> None:
    """Do what a kill has left: tell the catalog, forget a merge that is done."""
    go_on(stores)
    try:
        state = read_merge(stores.place)
    except Corrupt:
        return
    if state is not None and state.result and stores.history.head() == state.result:
        _forget(stores)


def _need_merge(stores: Stores) -> MergeState:
    state = read_merge(stores.place)
    if state is None:
        raise NotFound("no merge is open", hint="'audobon merge NAME' begins one")
    return state


def _need_head(stores: Stores, state: MergeState) -> None:
    history = stores.history
    if (history.head() or "", history.current_branch()) != (state.ours, state.branch):
        raise Conflict(
            f"the branch {state.branch!r} has moved on since the merge of {state.name!r} began",
            subject=state.branch,
            hint="end the merge (abort_merge, audobon merge --abort) and begin it again",
        )


def _way(stores: Stores, outcome: Outcome) -> Way:
    held = frozenset(outcome.files)
    way = Way(stores, f"merging {outcome.state.name!r}", outcome.state.result, held=held)
    way.look_at(outcome.pairs.values())
    return way


def _refuse_early(stores: Stores, outcome: Outcome) -> None:
    """What would stop the merge after all was decided stops it before anybody decides."""
    state = outcome.state
    _way(stores, outcome).refuse(force=state.force)
    paths = [manifest_path(one.asset_id) for one in outcome.open if one.asset_id]
    sides = [stores.history.read_many(version, paths) for version in (state.ours, state.theirs)]
    way = Way(stores, f"merging {state.name!r}", "")
    way.look_at(
        (
            parse_manifest(sides[0][path]) if path in sides[0] else None,
            parse_manifest(sides[1][path]) if path in sides[1] else None,
        )
        for path in dict.fromkeys(paths)
        if path in sides[0] or path in sides[1]
    )
    # A file at the path of theirs is what the conflict is about, not in its way.
    way.blocked = {place: ident for place, ident in way.blocked.items() if ident}
    way.refuse_work(force=state.force)


def _keep(stores: Stores, outcome: Outcome) -> None:
    """Write the open merge down; what it needs is held by a ref before."""
    state = evolve(outcome.state, open=tuple(_named(one) for one in outcome.open))
    stores.history.set_ref(_REF, state.result or state.theirs)
    write_merge(stores.place, state)


def _named(conflict: MergeConflict) -> str:
    what = conflict.base if conflict.what == "part" else conflict.what
    return f"{conflict.path} ({what})"


def _ids(chosen: Choice) -> list[str]:
    items = [chosen] if isinstance(chosen, MergeConflict | str) else list(chosen)
    return [item if isinstance(item, str) else item.id for item in items]


def _whole(outcome: Outcome, ids: list[str]) -> list[str]:
    """The files whose parts are meant, each as a whole."""
    parts = {one.id: content_id(one.asset_id) for one in outcome.conflicts if one.what == "part"}
    return list(dict.fromkeys(parts.get(ident, ident) for ident in ids))


def _decided(stores: Stores, outcome: Outcome, ids: list[str], take: str) -> MergeState:
    """The state with decisions more. Invalid for one that is not possible; all or none."""
    known = {one.id: one for one in outcome.conflicts}
    wholes = {content_id(one.asset_id): one for one in known.values() if one.what == "part"}
    takes, copies = dict(outcome.state.takes), dict(outcome.state.copies)
    for ident in ids:
        conflict = known.get(ident) or wholes.get(ident)
        if conflict is None:
            raise NotFound(
                f"the open merge has no conflict {ident}",
                subject=ident,
                hint="'audobon merge' lists them",
            )
        takeable = TAKES if ident in wholes else conflict.takes
        if take not in takeable:
            raise Invalid(
                f"{take} cannot be taken for {_named(conflict)}; {', '.join(takeable)} can",
                subject=conflict.path,
            )
        takes[ident] = take
        if take == "both" and ident == content_id(conflict.asset_id):
            micros = int(stores.now().timestamp() * 1_000_000)
            copies.setdefault(ident, new_ids(micros, 1)[0])
    return evolve(outcome.state, takes=takes, copies=copies, result="")


def _finish(
    stores: Stores, outcome: Outcome, progress: Progress | None, cancel: Callable[[], bool]
) -> MergeReport:
    """Make the version and the library like it."""
    way = _way(stores, outcome)
    way.refuse(force=outcome.state.force)
    _store(stores, outcome)
    draft = Draft()
    for before, after in outcome.pairs.values():
        draft.put(before, after)
    draft.library(dump_library(outcome.record))
    state = outcome.state
    version = stores.history.join(
        state.theirs,
        (*outcome.foreign, *draft.changes()),
        message=state.message,
        author=author_of(stores.author),
        time=stores.now(),
        expected=state.ours,
        stats=draft.stats,
        ref=_REF,
    )
    state = evolve(state, result=version.id, open=())
    return _adopt(stores, state, "merge", outcome, progress, cancel)


def _adopt(
    stores: Stores,
    state: MergeState,
    kind: str,
    outcome: Outcome | None,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> MergeReport:
    way = Way(stores, f"merging {state.name!r}", state.result)
    way.look()
    way.refuse(force=state.force)
    write_merge(stores.place, state)
    label = f"merge {state.name}"
    journal = Journal("merge", state.branch, state.ours or None, state.result, label)
    made = adopt(stores, way, journal, force=state.force, progress=progress, cancel=cancel)
    _forget(stores)
    report = _report(state, kind, made, merged=True, version=state.result)
    if outcome is None:
        return report
    return evolve(report, decided=outcome.decided, parts=tuple(outcome.parts))


def _store(stores: Stores, outcome: Outcome) -> None:
    """Merged contents into the chunk store, durable."""
    wanted = {
        digest: file for digest, file in outcome.files.items() if not stores.chunks.has(digest)
    }
    if not wanted:
        return
    with stores.chunks.writer(timeout_s=60.0) as writer:
        for digest, file in wanted.items():
            with stores.place.files.as_file(file) as opened:
                if writer.put_file(str(opened)).digest != digest:
                    raise Corrupt(f"the merged file {file} has changed", subject=str(file))
        writer.flush()


def _forget(stores: Stores) -> None:
    forget_merge(stores.place)
    for ref in stores.history.refs(_REF):
        stores.history.remove_ref(ref)
    forget_contents(stores)


def _told(outcome: Outcome, made: SwitchPlan) -> MergeReport:
    report = _report(outcome.state, "merge", made)
    return evolve(
        report, conflicts=outcome.open, decided=outcome.decided, parts=tuple(outcome.parts)
    )


def _report(
    state: MergeState,
    kind: str,
    made: SwitchPlan | None = None,
    *,
    merged: bool = False,
    version: str = "",
) -> MergeReport:
    done = made or SwitchPlan("", "")
    return MergeReport(
        state.name,
        kind,
        state.base or "",
        state.ours,
        state.theirs,
        merged=merged,
        version=version,
        written=done.written,
        removed=done.removed,
        edited=done.edited,
        blocked=done.blocked,
        rescued=done.rescued,
    )
