"""Who asks Google: credentials that are given, else those of who is signed in, else nobody.

They are told by Google's application default credentials, and nothing of that is ever kept: a token
lives in the client, is renewed there when the service no longer takes it, and ends with it.
Nobody at all is only for a stand-in on this machine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from audobon.errors import Invalid
from audobon.storage.objects.base import Refused

__all__ = ["SIGN_IN", "check_account", "credentials_for", "here"]

SIGN_IN: Final = "gcloud auth application-default login"
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


def here(endpoint: str, what: str, hint: str = "") -> str:
    """The address of a stand-in for the service ``what``. Invalid for one elsewhere."""
    endpoint = endpoint if "://" in endpoint else f"http://{endpoint}"
    host = urlsplit(endpoint).hostname
    if host not in _LOOPBACK:
        raise Invalid(
            f"an emulator of {what} must be on this machine: it would be sent your token",
            subject=host or "",
            hint=hint,
        )
    return endpoint


def credentials_for(
    given: Any, scopes: Sequence[str], *, what: str, subject: str, account: str, endpoint: str
) -> Any:
    """Credentials to ask ``what``, as the service ``account`` where one is named.

    Nobody's for an ``endpoint`` on this machine. Refused where nobody is signed in, Invalid
    for what is no service account. Google's modules must be installed.
    """
    import google.auth
    from google.auth import impersonated_credentials
    from google.auth.credentials import AnonymousCredentials
    from google.auth.exceptions import GoogleAuthError

    if given is None and endpoint:
        return AnonymousCredentials()  # type: ignore[no-untyped-call]
    if given is None:
        try:
            given, _ = google.auth.default(scopes=scopes)
        except GoogleAuthError:
            raise Refused(
                f"{what} asks who you are, and nobody is signed in here",
                subject=subject,
                hint=SIGN_IN,
            ) from None
    if not account:
        return given
    return impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
        source_credentials=given,
        target_principal=check_account(account),
        target_scopes=scopes,
    )
