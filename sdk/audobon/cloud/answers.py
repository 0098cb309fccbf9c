"""What Google's clients raise, told apart: one sorting for each service's own words."""

from __future__ import annotations

import math
import re
from typing import Any, Final, Literal

from attrs import frozen

__all__ = ["Answer", "answer_of"]

_WORDS: Final = 300  # of what the service says that are handed on
_ASKED = re.compile(r"^[A-Z]+ https?://\S+: ")  # what REST puts before what the service says
_PASSING: Final = (408, 429, 500, 502, 503, 504)


@frozen(slots=True)
class Answer:
    """``kind`` is unasked (who asks cannot be told to Google just now), nobody (it does not know
    who asks), silent (no answer came), passing (asking again may help) or refused; ``said`` is
    the service's own text, shortened."""

    kind: Literal["unasked", "nobody", "silent", "passing", "refused"]
    code: int = 0
    said: str = ""


def answer_of(
    error: BaseException, api: Any, auth: Any, *, busy: frozenset[str] = frozenset()
) -> Answer:
    """What an error of ``google.api_core``, ``google.auth`` or what is beneath them means.

    ``api`` and ``auth`` are their modules of exceptions. A service that answers with one of the
    reasons ``busy`` will answer otherwise later.
    """
    if isinstance(error, api.RetryError) and error.cause is not None:
        return answer_of(error.cause, api, auth, busy=busy)
    if isinstance(error, auth.TransportError):
        return Answer("unasked")
    code = _code(error)
    if isinstance(error, auth.GoogleAuthError) or code == 401:
        return Answer("nobody", code)
    if not code:
        return Answer("silent")
    said = _ASKED.sub("", " ".join(str(getattr(error, "message", "")).split()))[:_WORDS]
    listed = getattr(error, "errors", ()) or ()  # over gRPC errors of gRPC, not their words
    reasons = {str(each.get("reason")) for each in listed if isinstance(each, dict)}
    passing = code in _PASSING or not reasons.isdisjoint(busy)
    return Answer("passing" if passing else "refused", code, said)


def _code(error: BaseException) -> int:
    code = getattr(error, "code", None)  # of gRPC's own errors it is a method
    return int(code) if isinstance(code, int) and math.isfinite(code) else 0
