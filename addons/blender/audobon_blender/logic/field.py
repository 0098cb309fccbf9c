# SPDX-License-Identifier: GPL-3.0-or-later
"""A line of text that is typed where Blender has no field of its own."""

from __future__ import annotations

__all__ = ["Field"]

_LONGEST = 4096
# As long as a query may be.


class Field:
    """A text and the place in it where the next letter goes."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.at = len(text)

    def put(self, letters: str) -> bool:
        """Type or paste; whether the text has changed. Line ends become spaces."""
        clean = "".join(each for each in " ".join(letters.split("\n")) if each.isprintable())
        clean = clean[: _LONGEST - len(self.text)]
        self.text = self.text[: self.at] + clean + self.text[self.at :]
        self.at += len(clean)
        return bool(clean)

    def key(self, event: str, *, ctrl: bool = False) -> bool:
        """Do what a key means; whether the text has changed."""
        before = self.text
        if event == "BACK_SPACE" and self.at:
            start = self._word() if ctrl else self.at - 1
            self.text, self.at = self.text[:start] + self.text[self.at :], start
        elif event == "DEL":
            self.text = self.text[: self.at] + self.text[self.at + 1 :]
        elif event == "LEFT_ARROW":
            self.at = self._word() if ctrl else max(0, self.at - 1)
        elif event == "RIGHT_ARROW":
            self.at = min(len(self.text), self.at + 1)
        elif event in ("HOME", "END"):
            self.at = 0 if event == "HOME" else len(self.text)
        return self.text != before

    def clear(self) -> bool:
        """Empty it; whether there was anything."""
        before, self.text, self.at = self.text, "", 0
        return bool(before)

    def _word(self) -> int:
        """Where the word before the mark begins."""
        head = self.text[: self.at].rstrip()
        return head.rfind(" ") + 1
