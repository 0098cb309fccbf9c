"""Several files that are one thing: the maps of a material in all their sizes, or versions."""

from __future__ import annotations

from attrs import frozen

from audobon.errors import NotFound
from audobon.model.asset import Asset
from audobon.model.textureset import PACKED, ROLES, TextureMap, TextureSet

__all__ = ["APART", "BUNDLE", "Bundle", "BundlePart", "size_text"]

BUNDLE = "bundle"
"""The attribute that decides where names decide wrongly: the name of a bundle, or :data:`APART`."""
APART = "apart"

_LOSES = ("exr", "tif", "tiff", "png", "tga", "webp", "hdr", "bmp", "jpg", "jpeg")
"""Of two files of one map in one size the first of these is taken, if nothing else is asked for."""


@frozen(slots=True)
class BundlePart:
    """One file of a bundle.

    ``role`` is what the map says of the surface (``model.textureset.ROLES``, packed, or empty),
    ``size`` its longest side in pixels, 0 where that is not known. ``number``
    is that of a version.
    """

    asset: Asset
    role: str = ""
    size: int = 0
    number: int | None = None
    channels: tuple[str, ...] = ()
    directx: bool = False


@frozen(slots=True)
class Bundle:
    """Assets that are shown as one. Each of them stays an asset, and nothing is copied.

    ``kind`` is ``material`` (maps), ``picture`` (one picture in several sizes),
    ``versions`` (numbered files) or ``named`` (put together by somebody).
    ``lead`` is the one that is shown. ``parts`` hold all, maps in the order of their roles and
    sizes, versions with the newest first.
    """

    name: str
    kind: str
    lead: Asset
    parts: tuple[BundlePart, ...]

    @property
    def sizes(self) -> tuple[str, ...]:
        """The sizes that there are, as ``1k``, the smallest first."""
        return tuple(size_text(size) for size in sorted({part.size for part in self.parts}) if size)

    @property
    def formats(self) -> tuple[str, ...]:
        """The extensions that there are, those that lose least first."""
        return tuple(sorted({part.asset.ext for part in self.parts}, key=_rank))

    def maps(self, size: str | None = None, format: str | None = None) -> TextureSet:
        """One file for each map: in this size where there is one, else the nearest, smaller first.

        Without ``size`` the largest. NotFound where the bundle has no such size or format at all.
        """
        wanted = self._pixels(size)
        if format is not None and format.casefold() not in self.formats:
            raise NotFound(
                f"{self.name} has no {format}", subject=format, hint=_there(self.formats)
            )
        best: dict[str, BundlePart] = {}
        for part in sorted(self.parts, key=lambda one: self._worth(one, wanted, format)):
            if part.asset.state == "present":
                best.setdefault("".join(part.channels) or part.role or "color", part)
        found = [
            TextureMap(one.role or "color", one.asset.file, one.channels, one.directx)
            for one in best.values()
        ]
        found.sort(key=lambda one: (*ROLES, PACKED).index(one.role))
        return TextureSet(self.name, tuple(found))

    def _pixels(self, size: str | None) -> int:
        if size is None:
            return max((part.size for part in self.parts), default=0)
        for part in self.parts:
            if part.size and size_text(part.size) == size.casefold():
                return part.size
        raise NotFound(f"{self.name} has no {size}", subject=size, hint=_there(self.sizes))

    def _worth(
        self, part: BundlePart, wanted: int, wish: str | None
    ) -> tuple[bool, int, bool, bool, bool, int, str]:
        """The smaller, the sooner taken. A size above the one asked for comes last."""
        ext = part.asset.ext
        return (
            part.size > wanted,
            abs(wanted - part.size),
            wish is not None and ext != wish.casefold(),
            not part.role,
            part.directx,
            _rank(ext),
            part.asset.path,
        )


def size_text(pixels: int) -> str:
    """``4k`` for 4096 pixels and what is near it; smaller ones in pixels."""
    return f"{round(pixels / 1024)}k" if pixels >= 1000 else str(pixels)


def _rank(ext: str) -> int:
    return _LOSES.index(ext) if ext in _LOSES else len(_LOSES)


def _there(names: tuple[str, ...]) -> str:
    return f"there are {', '.join(names)}" if names else "it has none that is known"
