"""Who asks: an account that is given, else the one that is signed in, else nobody.

Nothing of it is kept. Nobody at all is only for a stand-in on this machine.
"""

from __future__ import annotations

from typing import Any, Final

from audobon.cloud.calling import google_modules
from audobon.cloud.settings import Settings
from audobon.storage.objects.base import Refused

__all__ = ["credentials_for"]

_SCOPES: Final = ["https://www.googleapis.com/auth/cloud-platform"]


def credentials_for(settings: Settings, given: Any = None) -> Any:
    """Credentials for calls with these settings. Refused where nobody is signed in."""
    google = google_modules()
    import google.auth as auth
    from google.auth import impersonated_credentials
    from google.auth.credentials import AnonymousCredentials

    if given is None and settings.endpoint:
        return AnonymousCredentials()  # type: ignore[no-untyped-call]
    if given is None:
        try:
            given, _ = auth.default(scopes=_SCOPES)
        except google.auth.GoogleAuthError:
            raise Refused(
                "Vertex AI asks who you are, and nobody is signed in here",
                hint="gcloud auth application-default login",
            ) from None
    if settings.impersonate:
        return impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
            source_credentials=given,
            target_principal=settings.impersonate,
            target_scopes=_SCOPES,
        )
    return given
