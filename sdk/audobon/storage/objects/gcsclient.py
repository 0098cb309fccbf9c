"""The client of Cloud Storage: its modules, loaded with the first bucket, and who it asks as.

Who asks is told by Google's application default credentials, and nothing of that is ever kept: a
token lives in the client, is renewed there when the service no longer takes it, and ends with it.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from audobon.errors import Invalid, MissingExtra
from audobon.storage.objects.base import Refused

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

__all__ = ["Google", "check_account", "make_client"]

_SCOPES: Final = ["https://www.googleapis.com/auth/devstorage.read_write"]
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_ACCOUNT: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}@[a-z0-9.-]{1,120}\.gserviceaccount\.com")


def check_account(account: str) -> str:
    """The address of a service account, as it is. Raises Invalid."""
    if not _ACCOUNT.fullmatch(account):
        raise Invalid(
            f"{account!r} is no service account",
            subject=account,
            hint="it looks like NAME@PROJECT.iam.gserviceaccount.com",
        )
    return account


class Google:
    """The modules of the client, loaded when the first bucket is opened."""

    def __init__(self) -> None:
        try:
            import google.api_core.exceptions
            import google.auth.exceptions
            import google.cloud.storage
            import google.cloud.storage.exceptions
            import google.cloud.storage.retry
            import google_crc32c
        except ImportError as error:
            raise MissingExtra(
                "objects in a bucket need the Google client, which is not installed",
                subject="gcp",
                hint="pip install 'audobon[gcp]'",
            ) from error
        self.api: Any = google.api_core.exceptions
        self.auth: Any = google.auth.exceptions
        self.storage: Any = google.cloud.storage
        self.retry: Any = google.cloud.storage.retry
        self.crc32c: Any = google_crc32c
        self.corrupt: Any = google.cloud.storage.exceptions.DataCorruption
        self.raises: tuple[type[BaseException], ...] = (
            google.api_core.exceptions.GoogleAPIError,
            google.auth.exceptions.GoogleAuthError,
            google.cloud.storage.exceptions.InvalidResponse,
            google.cloud.storage.exceptions.DataCorruption,
            OSError,  # what the HTTP library raises, and the system beneath it
        )


def make_client(
    credentials: Credentials | None, impersonate: str, url: str, endpoint: str
) -> tuple[Any, Google]:
    """A client, and its modules; see ``GcsStore``. ``endpoint`` is an emulator of the service."""
    modules = Google()
    options: dict[str, Any] = {}
    if endpoint:
        options["client_options"] = {"api_endpoint": _here(endpoint)}
    import google.auth
    from google.auth.credentials import AnonymousCredentials

    if credentials is None and endpoint:
        credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]
    else:
        if credentials is None:
            try:
                credentials, _ = google.auth.default(scopes=_SCOPES)
            except modules.auth.GoogleAuthError:
                raise Refused(
                    f"{url} asks who you are, and nobody is signed in here",
                    subject=url,
                    hint="gcloud auth application-default login",
                ) from None
        if impersonate:
            credentials = _impersonating(credentials, impersonate)
    client = modules.storage.Client(project=None, credentials=credentials, **options)
    # It would ask for the bucket itself on threads of its own, for traces that nobody collects: a
    # request and a right (storage.buckets.get) that nothing here needs.
    client._bucket_metadata_cache = None
    # Google's downloads leave the connection of a refused answer to Python's collector.
    client._http.hooks["response"].append(_drained)
    return client, modules


def _here(endpoint: str) -> str:
    endpoint = endpoint if "://" in endpoint else f"http://{endpoint}"
    if urlsplit(endpoint).hostname not in _LOOPBACK:
        raise Invalid(
            "an emulator of Cloud Storage must be on this machine: it would be sent your token",
            subject=urlsplit(endpoint).hostname or "",
            hint="unset STORAGE_EMULATOR_HOST",
        )
    return endpoint


def _impersonating(source: Any, account: str) -> Any:
    from google.auth import impersonated_credentials

    return impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
        source_credentials=source,
        target_principal=check_account(account),
        target_scopes=_SCOPES,
    )


def _drained(answer: Any, *_: object, **__: object) -> None:
    """Read a refusal to its end, which gives its connection back; it is a few words."""
    if answer.status_code >= 400:
        with contextlib.suppress(OSError):  # those of requests are, and the status is told anyway
            answer.content  # noqa: B018
