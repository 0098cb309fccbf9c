"""Tags, catalogs and sets: the vocabulary of a library, edited by undoable changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.codec.query_text import parse
from audobon.model.change import Change
from audobon.services.core.stores import Stores

if TYPE_CHECKING:
    from audobon.model.suggestion import TagRule
    from audobon.services.vocabulary.nativecatalogs import InStep
    from audobon.storage.catalog import CatalogInfo, SavedSet, TagInfo

__all__ = ["Catalogs", "Sets", "Tags"]


class _Collection:
    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def _write(self, what: str) -> Stores:
        self._stores.need_writable(what)
        return self._stores


class Tags(_Collection):
    """Tags have at most one parent and any number of aliases. A search finds children too."""

    def list(self) -> tuple[TagInfo, ...]:
        """All tags by name, with parent, aliases and the number of assets."""
        return self._stores.catalog.tags()

    def add(self, name: str, *, parent: str | None = None) -> Change:
        """Make a tag, below ``parent`` if given. Conflict when the name is taken."""
        stores = self._write("add a tag")
        return stores.catalog.create_tag(
            name, parent=parent, author=stores.author, now=stores.now()
        )

    def alias(self, alias: str, tag: str) -> Change:
        """Let ``alias`` mean ``tag`` wherever a tag is given or searched."""
        stores = self._write("add an alias")
        return stores.catalog.add_alias(alias, tag, author=stores.author, now=stores.now())

    def rename(self, name: str, new_name: str) -> Change:
        stores = self._write("rename a tag")
        return stores.catalog.rename_tag(name, new_name, author=stores.author, now=stores.now())

    def move(self, name: str, *, parent: str | None) -> Change:
        """Put a tag below another, or at the top. Invalid when that would make a circle."""
        stores = self._write("move a tag")
        return stores.catalog.move_tag(name, parent, author=stores.author, now=stores.now())

    def remove(self, name: str) -> Change:
        """Remove a tag from all assets and from the vocabulary."""
        stores = self._write("remove a tag")
        return stores.catalog.remove_tag(name, author=stores.author, now=stores.now())

    def rule(self, name: str, rule: str | None) -> Change:
        """What is done with suggestions of a tag: ``always``, ``never``, or None to be asked again.

        ``always`` accepts those that come from now on and reach the tag's
        threshold, each as a change of its own; ``never`` shows none.
        """
        stores = self._write("set a rule")
        return stores.catalog.set_rule(name, rule, author=stores.author, now=stores.now())

    def rules(self) -> tuple[TagRule, ...]:
        """The tags with a rule, by name."""
        return self._stores.catalog.rules()


class Catalogs(_Collection):
    """Nested categories, named by their path: ``Props/Furniture``. An asset is in one at most."""

    def list(self) -> tuple[CatalogInfo, ...]:
        """All catalogs by path, with the number of assets."""
        return self._stores.catalog.catalogs()

    def add(self, path: str) -> Change:
        """Make a catalog and those above it."""
        stores = self._write("add a catalog")
        return stores.catalog.create_catalog(path, author=stores.author, now=stores.now())

    def rename(self, path: str, name: str) -> Change:
        """Give a catalog another name where it is; what lies below comes along."""
        stores = self._write("rename a catalog")
        return stores.catalog.rename_catalog(path, name, author=stores.author, now=stores.now())

    def move(self, path: str, parent: str | None) -> Change:
        """Put a catalog with everything below it under another, or at the top."""
        stores = self._write("move a catalog")
        return stores.catalog.move_catalog(path, parent, author=stores.author, now=stores.now())

    def remove(self, path: str) -> Change:
        """Remove a catalog; its assets go to the one above it."""
        stores = self._write("remove a catalog")
        return stores.catalog.remove_catalog(path, author=stores.author, now=stores.now())

    def bring_in_step(self) -> InStep:
        """Give the library's catalogs to Blender's asset browser, and take over what is new there.

        Both ways: what was made, moved or removed on one side since the last
        time becomes so on the other, where the library wins if both moved
        one. The file ``blender_assets.cats.txt`` in the library's folder is
        written whole or not at all; lines of others stay as they are. BadFile
        when Blender itself would refuse it. Each change of the library is undoable.
        """
        from audobon.services.vocabulary.nativecatalogs import bring_in_step

        return bring_in_step(self._write("follow Blender's catalogs"))

    def blender_ids(self) -> dict[str, str]:
        """The UUIDs of catalogs in Blender, by path, as of the last :meth:`bring_in_step`."""
        from audobon.services.vocabulary.nativecatalogs import blender_ids

        return blender_ids(self._stores)


class Sets(_Collection):
    """Queries with a name."""

    def list(self) -> tuple[SavedSet, ...]:
        return self._stores.catalog.sets()

    def add(self, name: str, query: str) -> None:
        """Save a query under a name, in place of the one it had; QueryError if it has a mistake."""
        parse(query)
        self._write("save a set").catalog.save_set(name, query)

    def remove(self, name: str) -> None:
        """Forget a set. NotFound."""
        self._write("remove a set").catalog.remove_set(name)
