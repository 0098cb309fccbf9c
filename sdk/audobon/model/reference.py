"""Entity references: ``audobon://<library>/<root>/<path>?v=<revision>``."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from attrs import frozen

from audobon.errors import Invalid

__all__ = ["SCHEME", "Reference"]

SCHEME = "audobon"


@frozen(slots=True)
class Reference:
    """Names one asset in one library, at a revision or as it is now (empty).

    ``library`` is the library's id or name, ``path`` starts with the root's
    name. Text form and value convert into each other without loss.
    """

    library: str
    path: str
    revision: str = ""

    def __str__(self) -> str:
        text = f"{SCHEME}://{quote(self.library, safe='')}/{quote(self.path)}"
        return f"{text}?v={quote(self.revision, safe='')}" if self.revision else text

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read the text form; Invalid when it is not one."""
        parts = urlsplit(text)
        path = unquote(parts.path).lstrip("/")
        if parts.scheme != SCHEME or not parts.netloc or not path:
            raise Invalid(
                f"{text!r} is not an entity reference; the form is audobon://library/path?v=revision",
                subject=text,
            )
        revision = ""
        for pair in parts.query.split("&"):
            name, _, value = pair.partition("=")
            if name == "v":
                revision = unquote(value)
        return cls(unquote(parts.netloc), path, revision)
