"""The client of BigQuery, loaded with the first export: the one place where its errors become ours.

Over REST it raises the errors of ``requests`` where the network fails, those of
``google.api_core`` where the service answers, and those of ``google.auth`` where nobody is
signed in, or where that cannot be asked just now.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, TypeVar

from attrs import frozen

from audobon.cloud.answers import answer_of
from audobon.errors import (
    AudobonError,
    Conflict,
    Invalid,
    MissingExtra,
    NotFound,
    ReadOnly,
    Unavailable,
)
from audobon.model.analytics import Target
from audobon.storage.objects.base import Refused
from audobon.storage.objects.googleauth import SIGN_IN, credentials_for, here

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

__all__ = ["Google", "Patience", "make_client", "told"]

_T = TypeVar("_T")
_SCOPES: Final = ["https://www.googleapis.com/auth/bigquery"]
_BUSY: Final = frozenset(
    ("rateLimitExceeded", "quotaExceeded", "backendError", "jobRateLimitExceeded")
)
_NETWORK: Final = "look at the network, then export again"


@frozen(slots=True)
class Patience:
    """How long one request may take and how long it is asked again, in seconds."""

    timeout_s: tuple[float, float] = (10.0, 60.0)  # for a connection, and for an answer
    patience_s: float = 90.0
    job_s: float = 600.0
    first_s: float = 0.5
    longest_s: float = 15.0

    def again(self, work: Callable[[int], _T]) -> _T:
        """What ``work``, which is given how often it was tried, returns; asked again while it is
        Unavailable. What is Refused stays so."""
        begun, attempt = time.monotonic(), 0
        while True:
            try:
                return work(attempt)
            except Unavailable as error:
                late = time.monotonic() - begun >= self.patience_s
                if type(error) is not Unavailable or late:
                    raise
            longest = min(self.first_s * 2**attempt, self.longest_s)
            time.sleep(longest * (0.5 + random.random() / 2))
            attempt += 1


class Google:
    """The modules of the client, loaded when the first export goes there."""

    def __init__(self) -> None:
        try:
            import google.api_core.exceptions
            import google.auth.exceptions
            import google.cloud.bigquery
        except ImportError as error:
            raise MissingExtra(
                "an export to BigQuery needs Google's client, which is not installed",
                subject="bigquery",
                hint="pip install 'audobon[bigquery]'",
            ) from error
        self.api: Any = google.api_core.exceptions
        self.auth: Any = google.auth.exceptions
        self.bigquery: Any = google.cloud.bigquery
        self.raises: tuple[type[BaseException], ...] = (
            google.api_core.exceptions.GoogleAPIError,
            google.auth.exceptions.GoogleAuthError,
            OSError,  # what requests raises, and the system beneath it
        )


def make_client(
    target: Target, modules: Google, *, credentials: Credentials | None = None, endpoint: str = ""
) -> Any:
    """A client for the project of ``target``. Refused where nobody is signed in.

    ``endpoint`` is a stand-in on this machine, which is asked as nobody; Invalid elsewhere.
    """
    options: dict[str, Any] = {}
    if endpoint:
        where = here(endpoint, "BigQuery", "unset BIGQUERY_EMULATOR_HOST")
        options["client_options"] = {"api_endpoint": where}
    asking = credentials_for(
        *(credentials, _SCOPES),
        what=target.url, subject=target.url, account=target.account, endpoint=endpoint,
    )  # fmt: skip
    return modules.bigquery.Client(project=target.project, credentials=asking, **options)


@contextlib.contextmanager
def told(modules: Google, target: Target, thing: str = "") -> Iterator[None]:
    """Errors of the client and of what is beneath it, as ours; ``thing`` is a table or empty.

    Unavailable (asking again may help), Refused, ReadOnly, NotFound, Conflict, Invalid.
    """
    try:
        yield
    except AudobonError:
        raise
    except Exception as error:
        if not isinstance(error, modules.raises):
            raise
        ours = _error(error, modules, target, f"{target.url}.{thing}" if thing else target.url)
        try:
            raise ours from None
        finally:
            ours.__context__ = None  # its text may hold what a giver of tokens answered


def _error(error: BaseException, modules: Google, target: Target, what: str) -> AudobonError:
    answer = answer_of(error, modules.api, modules.auth, busy=_BUSY)
    if answer.kind == "unasked":
        return Unavailable("Google cannot be asked who you are", subject=what, hint=_NETWORK)
    if answer.kind == "nobody":
        hint = SIGN_IN
        if target.account:
            hint += f"; and you need roles/iam.serviceAccountTokenCreator on {target.account}"
        return Refused(f"{what} does not know who asks", subject=what, hint=hint)
    if answer.kind == "silent":
        return Unavailable(f"{what} cannot be reached", subject=what, hint=_NETWORK)
    if answer.kind == "passing":
        return Unavailable(f"{what} answered {answer.code}", subject=what, hint=_NETWORK)
    return _refused(answer.code, what, answer.said, target)


def _refused(code: int, what: str, said: str, target: Target) -> AudobonError:
    if code == 403:
        return ReadOnly(
            f"{what} may not be written by {target.account or 'this account'}",
            subject=what,
            hint="it needs roles/bigquery.dataEditor on the dataset, roles/bigquery.jobUser on "
            "the project",
        )
    if code == 404:
        hint = "does the project exist, and is BigQuery enabled there?"
        return NotFound(f"there is no {what}", subject=what, hint=hint)
    if code in (409, 412):
        return Conflict(f"{what} is there already", subject=what)
    if code in (400, 413):
        return Invalid(f"{what} refuses it: {said}", subject=what)
    return Refused(f"{what} answered {code}", subject=what)
