"""Calls to Google's services: each with a time limit and retries, and errors that are ours.

The clients have no time limit and no retry by default, and raise the errors of ``requests``
over REST where they raise those of ``google.api_core`` over gRPC. All of that ends here.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from attrs import frozen

from audobon.cloud.answers import answer_of
from audobon.errors import (
    AudobonError,
    Cancelled,
    Conflict,
    Invalid,
    MissingExtra,
    NotFound,
    Unavailable,
    Unsupported,
)
from audobon.storage.objects.base import Refused

__all__ = ["NoAnswer", "Patience", "call", "google_modules", "need_client"]

_T = TypeVar("_T")


class NoAnswer(Unavailable):
    """It cannot be reached, or is too busy: it may have done what was asked, and trying again may
    help."""


@frozen(slots=True)
class Patience:
    """How long a call may take and is asked again, in seconds; pauses grow up to ``longest_s``."""

    timeout_s: float = 30.0
    patience_s: float = 45.0
    first_s: float = 1.0
    longest_s: float = 20.0
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def wait(self, attempt: int) -> None:
        """Pause before the next attempt, a random part of it."""
        longest = min(self.first_s * 2 ** (attempt - 1), self.longest_s)
        self.pause(longest * (0.5 + random.random() / 2))


class _Google:
    """The modules whose errors are told apart."""

    def __init__(self) -> None:
        need_client()
        import google.api_core.exceptions
        import google.auth.exceptions
        import google.protobuf.json_format
        import grpc
        import requests.exceptions

        self.api: Any = google.api_core.exceptions
        self.auth: Any = google.auth.exceptions
        self.raises: tuple[type[BaseException], ...] = (
            self.api.GoogleAPIError,
            self.auth.GoogleAuthError,
            google.protobuf.json_format.Error,
            grpc.RpcError,
            requests.exceptions.RequestException,
        )


_loaded: _Google | None = None


def google_modules() -> _Google:
    """The modules, loaded once. Raises MissingExtra."""
    global _loaded  # noqa: PLW0603
    if _loaded is None:
        _loaded = _Google()
    return _loaded


def need_client() -> None:
    """Raises MissingExtra, with what to install, where the client of Vertex AI is not there."""
    import importlib.util

    try:
        found = importlib.util.find_spec("google.cloud.aiplatform_v1")
    except ImportError:
        found = None
    if found is None:
        raise MissingExtra(
            "Vertex AI needs Google's client, which is not installed",
            subject="vertex",
            hint="pip install 'audobon[vertex]'",
        )


def call(work: Callable[[float], _T], what: str, patience: Patience, *, again: bool = True) -> _T:
    """What ``work``, which is given its time limit in seconds, returns; ``what`` is for messages.

    Asked again while it cannot be reached, unless ``again`` is off, as for what must not be
    done twice. Raises NoAnswer then; Refused (nobody is signed in, or has no right), NotFound,
    Conflict, Invalid, Unsupported, Cancelled. Never an error of a library beneath.
    """
    google, begun, attempt = google_modules(), patience.clock(), 0
    while True:
        try:
            return work(patience.timeout_s)
        except AudobonError:
            raise
        except Exception as error:
            if not isinstance(error, google.raises):
                raise
            told = _translated(error, what, google)
            attempt += 1
            late = patience.clock() - begun >= patience.patience_s
            if not again or late or not isinstance(told, NoAnswer):
                try:
                    raise told from None
                finally:
                    told.__context__ = None  # its text may hold what a giver of tokens answered
        patience.wait(attempt)


def _translated(error: BaseException, what: str, google: _Google) -> AudobonError:
    answer = answer_of(error, google.api, google.auth)
    code, said = answer.code, answer.said
    if answer.kind == "unasked":
        return NoAnswer(f"{what}: who asks cannot be told to Google just now", hint=_NETWORK)
    if answer.kind == "nobody":
        return Refused(
            f"{what}: the service does not know who asks",
            hint="gcloud auth application-default login",
        )
    if answer.kind == "silent":
        return NoAnswer(f"{what}: Vertex AI cannot be reached", hint=_NETWORK)
    if answer.kind == "passing":
        return NoAnswer(f"{what}: Vertex AI answers {code} ({said})", hint="try again later")
    for codes, kind, words in _KINDS:
        if code in codes:
            return kind(f"{what}: {words}{f' ({said})' if said else ''}")
    return Refused(f"{what}: Vertex AI answers {code} ({said})")


_NETWORK = "look at the network, then try again"
_KINDS: tuple[tuple[tuple[int, ...], type[AudobonError], str], ...] = (
    ((403,), Refused, "this account has no right to it; roles/aiplatform.user has"),
    ((404,), NotFound, "there is no such thing"),
    ((409, 412), Conflict, "it is there already, or somebody else was first"),
    ((400, 413, 416), Invalid, "the service refuses it"),
    ((501,), Unsupported, "the service cannot do it"),
    ((499,), Cancelled, "it was cancelled"),
)
