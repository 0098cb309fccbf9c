"""What comes of an open merge: every asset's manifest, and what only a person can decide.

Worked out from three versions and the decisions made so far; nothing is
changed. Only what theirs changed is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from audobon.codec.manifest import Manifest, parse_library, parse_manifest
from audobon.model.merge import TAKES, MergeConflict
from audobon.model.parts import PartConflict
from audobon.model.version import Pointer
from audobon.services.core.mergestate import MergeState
from audobon.services.core.stores import Stores
from audobon.services.merge.mergecontents import MergedContent, merge_contents
from audobon.services.merge.mergeplaces import settle_places
from audobon.services.merge.mergers import merger_of
from audobon.services.merge.mergeshelves import follow_moves
from audobon.services.merge.outcome import Outcome, conflict_id, conflict_of, content_id
from audobon.services.versioning.compare import Pair
from audobon.services.versioning.draft import tree_path
from audobon.services.versioning.threeway import Clash, Merged, merge_manifests
from audobon.services.versioning.threewords import merge_words
from audobon.services.versioning.way import shown
from audobon.storage.history import (
    ATTRIBUTES_PATH,
    LIBRARY_PATH,
    STATE_PREFIX,
    TreeChange,
    parse_pointer,
)
from audobon.system.names import text_from_bytes

__all__ = ["outcome_of"]

_ASSETS = b".audobon/assets"


def outcome_of(stores: Stores, state: MergeState) -> Outcome:
    """Merge three versions with the decisions of ``state``."""
    outcome = Outcome(state)
    explained = _assets(stores, outcome)
    settle_places(stores, outcome)
    _words(stores, outcome)
    _foreign(stores, outcome, explained)
    outcome.conflicts.sort(key=lambda one: (one.path, one.what, one.parts and one.parts[0].name))
    return outcome


def _assets(stores: Stores, outcome: Outcome) -> set[bytes]:
    """Merge every asset that theirs changed; the paths of files that these stand for."""
    history, state = stores.history, outcome.state
    explained: set[bytes] = set()
    for fork in history.diverged(state.base, state.ours, state.theirs, prefix=_ASSETS):
        base, ours, theirs = (
            None if blob is None else parse_manifest(history.blob(blob))
            for blob in (fork.base, fork.ours, fork.theirs)
        )
        known = ours or theirs or base
        assert known is not None
        explained.update(tree_path(one.root, one.path) for one in (base, ours, theirs) if one)
        outcome.came.append((base, theirs))
        merged = _asset(stores, outcome, known.id, base, ours, theirs)
        if merged != ours:
            outcome.pairs[known.id] = (ours, merged)
    return explained


def _asset(
    stores: Stores,
    outcome: Outcome,
    ident: str,
    base: Manifest | None,
    ours: Manifest | None,
    theirs: Manifest | None,
) -> Manifest | None:
    both_changed = None not in (ours, theirs) and ours != base
    merged = merge_manifests(
        base,
        ours,
        theirs,
        decide=lambda what: outcome.decision(ident, what),
        facts=stores.catalog.fact_names(ident) if both_changed else (),
    )
    known = ours or theirs or base
    assert known is not None, "a file that no side has does not differ"
    where = shown(known)
    for clash in merged.clashes:
        if clash.what == "content":
            assert ours is not None
            assert theirs is not None
            merged = _content(stores, outcome, clash, merged, (base, ours, theirs))
        else:
            outcome.conflicts.append(conflict_of(ident, where, clash))
    return merged.manifest


def _content(
    stores: Stores,
    outcome: Outcome,
    clash: Clash,
    merged: Merged,
    sides: tuple[Manifest | None, Manifest, Manifest],
) -> Merged:
    """Contents that both changed: by their parts where somebody can, else as a whole."""
    base, ours, theirs = sides
    assert merged.manifest is not None
    reason = ""
    merger = merger_of(ours.format)
    if not clash.take and merger is not None:
        if base is None or not base.digest or len({side.format for side in (base, *sides[1:])}) > 1:
            reason = "the two files do not come from one of the same format"
        else:
            made = merge_contents(stores, merger, base, ours, theirs, takes={})
            if made.scene.conflicts and not made.scene.reason:
                made = _by_parts(stores, outcome, made, (base, ours, theirs))
            if made.scene.merged:
                return _take_parts(outcome, merged, ours, made)
            if any(one.asset_id == ours.id and one.what == "part" for one in outcome.open):
                return merged
            reason = made.scene.reason or "what was decided for its parts does not fit together"
    conflict = conflict_of(ours.id, shown(ours), clash)
    contents = _contents(sides)
    outcome.conflicts.append(evolve(conflict, reason=reason, contents=contents))
    if clash.take == "both":
        outcome.copies.append(_copy(outcome, ours.id, theirs))
    return merged


def _contents(sides: tuple[Manifest | None, Manifest, Manifest]) -> dict[str, Pointer]:
    return {
        name: Pointer(side.digest, side.size)
        for name, side in zip(("base", "ours", "theirs"), sides, strict=True)
        if side is not None and side.digest
    }


def _copy(outcome: Outcome, ident: str, theirs: Manifest) -> Manifest:
    """Theirs as an asset of its own, a variant of ours."""
    edges = {*theirs.relationships, ("variant_of", ident)}
    new = outcome.state.copies[content_id(ident)]
    return evolve(theirs, id=new, relationships=tuple(sorted(edges)))


def _by_parts(
    stores: Stores,
    outcome: Outcome,
    first: MergedContent,
    sides: tuple[Manifest, Manifest, Manifest],
) -> MergedContent:
    """List the parts that collide; with all of them decided, merge again."""
    ours = sides[1]
    takes = {}
    for part in first.scene.conflicts:
        take = outcome.decision(ours.id, "part", part.kind, part.name)
        if take:
            takes[part.kind, part.name] = take
        outcome.conflicts.append(_part(ours, part, take, _contents(sides)))
    if len(takes) < len(first.scene.conflicts):
        return first
    merger = merger_of(ours.format)
    assert merger is not None
    return merge_contents(stores, merger, *sides, takes=takes)


def _part(
    ours: Manifest, part: PartConflict, take: str, contents: dict[str, Pointer]
) -> MergeConflict:
    twice = not part.once and "removed" not in (part.ours, part.theirs)
    return MergeConflict(
        conflict_id(ours.id, "part", part.kind, part.name),
        ours.id,
        shown(ours),
        "part",
        f"{part.kind} {part.name}",
        part.ours,
        part.theirs,
        parts=(part,),
        takes=TAKES if twice else TAKES[:2],
        take=take,
        contents=contents,
    )


def _take_parts(outcome: Outcome, merged: Merged, ours: Manifest, made: MergedContent) -> Merged:
    assert merged.manifest is not None
    assert made.facts is not None
    if made.file is not None:
        outcome.files[made.digest] = made.file
    outcome.parts.append((shown(ours), made.scene.taken))
    facts = made.facts
    manifest = evolve(
        merged.manifest,
        digest=made.digest,
        size=made.size,
        kind=facts.kind,
        format=facts.format,
        width=facts.width,
        height=facts.height,
        text=facts.text,
        attributes={**merged.manifest.attributes, **facts.attributes},
    )
    return Merged(manifest, merged.clashes)


def _words(stores: Stores, outcome: Outcome) -> None:
    history, state = stores.history, outcome.state
    records = []
    for version in (state.base, state.ours, state.theirs):
        data = None if version is None else history.read(version, LIBRARY_PATH)
        records.append({} if data is None else parse_library(data))
    base, ours, theirs = records
    made_here: list[Pair] = []
    if base != theirs or base != ours:
        made_here = list(_changed_by_ours(stores, state))
        follow_moves(outcome, records, made_here, outcome.came)
    used = [after for _, after in outcome.pairs.values() if after is not None]
    # A word that theirs took away stays where an asset was given it here meanwhile.
    used += [one for _, one in made_here if one is not None and one.id not in outcome.pairs]
    merged = merge_words(
        base,
        ours,
        theirs,
        decide=outcome.decision,
        tags={tag for manifest in used for tag in manifest.tags},
        catalogs={manifest.catalog for manifest in used if manifest.catalog},
    )
    outcome.record = merged.record
    outcome.conflicts += [conflict_of("", label, clash) for label, clash in merged.clashes]


def _changed_by_ours(stores: Stores, state: MergeState) -> Iterator[Pair]:
    history = stores.history
    for change in history.changed(state.base, state.ours, prefix=_ASSETS):
        yield (
            None if change.old is None else parse_manifest(history.blob(change.old)),
            None if change.new is None else parse_manifest(history.blob(change.new)),
        )


def _foreign(stores: Stores, outcome: Outcome, explained: set[bytes]) -> None:
    """Files that theirs has from a plain git client, without a manifest that says so."""
    history, state = stores.history, outcome.state
    written = {tree_path(m.root, m.path) for _, m in outcome.pairs.values() if m is not None}
    for fork in history.diverged(state.base, state.ours, state.theirs):
        path = fork.path
        if path.startswith(STATE_PREFIX) or path == ATTRIBUTES_PATH:
            continue
        if path in explained or path in written:
            continue
        take = "theirs"
        if fork.ours != fork.base:
            name = text_from_bytes(path)
            take = outcome.decision(name, "file")
            blobs = {"base": fork.base, "ours": fork.ours, "theirs": fork.theirs}
            sides = {
                side: found
                for side, blob in blobs.items()
                if blob is not None and (found := parse_pointer(history.blob(blob))) is not None
            }
            clash = Clash("file", take=take)
            outcome.conflicts.append(evolve(conflict_of("", name, clash), contents=sides))
        if take == "theirs":
            data = None if fork.theirs is None else history.blob(fork.theirs)
            outcome.foreign.append(TreeChange(path, data))
