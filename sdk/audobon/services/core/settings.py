"""What people decided about a library on this machine."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

from attrs import field, frozen

__all__ = ["Settings", "parse_settings"]


@frozen(slots=True)
class Settings:
    """What people decided about a library on this machine.

    ``off`` names what is switched off: ``watch``, ``usage``,
    ``metrics``, ``sandbox``, ``languages``. ``follow`` are,
    by the name of a root, the folders in it whose new files become assets;
    ``.`` is the root itself.
    """

    off: frozenset[str] = frozenset()
    follow: Mapping[str, tuple[str, ...]] = field(factory=dict)


def parse_settings(text: str) -> Settings:
    """What the text of a ``library.toml`` has of them; nothing where it makes no sense."""
    try:
        data = tomllib.loads(text)
        follow = {
            str(root["name"]): tuple(map(str, root["follow"]))
            for root in data.get("roots", ())
            if root.get("follow")
        }
        return Settings(frozenset(map(str, data.get("off", ()))), follow)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Settings()
