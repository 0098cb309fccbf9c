"""What was computed of files, as tables that travel with a remote.

How pictures look, and what is written in them: an hour of computing for ten thousand pictures,
and two and a half kilobytes for each. Pictures that a model has made do not travel: who wants to
keep one makes an asset of it. Nor do the meanings of texts, which are computed in no time and
change with every tag.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterator, Mapping

from attrs import frozen

from audobon.errors import AudobonError
from audobon.services.core.stores import Stores
from audobon.services.depot.results import Known, Table
from audobon.storage.vectors import VectorStore

__all__ = ["LibraryTables", "Vectors", "known_to_a_clone"]

_AT_ONCE = 4_096
_WRITING = "writing"
_OF_VECTORS = "vectors/"
_VECTORS = re.compile(rf"{_OF_VECTORS}([0-9a-f]{{16}})")
_NO_NUMBER = re.compile(rb"[\x7c-\x7f\xfc-\xff]")
"""The high byte of a 16-bit float that is infinite, or none."""
_LONGEST_TEXT = 4 * 8_192


class LibraryTables:
    """The tables of a library: those that it has to give, and those that it takes."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._space = _space(stores)

    def mine(self) -> dict[str, Table]:
        """What is here, by name: of vectors only those of the model that is installed."""
        found: dict[str, Table] = {_WRITING: _Writing(self._stores)}
        if self._space is not None:
            store = self._stores.vectors(self._space)
            if store.path.exists():
                found[_OF_VECTORS + self._space] = Vectors(store)
        return found

    def wanted(self, name: str) -> Table | None:
        """The table of this name; None for vectors of another model than the one that is installed,
        and for what a later version has put there. Without the model any vectors are taken: it may
        be installed later, when the files are still away."""
        if not _is_taken(name, self._space):
            return None
        if name == _WRITING:
            return _Writing(self._stores)
        return Vectors(self._stores.vectors(name.removeprefix(_OF_VECTORS)))

    def known(self, name: str, digests: Collection[str]) -> set[str] | None:
        """Those of these files that have a value here, None where the table is not wanted."""
        table = self.wanted(name)
        return None if table is None else table.known(digests)


def known_to_a_clone() -> Known:
    """What a library that is not made yet has: nothing of what it takes."""
    from audobon.models.assemble import assemble
    from audobon.models.registry import Models
    from audobon.services.pipelines.nearness import PICTURES, space_name
    from audobon.services.pipelines.recipes import recipe_of

    space = None
    with contextlib.suppress(AudobonError):
        space = space_name(recipe_of(assemble(Models(), PICTURES, {})))
    return lambda name, _: set() if _is_taken(name, space) else None


def _space(stores: Stores) -> str | None:
    from audobon.services.pipelines.nearness import PICTURES, current_recipe, space_name

    try:
        return space_name(current_recipe(stores, PICTURES))
    except AudobonError:  # it is not installed
        return None


def _is_taken(name: str, space: str | None) -> bool:
    found = _VECTORS.fullmatch(name)
    return name == _WRITING or (found is not None and space in (None, found[1]))


@frozen(slots=True)
class Vectors:
    """The vectors of one recipe as a table."""

    store: VectorStore

    def digests(self) -> Iterator[list[str]]:
        last = 0
        while rows := self.store.names(last, _AT_ONCE):
            yield [content.hex() for _, content in rows]
            last = rows[-1][0]

    def known(self, digests: Collection[str]) -> set[str]:
        named = [bytes.fromhex(digest) for digest in digests]
        return set(digests) - {content.hex() for content in self.store.unknown(named)}

    def of(self, digests: Collection[str]) -> Mapping[str, bytes]:
        found = self.store.halves([bytes.fromhex(digest) for digest in digests])
        return {content.hex(): half for content, half in found.items()}

    def sound(self, value: bytes) -> bool:
        return bool(value) and len(value) % 2 == 0 and _NO_NUMBER.search(value[1::2]) is None

    def put(self, values: Mapping[str, bytes]) -> None:
        self.store.put({bytes.fromhex(digest): half for digest, half in values.items()})


@frozen(slots=True)
class _Writing:
    stores: Stores

    def digests(self) -> Iterator[list[str]]:
        last = ""
        while names := self.stores.writing.names(last, _AT_ONCE):
            yield names
            last = names[-1]

    def known(self, digests: Collection[str]) -> set[str]:
        return set(self.stores.writing.of(digests))

    def of(self, digests: Collection[str]) -> Mapping[str, bytes]:
        found = self.stores.writing.of(digests)
        return {digest: text.encode() for digest, text in found.items()}

    def sound(self, value: bytes) -> bool:
        try:
            value.decode()
        except UnicodeDecodeError:
            return False
        return len(value) <= _LONGEST_TEXT

    def put(self, values: Mapping[str, bytes]) -> None:
        from audobon.services.pipelines.written import keep_writing

        keep_writing(self.stores, {digest: value.decode() for digest, value in values.items()})
