"""The clients of Vertex AI, each made when it is first used, over REST or gRPC."""

from __future__ import annotations

import contextlib
from typing import Any, Final

from audobon.cloud.calling import google_modules
from audobon.cloud.settings import Settings
from audobon.storage.objects.googleauth import credentials_for, here

__all__ = ["Clients"]

_NAME: Final = "Vertex AI"
_SCOPES: Final = ["https://www.googleapis.com/auth/cloud-platform"]


class Clients:
    """The service as ``settings`` reach it. ``credentials`` go before those of who is signed in.

    Raises MissingExtra, and Refused where nobody is signed in. Closed at the end.
    """

    def __init__(self, settings: Settings, *, credentials: Any = None) -> None:
        google_modules()
        self.settings = settings
        self.credentials = credentials_for(
            *(credentials, _SCOPES),
            what=_NAME, subject="", account=settings.impersonate, endpoint=settings.endpoint,
        )  # fmt: skip
        self._made: dict[str, Any] = {}

    @property
    def types(self) -> Any:
        """The messages of the service."""
        import google.cloud.aiplatform_v1

        return google.cloud.aiplatform_v1

    @property
    def jobs(self) -> Any:
        """Custom jobs and batch predictions."""
        return self._client("JobServiceClient")

    @property
    def models(self) -> Any:
        """The registry of models."""
        return self._client("ModelServiceClient")

    @property
    def endpoints(self) -> Any:
        """Where models are deployed."""
        return self._client("EndpointServiceClient")

    @property
    def prediction(self) -> Any:
        """Answers of what is deployed."""
        return self._client("PredictionServiceClient")

    @property
    def garden(self) -> Any:
        """Model Garden; what it has is listed by ``v1beta1`` alone."""
        import google.cloud.aiplatform_v1beta1

        name = "ModelGardenServiceClient"
        if name not in self._made:
            self._made[name] = self._make(getattr(google.cloud.aiplatform_v1beta1, name))
        return self._made[name]

    def close(self) -> None:
        """Let go of connections. May be called twice."""
        for client in self._made.values():
            with contextlib.suppress(OSError):
                client.transport.close()
        self._made.clear()

    def __enter__(self) -> Clients:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _client(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._make(getattr(self.types, name))
        return self._made[name]

    def _make(self, kind: Any) -> Any:
        settings = self.settings
        if settings.endpoint and settings.transport == "grpc":
            import grpc

            channel = grpc.insecure_channel(settings.endpoint.rpartition("/")[2])
            return kind(transport=kind.get_transport_class("grpc")(channel=channel))
        where = f"{settings.region}-aiplatform.googleapis.com"
        if settings.endpoint:
            where = here(settings.endpoint, _NAME)
        return kind(
            transport=settings.transport,
            credentials=self.credentials,
            client_options={"api_endpoint": where},
        )
