"""Missing files that were moved and edited: proposals, which somebody accepts or refuses.

Who has the same bytes was found before, by ``relink``. Here the bytes are
others, so nothing is proved: a file that is not in the library, or one that
became an asset of its own meanwhile, is compared with what is known of the
missing one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any

from attrs import define, field

from audobon.codec.plain import from_plain
from audobon.codec.spoken import spoken
from audobon.errors import AudobonError, Conflict, Invalid
from audobon.model.asset import Asset, Facts, Root
from audobon.model.change import Change
from audobon.model.relinking import Proposal
from audobon.services.core.grouped import run_grouped
from audobon.services.core.roots import RootBook, owner_of
from audobon.services.core.stores import Stores
from audobon.services.files.scan import Found, stat_file, walk
from audobon.services.finding.neardup import is_near
from audobon.services.finding.resembling import LEAST, Traits, reasons, score
from audobon.services.previews.imprints import PICTURED, bring_up
from audobon.storage.catalog.combining import FoundFile
from audobon.storage.vectors import Near
from audobon.system.names import os_path, text_path

__all__ = ["accept", "propose", "refuse"]

Progress = Callable[[int, int | None, str], None]

_AT_ONCE = 2_000
_READ = 5_000
# Files that are in no library and are read for this; more than that is a folder to be added.
_PER_ASSET = 3
_NAMED_ALIKE = 50
# Of names that begin with one word, those that are compared; by more nothing is told.


@define
class _Candidate:
    """A file that a missing one may be. Unread ones have no traits yet."""

    file: str
    kind: str
    traits: Traits
    digest: str
    twin: Asset | None = None


@define
class _Field:
    """All candidates, by what they are looked up by."""

    by_word: dict[str, list[_Candidate]] = field(factory=dict)
    by_content: dict[str, list[_Candidate]] = field(factory=dict)

    def take(self, one: _Candidate) -> None:
        for word in {f"{one.kind}:{word}" for word in _words(one.traits)}:
            self.by_word.setdefault(word, []).append(one)
        if one.digest:
            self.by_content.setdefault(one.digest, []).append(one)


def _words(traits: Traits) -> set[str]:
    """What names are looked up by: their words that are no numbers, and the name as a whole."""
    words = {word for word in spoken(traits.stem).split() if not word[:1].isdigit()}
    return {*words, traits.name}


def propose(
    stores: Stores, *, progress: Progress | None, cancel: Callable[[], bool]
) -> tuple[Proposal, ...]:
    """See ``Library.relink_proposals``."""
    lost = list(_in_state(stores, "missing"))
    if not lost:
        return ()
    there = _Field()
    oldest = min(asset.key for asset in lost)
    for asset in _in_state(stores, "present", after=oldest):
        there.take(_Candidate(asset.file, asset.kind, _traits(asset), asset.digest, asset))
    pictures = _read_others(stores, lost, there, progress, cancel)
    near = _near_contents(stores, lost, pictures, cancel)
    refused = stores.catalog.refused_files()
    found: list[Proposal] = []
    for asset in lost:
        found.extend(_best(asset, there, near, refused))
    return tuple(sorted(found, key=lambda each: (-each.score, each.asset.key, each.file)))


def _in_state(stores: Stores, state: str, after: int = 0) -> Iterator[Asset]:
    while assets := stores.catalog.iterate(after, limit=_AT_ONCE, states=(state,)):
        after = assets[-1].key
        yield from assets


def _traits(asset: Asset) -> Traits:
    fields = {**asset.attributes}
    return Traits(asset.path, asset.size, asset.width, asset.height, fields, asset.text)


def _best(
    lost: Asset,
    there: _Field,
    near: dict[tuple[str, str], Near],
    refused: set[tuple[str, str]],
) -> list[Proposal]:
    mine = _traits(lost)
    candidates: dict[str, _Candidate] = {}
    for word in _words(mine):
        alike = there.by_word.get(f"{lost.kind}:{word}", ())
        if len(alike) <= _NAMED_ALIKE:
            candidates.update((each.file, each) for each in alike)
    for one, other in near:
        if one == lost.digest:
            candidates.update((each.file, each) for each in there.by_content.get(other, ()))
    found = []
    for each in candidates.values():
        if each.twin is not None and each.twin.key < lost.key:
            continue  # it was there beside the missing one
        if (lost.id, text_path(each.file)) in refused or each.kind != lost.kind:
            continue
        why = reasons(mine, each.traits, near.get((lost.digest, each.digest)))
        if (total := score(why)) >= LEAST:
            found.append(Proposal(lost, each.file, each.twin, total, why))
    found.sort(key=lambda one: (-one.score, one.file))
    return found[:_PER_ASSET]


# --- files that are in no library ------------------------------------------


def _read_others(
    stores: Stores,
    lost: Sequence[Asset],
    there: _Field,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> list[bytes]:
    """Read files below the roots that are no assets; the contents of the pictures among them."""
    endings = {os.path.splitext(asset.path)[1].lower() for asset in lost}
    pictured = {asset.kind for asset in lost} & set(PICTURED)
    files = []
    for number, (root, path, found) in enumerate(_others(stores)):
        if number % 256 == 0 and cancel():
            break
        if os.path.splitext(path)[1].lower() in endings or pictured:
            files.append((root, path, found))
            if len(files) >= _READ:
                break
    read = list(_probed(stores, [found for _, _, found in files], progress, cancel))
    pictures: dict[str, Found] = {}
    for number, answer in read:
        _, path, found = files[number]
        facts = from_plain(answer["facts"], Facts)
        traits = Traits(
            path, answer["size"], facts.width, facts.height, facts.attributes, facts.text
        )
        there.take(_Candidate(found.path, facts.kind, traits, answer["digest"]))
        if answer["digest"] and facts.kind in pictured:
            pictures[answer["digest"]] = found
    return _look_at(stores, pictures, cancel)


def _others(stores: Stores) -> Iterator[tuple[Root, str, Found]]:
    book = RootBook(stores)
    for root in stores.roots():
        known = stores.catalog.scan(root.key)
        folder = os_path(root.folder)
        start = len(root.folder.rstrip("/")) + 1
        inner = frozenset(book.inner(folder))
        for found in walk(folder, skip=inner.__contains__):
            if not isinstance(found, Found):
                continue
            try:
                path = text_path(found.path)[start:]
            except Invalid:
                continue
            if path not in known:
                yield root, path, found


def _probed(
    stores: Stores,
    files: Sequence[Found],
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> Iterator[tuple[int, Any]]:
    payloads = [{"path": found.path} for found in files]
    weights = [found.size for found in files]
    batch = run_grouped(stores.executor, "probe", payloads, weights=weights, cancel=cancel)
    with closing(batch):
        for done, (number, answer) in enumerate(batch, 1):
            if progress is not None:
                progress(done, len(files), files[number].path)
            if not isinstance(answer, AudobonError):
                yield number, answer


def _look_at(stores: Stores, pictures: dict[str, Found], cancel: Callable[[], bool]) -> list[bytes]:
    """Take the imprints of files, which are kept by content like any other."""
    contents = [bytes.fromhex(digest) for digest in pictures]
    new = stores.imprints.unknown(contents)
    if new and not stores.read_only:
        files = [pictures[content.hex()] for content in new]
        payloads = [{"path": found.path} for found in files]
        weights = [found.size for found in files]
        taken: dict[bytes, bytes] = {}
        batch = run_grouped(stores.executor, "imprint", payloads, weights=weights, cancel=cancel)
        with closing(batch):
            for number, answer in batch:
                if not isinstance(answer, AudobonError):
                    taken[new[number]] = bytes.fromhex(answer)
        if taken:
            stores.imprints.put(taken)
    return contents


def _near_contents(
    stores: Stores, lost: Sequence[Asset], others: Iterable[bytes], cancel: Callable[[], bool]
) -> dict[tuple[str, str], Near]:
    """What looks like missing pictures, by the digests of both."""
    del others  # they are among what is compared
    gone = [bytes.fromhex(asset.digest) for asset in lost if asset.digest]
    bring_up(stores, cancel)
    found: dict[tuple[str, str], Near] = {}
    for one in stores.imprints.near(gone):
        if is_near(one.signs, one.color, one.tone):
            found[one.one.hex(), one.other.hex()] = one
            found[one.other.hex(), one.one.hex()] = one
    return found


# --- deciding ---------------------------------------------------------------


def accept(stores: Stores, proposals: Sequence[Proposal]) -> Change:
    """See ``Library.accept_relink``."""
    stores.need_writable("relink its files")
    _need_once(proposals)
    found = [_found(stores, each) for each in proposals]
    count = len(found)
    label = f"relink {count} {'file' if count == 1 else 'files'}"
    author, now = stores.author, stores.now()
    return stores.catalog.found_again(found, author=author, now=now, label=label)


def _need_once(proposals: Sequence[Proposal]) -> None:
    for names, what in (
        ([each.asset.id for each in proposals], "an asset can be only one file"),
        ([each.file for each in proposals], "a file can be only one asset"),
    ):
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise Invalid(what, subject=twice, hint="accept one of these proposals")
    if not proposals:
        raise Invalid("there is nothing to accept")


def _found(stores: Stores, proposal: Proposal) -> FoundFile:
    """The file as it is now."""
    if proposal.twin is not None:
        return FoundFile(proposal.asset.id, twin=proposal.twin.id)
    place = stat_file(proposal.file)
    if not isinstance(place, Found):
        raise place.error
    text = text_path(proposal.file)
    root = owner_of(text, {root.folder: root for root in stores.roots()})
    if root is None:
        raise Conflict(f"{proposal.file} is in no root of the library", subject=proposal.file)
    [(_, answer)] = run_grouped(
        stores.executor, "probe", [{"path": proposal.file}], weights=[place.size]
    )
    if isinstance(answer, AudobonError):
        raise answer
    return FoundFile(
        proposal.asset.id,
        root=root.key,
        path=text[len(root.folder.rstrip("/")) + 1 :],
        size=answer["size"],
        mtime_ns=answer["mtime_ns"],
        partial=bytes.fromhex(answer["partial"]),
        digest=answer["digest"],
        facts=from_plain(answer["facts"], Facts),
    )


def refuse(stores: Stores, proposals: Sequence[Proposal]) -> Change:
    """See ``Library.refuse_relink``."""
    stores.need_writable("note what is not the same file")
    pairs = [(each.asset.id, text_path(each.file)) for each in proposals]
    if not pairs:
        raise Invalid("there is nothing to refuse")
    return stores.catalog.refuse_found(pairs, author=stores.author, now=stores.now())
