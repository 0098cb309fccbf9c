"""What a push says that it has sent."""

from __future__ import annotations

import pytest

from audobon.cli.push_verb import _text
from audobon.model.remote import PushReport


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (PushReport("nas", False, (), 0, 0, 0), "nas has everything"),
        (PushReport("nas", False, ("main",), 2, 1, 9), "sent 2 versions, 1 content, 9 B: main"),
        (PushReport("nas", False, ("new",), 0, 0, 0), "sent nothing new, 0 B: new"),
        (PushReport("nas", False, (), 0, 0, 9, results=3), "sent 3 results of local AI, 9 B"),
        (
            PushReport("nas", True, (), 0, 0, 9, results=1),
            "would send 1 result of local AI, about 9 B",
        ),
        (
            PushReport("nas", False, ("main",), 1, 0, 9, results=2),
            "sent 1 version, 2 results of local AI, 9 B: main",
        ),
    ],
)
def test_only_what_was_sent_is_named(done: PushReport, said: str) -> None:
    assert _text(done) == said
